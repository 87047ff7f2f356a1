"""One file a command: Airbyte's, and those for people, with tables on the terminal and `--json` for scripts."""
