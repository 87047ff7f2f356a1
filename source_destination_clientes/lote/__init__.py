"""The lote without I/O: what goes into one, how it is cut into chunks, and what an answer says about its records."""
