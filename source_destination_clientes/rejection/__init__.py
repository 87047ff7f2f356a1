"""What becomes of a record: outcomes, their reasons, and the dead letter that keeps the refused ones."""
