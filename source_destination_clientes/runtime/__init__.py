"""Clock, stopping, threads, and every limit of time."""
