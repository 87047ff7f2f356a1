# What it imports is installed in its own environment, not where types are checked.
# mypy: ignore-errors
"""The script everybody writes first: json, requests, one request after the other."""

import json
import sys
from typing import Any

import requests
from lote import CLIENTES, RECORDS_PER_REQUEST, open_lote


def main() -> None:
    session = requests.Session()
    waiting: list[dict[str, Any]] = []

    def send() -> None:
        session.post(CLIENTES, json=waiting).raise_for_status()
        waiting.clear()

    with open_lote() as fields:
        for line in sys.stdin:
            message = json.loads(line)
            if message["type"] == "RECORD":
                waiting.append({**message["record"]["data"], **fields})
                if len(waiting) == RECORDS_PER_REQUEST:
                    send()
        if waiting:
            send()


if __name__ == "__main__":
    main()
