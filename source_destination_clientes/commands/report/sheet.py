"""The report as a sheet that a Brazilian Excel opens by a double click: semicolons, a byte order mark, documents as text."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any, Final

from source_destination_clientes.commands.report.rows import ShownRow
from source_destination_clientes.commands.report.texts import Language, plain

BYTE_ORDER_MARK: Final = "\ufeff"

_COLUMNS: Final = (
    "stream", "reason", "field", "key", "message", "remedy", "words", "lote", "status", "stage", "attempt", "when",
)  # fmt: skip

_NUMBERLIKE: Final = re.compile(r"[+-]?\d[\d.,eE+-]*")
_FORMULA: Final = re.compile(r"[=+\-@\t\r]")
_BREAK: Final = re.compile(r"[\r\n\t]+")


def write_sheet(
    file: IO[str], rows: Callable[[], Iterable[ShownRow]], language: Language, *, reveal: bool
) -> None:
    """Write one line for each rejected record; with `reveal`, the columns of the records follow, for which the rows are read twice."""
    columns = list(dict.fromkeys(name for row in rows() for name in row.record)) if reveal else []
    writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
    file.write(BYTE_ORDER_MARK)
    writer.writerow(
        [language[name] for name in _COLUMNS] + [f"{language['record']}: {name}" for name in columns]
    )
    advice = {}
    for row in rows():
        if row.reason not in advice:
            found = language.advice(row.reason)
            advice[row.reason] = plain(found.remedy) if found else ""
        writer.writerow(map(as_cell, _cells(row, advice[row.reason], columns)))


def _cells(row: ShownRow, remedy: str, columns: list[str]) -> Iterator[Any]:
    yield from (row.stream, row.reason, row.field, row.key, row.message, remedy, row.words, row.lote)
    yield row.status if row.status is not None else ""
    yield from (row.stage, row.attempt, row.when)
    yield from (row.record.get(name, "") for name in columns)


def as_cell(value: object) -> object:
    """A value as Excel leaves it alone.

    Text that looks like a number would lose its zeros, and a text that looks like a formula would be carried out.

    >>> as_cell("05299822472"), as_cell("=1+1"), as_cell(3)
    ('="05299822472"', "'=1+1", 3)
    """
    if isinstance(value, int) and not isinstance(value, bool):
        # From eleven digits on it is a document or a telephone, and Excel shows a number as 5.3E+10.
        return value if abs(value) < 10**10 else f'="{value}"'
    text = _BREAK.sub(" ", "" if value is None else str(value))
    if _NUMBERLIKE.fullmatch(text):
        return f'="{text}"'
    return f"'{text}" if _FORMULA.match(text) else text
