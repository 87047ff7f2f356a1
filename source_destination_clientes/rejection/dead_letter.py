"""The dead letter: rejected records, made durable before the states that cover them leave.

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
from source_destination_clientes.rejection.storage import Storage
from source_destination_clientes.rejection.storage.open import open_storage
from source_destination_clientes.runtime.clock import Clock

PART_BYTES: Final = 8_000_000
"""Bytes of rows held in memory before they are written."""

_LONGEST_NAME: Final = 200

NO_JOB: Final = "no-job"
"""The folder of rows that were written outside of a job."""


def _random_name() -> str:
    return uuid.uuid4().hex[:8]


def _at_once(write: Callable[[], None]) -> None:
    write()


@dataclass(slots=True)
class DeadLetter:
    """Keeps rows. Used by one thread. `attempt` calls a write, and decides whether to call it again when it fails."""

    storage: Storage | None
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
    _latest: str = ""

    @property
    def location(self) -> str | None:
        """Where the rows of this job are; None when they are only counted."""
        return f"{self.storage.location.rstrip('/')}/{self._job}" if self.storage else None

    def append(self, row: Row) -> None:
        """Add a row; it is durable after the next `flush`, which comes at once when the rows held are too many."""
        if self.storage is None:
            return
        if not self.pending:
            self._oldest = self.clock.monotonic()
        line = row.encode()
        self._parts.setdefault(row.stream, []).append(line)
        self._size += len(line)
        self.pending += 1
        if self._size >= PART_BYTES:
            self.flush()

    def due(self) -> bool:
        """Whether the rows held are many or old enough to be written."""
        if self.storage is None or not self.pending:
            return False
        return self._size >= PART_BYTES or self.clock.monotonic() - self._oldest >= self.storage.roll_seconds

    def flush(self) -> None:
        """Make every row durable. What could not be written is kept for the next flush; the error says why."""
        if self.storage is None:
            return
        for stream in list(self._parts):
            content = b"".join(self._parts[stream])
            written = gzip.compress(content) if self.compress else content
            self.attempt(partial(self.storage.put, self._name(stream), written))
            self._written += 1
            lines = self._parts.pop(stream)
            self.pending -= len(lines)
            self._size -= len(content)

    def probe(self) -> None:
        """Write a small object and delete it, to check that both are allowed. Raises as the storage does."""
        if self.storage is None:
            return
        name = f"_check_{self.run}"
        self.storage.put(name, b"{}\n")
        self.storage.delete(name)

    @property
    def _job(self) -> str:
        return path_safe(self.identity.job_id or NO_JOB)

    def _name(self, stream: str) -> str:
        # Replay reads in the order of the names, which a clock that is set back must not turn round.
        moment = self._latest = max(self._latest, self.clock.now().strftime("%Y%m%dT%H%M%SZ"))
        suffix = ".jsonl.gz" if self.compress else ".jsonl"
        return f"{self._job}/{path_safe(stream)}/{moment}-{self.identity.attempt}-{self.run}-{self._written:05d}{suffix}"


def path_safe(name: str) -> str:
    """A name that can be one step of a path anywhere: a folder's name has at most 255 bytes. Rows keep the whole name."""
    safe = re.sub(r"[^A-Za-z0-9._-]", "_", name).strip(".")[:_LONGEST_NAME]
    return safe or "_"


def open_dead_letter(
    section: Any,
    identity: JobIdentity,
    clock: Clock,
    random_name: Callable[[], str] = _random_name,
    attempt: Callable[[Callable[[], None]], None] = _at_once,
) -> DeadLetter:
    """The dead letter that `object_storage_config` describes."""
    compress = getattr(section, "compression", "none") == "gzip"
    return DeadLetter(
        open_storage(section), identity, clock, compress=compress, run=random_name(), attempt=attempt
    )
