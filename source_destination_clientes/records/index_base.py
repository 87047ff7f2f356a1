"""Reading the deltas and parts of an index, and merging the deltas into the parts when there are many.

The newest word on a key counts, so files are read from the newest to the oldest, and an entry whose key was met before is passed
over. Parts come last; a key is in one of them at most.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

from source_destination_clientes.records.digests import DigestSet
from source_destination_clientes.records.hashing import DIGEST
from source_destination_clientes.records.index_log import NOTHING
from source_destination_clientes.records.index_manifest import PARTS, Listed, Manifest
from source_destination_clientes.records.index_sheet import (
    ROW_BYTES,
    Damaged,
    Sheet,
    decode_sheet,
    seal,
    sheet_of,
)
from source_destination_clientes.records.objects import Readable, Writable

MOST_IN_PART: Final = 1 << 17
"""Entries of a part before it is cut in two: about 3.5 MB."""

_MERGED_FROM: Final = 1 << 18
_SHARE_OF_PARTS: Final = 12
"""Deltas are merged once they have more entries than both of these say. Their keys are in memory while they are read."""


@dataclass(frozen=True, slots=True)
class Days:
    """The days of entries that count, the first and the last one included."""

    since: int
    until: int

    def cover(self, listed: Listed) -> bool:
        """Every entry of a file counts."""
        return self.since <= listed.first_day and listed.last_day <= self.until

    def of(self, sheet: Sheet) -> list[bool]:
        """For each entry: it counts."""
        return [self.since <= day <= self.until for day in sheet.days]


def write_sheet(objects: Writable, name: str, sheet: Sheet, low: int = 0, high: int = 256) -> Listed:
    """Write a file and return how a manifest lists it."""
    content = sheet.encode()
    objects.put(PARTS + name, content)
    days = (min(sheet.days), max(sheet.days)) if sheet.days else (0, 0)
    return Listed(name, seal(content), len(sheet) + len(sheet.unknown), *days, low, high)


def read_sheet(objects: Readable, listed: Listed, present: Collection[str]) -> Sheet:
    """Read a file that a manifest lists. Raises `Damaged` when it is not among those present, or is another one."""
    if PARTS + listed.name not in present:
        raise Damaged("a part is lost")
    content = objects.get(PARTS + listed.name)
    if seal(content) != listed.seal:
        raise Damaged("a part is not the one that was written")
    return decode_sheet(content)


def load(objects: Readable, manifest: Manifest, latest: dict[int, bytes], days: Days) -> DigestSet:
    """The hashes of every payload that counts as delivered; `latest` is the last word of the log. Raises `Damaged`."""
    present = frozenset(objects.list(PARTS))
    delivered = DigestSet(DIGEST)
    logged = sheet_of([row for row in latest.values() if row != NOTHING])
    _add(delivered, logged, days.of(logged))
    newer = set(latest)
    for listed in reversed(manifest.deltas):
        sheet = read_sheet(objects, listed, present)
        _add(delivered, sheet, _standing(sheet, listed, newer, days))
        newer.update(sheet.keys, sheet.unknown)
    for listed in manifest.parts:
        sheet = read_sheet(objects, listed, present)
        _add(delivered, sheet, _standing(sheet, listed, newer, days))
    return delivered


def has_many_deltas(manifest: Manifest) -> bool:
    """The deltas should be merged into the parts."""
    entries = sum(listed.entries for listed in manifest.deltas)
    return entries > max(_MERGED_FROM, sum(part.entries for part in manifest.parts) // _SHARE_OF_PARTS)


def merge(objects: Writable, manifest: Manifest, generation: int, days: Days) -> tuple[Listed, ...]:
    """Write parts that hold what the parts and deltas of a manifest say together. Raises `Damaged`."""
    present = frozenset(objects.list(PARTS))
    newer: set[int] = set()
    added: list[list[bytes]] = [[] for _ in range(256)]
    for listed in reversed(manifest.deltas):
        sheet = read_sheet(objects, listed, present)
        for row in sheet.rows(_standing(sheet, listed, newer, days)):
            added[row[0]].append(row)
        newer.update(sheet.keys, sheet.unknown)
    added_bytes = [b"".join(rows) for rows in added]
    del added
    numbers = count()
    merged: list[Listed] = []
    for listed in manifest.parts or (Listed("", "", 0),):
        rows: list[bytes] = []
        if listed.name:
            sheet = read_sheet(objects, listed, present)
            rows = sheet.rows(_standing(sheet, listed, newer, days))
        for first in range(listed.low, listed.high):
            rows += _rows_of(added_bytes[first])
        for low, high, piece in _cut(rows, listed.low, listed.high):
            name = f"{generation:010d}-{next(numbers):05d}.part"
            merged.append(write_sheet(objects, name, sheet_of(piece), low, high))
    return tuple(merged)


def _standing(sheet: Sheet, listed: Listed, newer: set[int], days: Days) -> list[bool] | None:
    """Which entries count; None when all do, which is seen quickly."""
    if newer.isdisjoint(sheet.keys) and days.cover(listed):
        return None
    return [
        key not in newer and days.since <= day <= days.until
        for key, day in zip(sheet.keys, sheet.days, strict=True)
    ]


def _add(delivered: DigestSet, sheet: Sheet, standing: list[bool] | None) -> None:
    if standing is not None and not all(standing):
        sheet = sheet_of(sheet.rows(standing))
    delivered.add_sorted(sheet.firsts, sheet.rests)


def _rows_of(joined: bytes) -> list[bytes]:
    return [joined[start : start + ROW_BYTES] for start in range(0, len(joined), ROW_BYTES)]


def _cut(rows: Sequence[bytes], low: int, high: int) -> Iterator[tuple[int, int, Sequence[bytes]]]:
    """Halve the range of first bytes until no piece is too large, or its range is a single byte."""
    if len(rows) <= MOST_IN_PART or high - low == 1:
        yield low, high, rows
        return
    middle = (low + high) // 2
    yield from _cut([row for row in rows if row[0] < middle], low, middle)
    yield from _cut([row for row in rows if row[0] >= middle], middle, high)
