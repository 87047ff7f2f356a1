"""The one file format of the index: entries by columns, sorted by the payload's hash, and keys of which nothing is known."""

import struct
import sys
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import compress
from typing import Final

from source_destination_clientes.records.hashing import DIGEST

FORMAT: Final = f"1-{sys.byteorder}"
"""Version of all files of the index. Columns are in the order of bytes of the machine."""

_MAGIC: Final = b"CLIX" + FORMAT.encode().ljust(12)
_COUNTS: Final = struct.Struct("=QQ")
_CHECKSUM: Final = 16
_WIDTHS: Final = (2, DIGEST - 2, 8, 2, 4)
"""Bytes of the columns of an entry: firsts, rests, keys, days, lotes."""

ROW_BYTES: Final = sum(_WIDTHS)
"""Bytes of one entry: payload hash 12, key hash 8, day 2, lote 4."""


class Damaged(Exception):
    """A file of the index is not what was written. Never leaves the index: everything is sent."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Entries by columns, and `unknown`: the hashes of keys whose delivery is not known. A key is in a sheet once.

    `firsts` and `rests` are the payload's hash; `days` count from 1970-01-01 in UTC; `lotes` are made by `short_lote`.
    """

    firsts: "array[int]"
    rests: bytes
    keys: "array[int]"
    days: "array[int]"
    lotes: "array[int]"
    unknown: "array[int]"

    def __len__(self) -> int:
        return len(self.keys)

    def encode(self) -> bytes:
        """The file, with a checksum at its end."""
        columns = (self.firsts, self.keys, self.days, self.lotes, self.unknown)
        content = b"".join(
            (
                _MAGIC,
                _COUNTS.pack(len(self.keys), len(self.unknown)),
                self.rests,
                *(column.tobytes() for column in columns),
            )
        )
        return content + checksum(content)

    def rows(self, wanted: Iterable[object] | None = None) -> list[bytes]:
        """Its entries as rows of `ROW_BYTES`; only those that are `wanted`, if that is given."""
        columns = (
            self.firsts.tobytes(),
            self.rests,
            self.keys.tobytes(),
            self.days.tobytes(),
            self.lotes.tobytes(),
        )
        joined = _woven(columns, _WIDTHS)
        starts = range(0, len(joined), ROW_BYTES)
        chosen = starts if wanted is None else compress(starts, wanted)
        return [joined[start : start + ROW_BYTES] for start in chosen]


def checksum(content: bytes) -> bytes:
    """Sixteen bytes that tell damage, and one file from another."""
    return blake2b(content, digest_size=_CHECKSUM).digest()


def seal(content: bytes) -> str:
    """The checksum at the end of a file, which only `decode_sheet` compares with what is before it."""
    return content[-_CHECKSUM:].hex()


def make_rows(digests: bytes, keys: "array[int]", day: int, lote: int) -> list[bytes]:
    """Entries as rows: the hashes of payloads, one after the other, and those of their keys, with one day and lote."""
    firsts, rests = _columns(digests, (2, DIGEST - 2))
    days, lotes = array("H", [day]) * len(keys), array("I", [lote]) * len(keys)
    return Sheet(array("H", firsts), rests, keys, days, lotes, array("Q")).rows()


def sheet_of(rows: Iterable[bytes], unknown: Iterable[int] = ()) -> Sheet:
    """The sheet of these rows; they are sorted first."""
    firsts, rests, keys, days, lotes = _columns(b"".join(sorted(rows)), _WIDTHS)
    return Sheet(
        array("H", firsts),
        rests,
        array("Q", keys),
        array("H", days),
        array("I", lotes),
        array("Q", unknown),
    )


def _woven(columns: Sequence[bytes], widths: Sequence[int]) -> bytes:
    """Columns made into rows: one byte of all rows at a time, which is many times as fast as one row after the other."""
    woven, row, start = bytearray(sum(map(len, columns))), sum(widths), 0
    for column, width in zip(columns, widths, strict=True):
        for at in range(width):
            woven[start + at :: row] = column[at::width]
        start += width
    return bytes(woven)


def _columns(woven: bytes, widths: Sequence[int]) -> list[bytes]:
    """Rows made into columns."""
    columns, row, start = [], sum(widths), 0
    for width in widths:
        column = bytearray(len(woven) // row * width)
        for at in range(width):
            column[at::width] = woven[start + at :: row]
        columns.append(bytes(column))
        start += width
    return columns


def decode_sheet(content: bytes) -> Sheet:
    """Read a file. Raises `Damaged`."""
    body, found = content[:-_CHECKSUM], content[-_CHECKSUM:]
    if not body.startswith(_MAGIC) or checksum(body) != found:
        raise Damaged("the content does not fit its checksum")
    entries, unknown = _COUNTS.unpack_from(body, len(_MAGIC))
    cells = memoryview(body)[len(_MAGIC) + _COUNTS.size :]
    if len(cells) != entries * ROW_BYTES + unknown * 8:
        raise Damaged("its length does not fit what it says of itself")
    columns: list[bytes] = []
    start = 0
    for width, count in (
        (DIGEST - 2, entries),
        (2, entries),
        (8, entries),
        (2, entries),
        (4, entries),
        (8, unknown),
    ):
        columns.append(bytes(cells[start : start + width * count]))
        start += width * count
    rests, firsts, keys, days, lotes, others = columns
    return Sheet(
        array("H", firsts),
        rests,
        array("Q", keys),
        array("H", days),
        array("I", lotes),
        array("Q", others),
    )
