"""Airbyte's side: what comes in on stdin, what goes out on stdout."""
