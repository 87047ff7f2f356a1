"""CSV as Excel and ERPs write it: any of four separators, a `sep=` line, title rows, line breaks within cells."""

import csv
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Final, TextIO

from source_destination_clientes.commands.files.table import Cells, Oddities, Row, read_rows
from source_destination_clientes.errors import ConfigError

_DELIMITERS: Final = (";", ",", "\t", "|")
_SAMPLE: Final = 1 << 16
_ROWS: Final = 50
_LONGEST_CELL: Final = 16 << 20


def read_csv(text: TextIO, name: str, oddities: Oddities) -> Iterator[Row]:
    """The rows of a file opened with `newline=""`. Raises `ConfigError` that names the line where it cannot be read."""
    skipped, told = _told_delimiter(text)
    yield from read_rows(_numbered(text, name, told or _likely_delimiter(text), skipped), oddities)


def _told_delimiter(text: TextIO) -> tuple[int, str]:
    """How many lines are for Excel alone, and the separator that a `sep=;` line names."""
    start = text.tell()
    line = text.readline()
    bare = line.strip().strip('"')
    if bare.lower().startswith("sep=") and len(line.strip("\r\n\ufeff")) - len("sep=") in {1, 3}:
        return 1, line.strip("\r\n\ufeff").strip('"')[len("sep=") :]
    text.seek(start)
    return 0, ""


def _likely_delimiter(text: TextIO) -> str:
    """The separator by which most rows have the same number of cells, and more than one."""
    start = text.tell()
    sample = text.read(_SAMPLE)
    text.seek(start)
    return max(_DELIMITERS, key=lambda delimiter: _evenness(sample, delimiter))


def _evenness(sample: str, delimiter: str) -> tuple[int, int]:
    lines = sample.splitlines(keepends=True)
    widths: Counter[int] = Counter()
    try:
        for row in islice(csv.reader(lines[: _ROWS * 4], delimiter=delimiter), _ROWS):
            widths[len(row)] += 1
    except csv.Error:
        return 0, 0
    rows, width = max(((count, width) for width, count in widths.items() if width > 1), default=(0, 0))
    return rows, width


def _numbered(text: TextIO, name: str, delimiter: str, skipped: int) -> Iterator[tuple[int, Cells]]:
    csv.field_size_limit(_LONGEST_CELL)
    rows = csv.reader(text, delimiter=delimiter, strict=True)
    while True:
        line = rows.line_num + skipped + 1
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            raise ConfigError(
                f"{name} cannot be read as comma-separated values: {error}, in the row that begins on line {line}. "
                "A quote within a quoted text is written twice.",
            ) from None
        yield line, cells
