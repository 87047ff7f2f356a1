"""The dead letter: rejected records, kept durably before anything is said about them.

Rows gather in memory, one part for each stream, and become whole objects:
`<job>/<stream>/<time>-<attempt>-<random>-<part>.jsonl`. The random piece keeps attempts from overwriting each other.
"""

import gzip
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from source_destination_clientes.rejection.row import JobIdentity, Row
from source_destination_clientes.rejection.storage import Store, open_store
from source_destination_clientes.runtime.clock import Clock

PART_BYTES: Final = 8_000_000
"""Bytes of rows held in memory before they are written."""

_LONGEST_NAME: Final = 200

NO_JOB: Final = "no-job"
"""What stands for the job of rows that were written outside of one."""


def _random_name() -> str:
    return uuid.uuid4().hex[:8]


def _at_once(write: Callable[[], None]) -> None:
    write()


@dataclass(slots=True)
class DeadLetter:
    """Keeps rows. Used by one thread. `attempt` does a write, and decides whether to do it again when it fails."""

    store: Store | None
    identity: JobIdentity
    clock: Clock
    compress: bool = False
    run: str = field(default_factory=_random_name)
    attempt: Callable[[Callable[[], None]], None] = _at_once
    pending: int = 0
    _parts: dict[str, list[bytes]] = field(default_factory=dict)
    _size: int = 0
    _oldest: float = 0.0
    _written: int = 0

    @property
    def location(self) -> str | None:
        """Where the rows of this job lie; None when they are only counted."""
        return f"{self.store.location.rstrip('/')}/{self._job}" if self.store else None

    def append(self, row: Row) -> None:
        """Take a row; it is durable after the next `flush`."""
        if self.store is None:
            return
        if not self.pending:
            self._oldest = self.clock.monotonic()
        line = row.encode()
        self._parts.setdefault(row.stream, []).append(line)
        self._size += len(line)
        self.pending += 1

    def due(self) -> bool:
        """The rows held are many or old enough to be written."""
        if self.store is None or not self.pending:
            return False
        return self._size >= PART_BYTES or self.clock.monotonic() - self._oldest >= self.store.roll_seconds

    def flush(self) -> None:
        """Make every row durable. What could not be written stays held, and the error says why."""
        if self.store is None:
            return
        for stream in list(self._parts):
            content = b"".join(self._parts[stream])
            written = gzip.compress(content) if self.compress else content
            self.attempt(partial(self.store.put, self._name(stream), written))
            self._written += 1
            lines = self._parts.pop(stream)
            self.pending -= len(lines)
            self._size -= len(content)

    def probe(self) -> None:
        """Write a small object and delete it, to see that both are allowed."""
        if self.store is None:
            return
        name = f"_check_{self.run}"
        self.store.put(name, b"{}\n")
        self.store.delete(name)

    @property
    def _job(self) -> str:
        return path_safe(self.identity.job_id or NO_JOB)

    def _name(self, stream: str) -> str:
        moment = self.clock.now().strftime("%Y%m%dT%H%M%SZ")
        suffix = ".jsonl.gz" if self.compress else ".jsonl"
        return f"{self._job}/{path_safe(stream)}/{moment}-{self.identity.attempt}-{self.run}-{self._written:05d}{suffix}"


def path_safe(name: str) -> str:
    """A name that is one step of a path everywhere: a folder's name has at most 255 bytes. Rows keep the whole name."""
    safe = re.sub(r"[^A-Za-z0-9._-]", "_", name).strip(".")[:_LONGEST_NAME]
    return safe or "_"


def open_dead_letter(
    storage: Any,
    identity: JobIdentity,
    clock: Clock,
    random_name: Callable[[], str] = _random_name,
    attempt: Callable[[Callable[[], None]], None] = _at_once,
) -> DeadLetter:
    """The dead letter that `object_storage_config` describes."""
    compress = getattr(storage, "compression", "none") == "gzip"
    return DeadLetter(
        open_store(storage), identity, clock, compress=compress, run=random_name(), attempt=attempt
    )
