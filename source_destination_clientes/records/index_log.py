"""The log of an index: what became pending and what was done, one object for each step, numbered without a gap.

The last objects of a log that were lost leave no gap and cannot be missed. A run that ends well leaves no log behind.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from source_destination_clientes.records.index_manifest import LOG
from source_destination_clientes.records.index_sheet import Damaged, Sheet, decode_sheet, sheet_of
from source_destination_clientes.records.objects import Readable, Writable

NOTHING: Final = b""
"""Stands for a key of which nothing is known, where others have a row."""


@dataclass(slots=True)
class Log:
    """What was noted since the last delta: in the storage, step by step, and here, the last word on each key.

    `latest` has a row (see `sheet.make_rows`) or `NOTHING` by the hash of the key.
    """

    objects: Writable
    generation: int
    segments: int = 0
    latest: dict[int, bytes] = field(default_factory=dict)

    def unknown(self, keys: Iterable[int]) -> None:
        """Note, durably, that nothing is known of these keys from now on."""
        keys = list(keys)
        self._write(sheet_of((), keys))
        self.latest.update(dict.fromkeys(keys, NOTHING))

    def known(self, keys: Sequence[int], rows: Sequence[bytes]) -> None:
        """Note, durably, what was delivered."""
        latest = dict(zip(keys, rows, strict=True))
        self._write(sheet_of(list(latest.values())))
        self.latest.update(latest)

    def sheet(self) -> Sheet:
        """All of it as one sheet."""
        rows = [row for row in self.latest.values() if row]
        return sheet_of(rows, [key for key, row in self.latest.items() if not row])

    def restart(self, generation: int) -> None:
        """Begin anew, after what was noted has become a delta."""
        self.generation, self.segments = generation, 0
        self.latest = {}

    def _write(self, sheet: Sheet) -> None:
        self.objects.put(f"{LOG}{self.generation:010d}-{self.segments:06d}.log", sheet.encode())
        self.segments += 1


def read_log(objects: Readable, log_from: int) -> dict[int, bytes]:
    """The last word on each key in the logs that earlier runs left. Raises `Damaged` for a gap or a file that is not whole."""
    latest: dict[int, bytes] = {}
    for path in _without_gaps(objects.list(LOG), log_from):
        sheet = decode_sheet(objects.get(path))
        latest.update(dict.fromkeys(sheet.unknown, NOTHING))
        latest.update(zip(sheet.keys, sheet.rows(), strict=True))
    return latest


def generation_of(path: str) -> int:
    """The generation in the name of a log, a delta or a part; 0 for any other name."""
    number = path.rpartition("/")[2].split("-")[0]
    return int(number) if number.isdecimal() else 0


def _without_gaps(paths: Iterable[str], log_from: int) -> Iterator[str]:
    found: defaultdict[int, list[str]] = defaultdict(list)
    for path in paths:
        if generation_of(path) >= log_from:
            found[generation_of(path)].append(path)
    for generation in sorted(found):
        for number, path in enumerate(sorted(found[generation])):
            if path != f"{LOG}{generation:010d}-{number:06d}.log":
                raise Damaged("a part of the log is lost")
            yield path
