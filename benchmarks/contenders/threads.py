# What it imports is installed in its own environment, not where types are checked.
# mypy: ignore-errors
"""The script of somebody who knows how: orjson, requests, a pool of threads with a bounded queue before it."""

import sys
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore, local
from typing import Any

import orjson
import requests
from lote import CLIENTES, RECORDS_PER_REQUEST, WORKERS, open_lote

_mine = local()
_room = BoundedSemaphore(2 * WORKERS)


def _send(records: list[dict[str, Any]]) -> None:
    try:
        if not hasattr(_mine, "session"):
            _mine.session = requests.Session()
            _mine.session.trust_env = False
        body = orjson.dumps(records)
        headers = {"Content-Type": "application/json"}
        _mine.session.post(CLIENTES, data=body, headers=headers).raise_for_status()
    finally:
        _room.release()


def main() -> None:
    sent = []
    with open_lote() as fields:
        with ThreadPoolExecutor(WORKERS) as pool:
            waiting: list[dict[str, Any]] = []
            for line in sys.stdin.buffer:
                message = orjson.loads(line)
                if message["type"] == "RECORD":
                    waiting.append({**message["record"]["data"], **fields})
                    if len(waiting) == RECORDS_PER_REQUEST:
                        _room.acquire()
                        sent.append(pool.submit(_send, waiting))
                        waiting = []
            if waiting:
                _room.acquire()
                sent.append(pool.submit(_send, waiting))
        for result in sent:
            result.result()


if __name__ == "__main__":
    main()
