"""The journal of lotes: whose lote it is that is open, also after a crash.

Each process has one note, `journal/<inquilino>/lotes/<run>.json`: written before it opens a lote, completed by the code, deleted after
the close. The next run finds the notes of runs that died, and closes their lotes at once. A note is a claim as well: it is renewed
while it is in use, and the lote of a run that is alive is never taken from it.

    journal.opening()
    journal.opened("lote-7")
    journal.renew()              # now and then; costs nothing until it is due
    journal.closed("lote-7")

Everything here is a help: a storage that fails is told of once, and never keeps a lote from being closed.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from functools import partial
from typing import Final

import msgspec

from source_destination_clientes.errors import ClientesError
from source_destination_clientes.records.objects import Writable
from source_destination_clientes.records.process import is_running
from source_destination_clientes.runtime.clock import Clock

LEASE_SECONDS: Final = 60.0
"""A note that is not renewed for so long, as its reader sees it, is of a dead run."""

_RENEWED_AFTER: Final = 20.0
_SURELY_DEAD: Final = timedelta(minutes=15)
"""No clock of a machine is so wrong that a note of this age could be alive."""

_KEPT: Final = timedelta(days=7)
_MOST_NOTES: Final = 100
_NOTES: Final = "lotes/"


class Standing(Enum):
    """Whose a lote is."""

    OWN = "own"
    DEAD_RUN = "dead run"
    ALIVE = "alive"
    UNKNOWN = "unknown"


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What one run is doing. `lote` is None between the intent to open one and its code. No data of people is in it."""

    version: int = 1
    run: str
    job: str | None
    attempt: int
    process: str
    lote: str | None
    since: datetime
    renewed: datetime


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes: `run` is a name that no other run has, `process` comes from `records.process.this_process`."""

    run: str
    job: str | None = None
    attempt: int = 1
    process: str = ""


@dataclass(slots=True)
class Journal:
    """The notes of one inquilino. Its methods may be called from several threads. `objects` is the journal's folder of that inquilino."""

    objects: Writable
    author: Author
    clock: Clock
    warn: Callable[[str], None]
    is_running: Callable[[str], bool | None] = is_running
    _note: Note | None = None
    _own: set[str] = field(default_factory=set)
    _written_at: float = 0.0
    _seen: dict[Note, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _told: bool = False

    def opening(self) -> None:
        """Note that a lote will be opened."""
        now = self.clock.now()
        author = self.author
        with self._lock:
            self._write(
                Note(
                    run=author.run,
                    job=author.job,
                    attempt=author.attempt,
                    process=author.process,
                    lote=None,
                    since=now,
                    renewed=now,
                )
            )

    def opened(self, code: str) -> None:
        """Note the code of the lote that was opened."""
        with self._lock:
            self._own.add(code)
            if self._note:
                self._write(msgspec.structs.replace(self._note, lote=code, renewed=self.clock.now()))

    def renew(self) -> None:
        """Say that the lote is still in use, if that was not said just now."""
        with self._lock:
            if self._note and self.clock.monotonic() - self._written_at >= _RENEWED_AFTER:
                self._write(msgspec.structs.replace(self._note, renewed=self.clock.now()))

    def closed(self, code: str | None = None) -> None:
        """Clear the note of a lote that is closed, ours or a dead run's; without a code, of one that was never opened."""
        with self._lock:
            if self._note and code in {None, self._note.lote}:
                self._note = None
                self._try(partial(self.objects.delete, _path(self.author.run)))
                return
        for note in self._notes():
            if note.lote == code and code is not None and self._is_dead(note):
                self._try(partial(self.objects.delete, _path(note.run)))

    def forget(self, code: str) -> None:
        """Clear every note of a lote that a person has closed, whosever it was."""
        for note in self._notes():
            if note.lote == code:
                self._try(partial(self.objects.delete, _path(note.run)))

    def is_ours(self, code: str) -> Standing:
        """Whose this lote is, as far as the journal tells. One that this process opened stays its own."""
        if code in self._own:
            return Standing.OWN
        for note in self._notes():
            if note.lote == code:
                return Standing.DEAD_RUN if self._is_dead(note) else Standing.ALIVE
        return Standing.UNKNOWN

    def orphans(self) -> list[Note]:
        """The notes of dead runs, the oldest first. Their lotes may be open; where `lote` is None, one may be open whose code nobody knows."""
        return sorted(filter(self._is_dead, self._notes()), key=lambda note: note.since)

    def _is_dead(self, note: Note) -> bool:
        """The platform starts an attempt when the one before has ended; a process of this machine can be seen; else time tells."""
        author = self.author
        if note.job is not None and note.job == author.job and note.attempt < author.attempt:
            return True
        running = self.is_running(note.process) if note.process else None
        if running is not None:
            return not running
        age = self.clock.now() - note.renewed
        if age > _SURELY_DEAD:
            return True
        # The clocks of two machines differ; that a note has not changed for a while is seen by one of them alone.
        seen = self._seen.setdefault(note, self.clock.monotonic())
        return self.clock.monotonic() - seen >= LEASE_SECONDS

    def _notes(self) -> Iterator[Note]:
        """The notes of other runs; those that cannot be read are passed over, those that are old are deleted."""
        paths: list[str] = []
        self._try(lambda: paths.extend(self.objects.list(_NOTES)))
        for path in paths[-_MOST_NOTES:]:
            if path != _path(self.author.run):
                note = self._read(path)
                if note and self.clock.now() - note.renewed > _KEPT:
                    self._try(partial(self.objects.delete, path))
                elif note:
                    yield note

    def _read(self, path: str) -> Note | None:
        try:
            return msgspec.json.decode(self.objects.get(path), type=Note)
        except (msgspec.DecodeError, UnicodeDecodeError):
            self._tell(f"The note {path} in {self.objects.location} cannot be read, and is passed over.")
        except ClientesError:
            # Its run may have deleted it since it was listed; that is no trouble to tell of.
            pass
        return None

    def _write(self, note: Note) -> None:
        self._note, self._written_at = note, self.clock.monotonic()
        self._try(lambda: self.objects.put(_path(note.run), msgspec.json.encode(note)))

    def _try(self, act: Callable[[], object]) -> None:
        try:
            act()
        except ClientesError as error:
            self._tell(
                f"The journal of lotes cannot be kept: {error} Should this run die, the next one may wait for its lote."
            )

    def _tell(self, words: str) -> None:
        if not self._told:
            self._told = True
            self.warn(words)


def _path(run: str) -> str:
    return f"{_NOTES}{run}.json"
