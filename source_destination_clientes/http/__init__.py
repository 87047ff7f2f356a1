"""The only transport, the only retry loop, the only limits of time, size and rate."""
