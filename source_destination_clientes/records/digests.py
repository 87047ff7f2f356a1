"""A set of hashes for many of them: 12 bytes each instead of the 90 of a Python set, and questions by the block."""

import struct
from array import array
from collections import Counter
from functools import cache
from operator import contains
from typing import Final

_FIRST: Final = 2
"""Bytes that choose the bucket; the others are kept in it."""

_AT_ONCE: Final = 128


class DigestSet:
    """Hashes of `width` bytes each (an even number). Blocks of them are given one after the other in one bytes object.

    A bucket is the rest of its hashes, joined. Searching it may also find one across the border of two: as rare as two equal
    hashes, and `width` has to be chosen with that in mind.
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._buckets = [b""] * (1 << (8 * _FIRST))
        self.count = 0

    def holds(self, block: bytes) -> list[bool]:
        """For each hash of a block: it is in the set."""
        firsts, rests = _cut(block, self._width)
        return list(map(contains, map(self._buckets.__getitem__, firsts), rests))

    def add(self, block: bytes) -> None:
        """Put the hashes of a block into the set."""
        firsts, rests = _cut(block, self._width)
        for first, rest in zip(firsts, rests, strict=True):
            self._buckets[first] += rest
        self.count += len(firsts)

    def add_new(self, block: bytes) -> None:
        """Put in the hashes of a block that are not there yet."""
        width = self._width
        held = self.holds(block)
        self.add(b"".join(block[i * width : (i + 1) * width] for i, there in enumerate(held) if not there))

    def add_sorted(self, firsts: "array[int]", rests: bytes) -> None:
        """Put in hashes that are cut into their first two bytes and the rest, equal first ones side by side."""
        length = self._width - _FIRST
        start = 0
        for first, number in Counter(firsts).items():
            end = start + number * length
            self._buckets[first] += rests[start:end]
            start = end
        self.count += len(firsts)


def _cut(block: bytes, width: int) -> tuple["array[int]", list[bytes]]:
    """The first two bytes of each hash as a number, and the rest of each."""
    many, one = _forms(width)
    whole = len(block) - len(block) % many.size
    rests: list[bytes] = []
    for start in range(0, whole, many.size):
        rests += many.unpack_from(block, start)
    rests += [rest for (rest,) in one.iter_unpack(block[whole:])]
    return array("H", block)[:: width // _FIRST], rests


@cache
def _forms(width: int) -> tuple[struct.Struct, struct.Struct]:
    """How to read many hashes at once, and one: reading the form itself takes longer than reading by it."""
    form = f"{_FIRST}x{width - _FIRST}s"
    return struct.Struct(form * _AT_ONCE), struct.Struct(form)
