"""What goes into a lote, how it is cut into requests, and what the shops say of it after it is closed."""
