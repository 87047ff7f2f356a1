"""The engine: one sync, from the first line to the last state."""
