"""A storage for the dead letter that keeps its rows in memory."""

import json
from collections.abc import Iterator
from typing import Any

from source_destination_clientes.errors import TransientError


class MemoryStore:
    """Keeps rows until it is made to fail with `away`."""

    location = "shelf"
    roll_seconds = 15.0

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.away = False

    def put(self, path: str, content: bytes) -> None:
        if self.away:
            raise TransientError("the shelf is away")
        self.rows += [json.loads(line) for line in content.splitlines()]

    def put_if_absent(self, path: str, content: bytes) -> bool:
        raise NotImplementedError

    def get(self, path: str) -> bytes:
        raise NotImplementedError

    def list(self, prefix: str) -> Iterator[str]:
        raise NotImplementedError

    def delete(self, path: str) -> None:
        raise NotImplementedError
