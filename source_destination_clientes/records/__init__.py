"""What the storage remembers between runs: the journal of lotes, the delivery index, the report of each run."""
