"""Names of parts and marks.

A part that rows were taken out of has a number: `<name>.g1.jsonl` takes the place of `<name>.jsonl`, and `.g2` that of `.g1`. While both
are there, the one with the higher number counts.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Final, NamedTuple

MARK: Final = ".settled"
PARTS: Final = (".jsonl", ".jsonl.gz")

_NAME: Final = re.compile(r"(?P<base>.+?)(?:\.g(?P<number>[0-9]{1,9}))?(?P<suffix>\.jsonl(?:\.gz)?)")


class PartName(NamedTuple):
    """A part: the name that all that took each other's place share, the number among them, and the suffix."""

    base: str
    number: int
    suffix: str

    @classmethod
    def of(cls, path: str) -> "PartName":
        """The name of a part, which ends in one of `PARTS`."""
        found = _NAME.fullmatch(path)
        if found is None:
            return cls(path, 0, "")
        return cls(found["base"], int(found["number"] or 0), found["suffix"])

    @property
    def next(self) -> str:
        """The path of the part that takes its place."""
        return f"{self.base}.g{self.number + 1}{self.suffix}"


def part_of_mark(path: str) -> str:
    """The part that a mark belongs to."""
    return path.removesuffix(MARK).rpartition(".")[0]


def split_replaced(parts: Iterable[str]) -> tuple[list[str], list[str]]:
    """The parts that count, and those that another has taken the place of."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for part in parts:
        found[PartName.of(part).base].append(part)
    current, replaced = [], []
    for same in found.values():
        *older, newest = sorted(same, key=PartName.of)
        current.append(newest)
        replaced += older
    return current, replaced
