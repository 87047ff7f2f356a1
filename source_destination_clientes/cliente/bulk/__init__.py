"""The mapper's rules, a column at a time. The mapper does not know this room: without it every record is mapped alone."""
