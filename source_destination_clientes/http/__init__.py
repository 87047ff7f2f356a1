"""One way out to the network: one transport, one retry policy, one rate limit."""
