"""Commands for people: tables and progress on the terminal, `--json` where a script would read."""
