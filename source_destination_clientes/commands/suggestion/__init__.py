"""A `streams` entry proposed from the headings and values of records."""
