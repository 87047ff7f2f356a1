"""Files that people export: rows with the line of the file each begins on, and what is odd about the file."""
