"""Mapped records, ready to send."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import msgspec

PLACEHOLDER: Final = "placeholder"
"""The reason of a note about a value that stands for one that is not known."""


class Change(StrEnum):
    """What happened to a value on its way."""

    NULLED = "nulled"
    TRUNCATED = "truncated"
    CORRECTED = "corrected"
    SUSPECT = "suspect"


class Note(msgspec.Struct, frozen=True, gc=False):
    """A value of a record that is not sent as it came, or that is and should not: its field, and why in one word."""

    field: str
    change: Change
    reason: str


@dataclass(slots=True)
class ValueCounts:
    """How often values of each field were left out, cut, corrected by another field, or sent although they look damaged.

    `fits` counts the values that are sent of the fields `judged`, `records` the mapped records they are from.
    """

    judged: frozenset[str] = frozenset()
    notes: Counter[Note] = field(default_factory=Counter)
    fits: Counter[str] = field(default_factory=Counter)
    records: int = 0

    def add(self, notes: Iterable[Note]) -> None:
        """Count the notes of a record."""
        self.notes.update(notes)

    def total(self, change: Change) -> int:
        """How many values were changed so."""
        return sum(count for note, count in self.notes.items() if note.change is change)

    def by_field(self, change: Change) -> dict[str, int]:
        """How many values of each field were changed so."""
        found: Counter[str] = Counter()
        for note, count in self.notes.items():
            if note.change is change:
                found[note.field] += count
        return dict(found)

    def misfits(self) -> Iterator[tuple[Note, int]]:
        """The notes of values of judged fields that were left out, with their count, but for placeholders."""
        for note, count in self.notes.items():
            if note.change is Change.NULLED and note.reason != PLACEHOLDER and note.field in self.judged:
                yield note, count


class Mapped(msgspec.Struct, gc=False, frozen=True):
    """One mapped record, ready to send.

    `key` is the idRetaguarda, empty where the object has none. `body` is the JSON object without its closing brace and without
    loteOrigem, which is known only when a lote is open. `attachments` are the files that come with a cliente, as raw JSON. `notes`
    tell what was left out or changed.
    """

    key: str
    body: bytes
    attachments: tuple[bytes, ...] = ()
    notes: tuple[Note, ...] = ()

    def __repr__(self) -> str:
        """Show sizes only: the rest is a person's data."""
        return f"Mapped({len(self.body)} bytes, {len(self.attachments)} attachments)"


class MappedSlice(msgspec.Struct, frozen=True):
    """Consecutive mapped lines: the index of the first, then key and body of each, as in `Mapped`.

    `notes` are those of the lines that have any, by their index.
    """

    start: int
    keys: Sequence[str]
    bodies: Sequence[bytes]
    notes: Mapping[int, tuple[Note, ...]] = {}

    def __repr__(self) -> str:
        """Show position and length only: the rest is people's data."""
        return f"MappedSlice({len(self.bodies)} records from {self.start})"
