"""The mapper's rules, a column at a time."""
