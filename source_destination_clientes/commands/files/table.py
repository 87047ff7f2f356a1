"""Rows with headings, whatever kind of file they come from."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any, Final, TypeAlias

Cells: TypeAlias = Sequence[Any]
_LOOKED_AT: Final = 30
"""Rows among which the headings are looked for."""
_NAMED: Final = 20
"""Lines kept of each oddity; all are counted."""


@dataclass(slots=True)
class Lines:
    """How many lines have an oddity, and the first of them."""

    count: int = 0
    first: list[int] = field(default_factory=list)

    def add(self, line: int) -> None:
        """Note a line."""
        self.count += 1
        if len(self.first) < _NAMED:
            self.first.append(line)

    def __str__(self) -> str:
        """The lines as a sentence names them."""
        named = ", ".join(map(str, self.first))
        more = f" and {self.count - len(self.first):,} more" if self.count > len(self.first) else ""
        return f"{'line' if self.count == 1 else 'lines'} {named}{more}"


@dataclass(slots=True)
class Oddities:
    """What is odd about a file; it grows while its rows are read."""

    about: list[str] = field(default_factory=list)
    surplus: Lines = field(default_factory=Lines)
    short: Lines = field(default_factory=Lines)
    blank: Lines = field(default_factory=Lines)

    def sentences(self) -> list[str]:
        """One sentence for each."""
        found = list(self.about)
        if self.surplus.count:
            found.append(
                f"More cells than headings: {self.surplus}. The surplus was left out; a separator within a text needs quotes."
            )
        if self.short.count:
            found.append(f"Fewer cells than headings: {self.short}. What is missing counts as empty.")
        if self.blank.count:
            found.append(f"Nothing in {self.blank}.")
        return found


@dataclass(frozen=True, slots=True)
class Row:
    """One record, and the line of the file it begins on."""

    line: int
    record: dict[str, Any]


def read_rows(numbered: Iterable[tuple[int, Cells]], oddities: Oddities) -> Iterator[Row]:
    """The rows below the headings, which may have title rows above them.

    Of two columns with one heading the second gets its number: `nome`, `nome (2)`.
    """
    source = iter(numbered)
    sample = list(islice(source, _LOOKED_AT))
    at = _headings_at([cells for _, cells in sample])
    if at is None:
        return
    line, cells = sample[at]
    titles = [number for number, above in sample[:at] if _filled(above)]
    if titles:
        oddities.about.append(f"The headings are in line {line}; above them is a title, which was left out.")
    headings = _headings(cells, oddities)
    for number, row in chain(sample[at + 1 :], source):
        if not _filled(row):
            oddities.blank.add(number)
            continue
        if _filled(row[len(cells) :]):
            oddities.surplus.add(number)
        elif len(row) < len(cells):
            oddities.short.add(number)
        padded = [*row, *[None] * (len(cells) - len(row))]
        yield Row(number, {name: padded[place] for place, name in headings})


def _headings_at(rows: Sequence[Cells]) -> int | None:
    """Where the headings are: the first row that fills more than half of what the fullest row fills. Titles fill a cell or two."""
    filled = [_filled(cells) for cells in rows]
    most = max(filled, default=0)
    return next((at for at, count in enumerate(filled) if count and 2 * count > most), None)


def _headings(cells: Cells, oddities: Oddities) -> list[tuple[int, str]]:
    """Place and name of each column; those without a heading are passed over."""
    seen: Counter[str] = Counter()
    headings: list[tuple[int, str]] = []
    for place, cell in enumerate(cells):
        name = str(cell if cell is not None else "").strip().strip("\ufeff")
        if not name:
            continue
        seen[name] += 1
        headings.append((place, name if seen[name] == 1 else f"{name} ({seen[name]})"))
    repeated = [name for name, count in seen.items() if count > 1]
    if repeated:
        oddities.about.append(
            f"Several columns have the heading {', '.join(repeated)}; from the second on they are read as `{repeated[0]} (2)` and so on."
        )
    return headings


def _filled(cells: Cells) -> int:
    return sum(1 for cell in cells if cell is not None and (not isinstance(cell, str) or cell.strip()))
