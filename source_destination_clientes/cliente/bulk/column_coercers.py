"""The coercers of coerce.py, one column at a time.

A column coercer gives for each value what the coercer of the same field gives. It takes less time where nearly all values need no
change. Where the coercer would raise `Misfit`, the row goes to the rejected rows, and the mapper decides about the record; only
`omitting` decides as the mapper does.

>>> rows = Rows()
>>> texts(str.title, frozenset())([" Ana ", None, ""], rows), rows.rejected
(['Ana', None, None], set())
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, TypeAlias

from source_destination_clientes.cliente.coerce import (
    Coercer,
    CoercionRules,
    Overlong,
    may_be_cut,
    may_be_omitted,
)
from source_destination_clientes.cliente.mapped import Change, Note
from source_destination_clientes.cliente.readers import documento
from source_destination_clientes.cliente.readers.birth_date import EARLIEST
from source_destination_clientes.cliente.readers.document import is_clean, is_valid
from source_destination_clientes.cliente.readers.email import PLAIN
from source_destination_clientes.cliente.readers.misfit import Misfit
from source_destination_clientes.cliente.readers.state import UFS
from source_destination_clientes.manifest.objects import Field

Column: TypeAlias = Sequence[Any]
"""The values of one field in consecutive records, None where a record has none."""

_MOST_REMEMBERED: Final = 1_000
_EARLIEST: Final = date.fromisoformat(EARLIEST)
_ZEROS: Final = "00000000"
_TEXT_OR_NONE: Final = {str, type(None)}


@dataclass(slots=True)
class Rows:
    """What becomes of rows.

    `rejected` are those that only the mapper can judge, `unfit` those with a value that does not fit or takes reading, `notes`
    those of the others.
    """

    rejected: set[int] = field(default_factory=set)
    unfit: set[int] = field(default_factory=set)
    notes: dict[int, list[Note]] = field(default_factory=dict)


ColumnCoercer: TypeAlias = Callable[[Column, Rows], Column]
"""Takes a column and the rows so far, to which it adds its own; returns the coerced column."""


def texts(coerce: Coercer, nothing: frozenset[str]) -> ColumnCoercer:
    """Texts of valid length: without surrounding white space, None where nothing is left.

    A plain text goes out as it is: it begins with a letter or digit, has single blanks, is no number with a decimal, and is no word
    for nothing. What else a reader would change shows in the encoded body.
    """
    longest = max(map(len, nothing), default=0)

    def is_plain(text: str) -> bool:
        return (
            text[0].isalnum()
            and "  " not in text
            and text[-2:] != ".0"
            and (len(text) > longest or text.casefold() not in nothing)
        )

    def are_plain(column: Sequence[str]) -> bool:
        lines = "\n".join(column)
        return (
            "".join([text[0] for text in column]).isalnum()
            and "  " not in lines
            and ".0\n" not in lines
            and lines[-2:] != ".0"
            and (min(map(len, column)) > longest or nothing.isdisjoint(map(str.casefold, column)))
        )

    def coerce_column(column: Column, rows: Rows) -> Column:
        if all(column):
            stripped = list(map(str.strip, column))
            if all(stripped) and are_plain(stripped):
                return stripped
        else:
            stripped = [value.strip() if value else "" for value in column]
        return [
            (text if is_plain(text) else _coerced(coerce, text, row, rows)) if text else None
            for row, text in enumerate(stripped)
        ]

    return coerce_column


def digits(coerce: Coercer) -> ColumnCoercer:
    """Texts of which only the digits are sent; those that are digits already go out as they are."""
    return _if_plain(coerce, _are_digits)


def phones(coerce: Coercer) -> ColumnCoercer:
    """Telephones."""

    def are_plain(column: Sequence[str]) -> bool:
        lines = "\n" + "\n".join(column)
        return (
            _are_digits(column)
            and set(map(len, column)) <= {10, 11}
            and "\n0" not in lines
            and _ZEROS not in lines
        )

    return _if_plain(coerce, are_plain)


def postal_codes(coerce: Coercer) -> ColumnCoercer:
    """Postal codes of Brazil."""

    def are_plain(column: Sequence[str]) -> bool:
        return _are_digits(column) and set(map(len, column)) == {8} and _ZEROS not in column

    return _if_plain(coerce, are_plain)


def states(coerce: Coercer) -> ColumnCoercer:
    """States of Brazil."""
    return _if_plain(coerce, UFS.issuperset)


def emails(coerce: Coercer, max_length: int | None) -> ColumnCoercer:
    """E-mail addresses."""
    limit = max_length or 1 << 30

    def are_plain(column: Sequence[str]) -> bool:
        return all(map(PLAIN.fullmatch, column)) and max(map(len, column)) <= limit

    return _if_plain(coerce, are_plain)


def dates(today: date) -> ColumnCoercer:
    """Days that the record's struct has read already; the mapper says what is wrong with one that nobody was born on."""

    def coerce_column(column: Column, rows: Rows) -> Column:
        filled = [day for day in column if day is not None]
        if filled and not (min(filled) >= _EARLIEST and max(filled) < today):
            rows.unfit.update(
                row for row, day in enumerate(column) if day is not None and not _EARLIEST <= day < today
            )
        return column

    return coerce_column


def documents(column: Column, rows: Rows) -> Column:
    """Texts that are a CPF or a CNPJ, in its mask or without; all others are the mapper's, which knows the person."""
    odd = {*documento.doubtful(column), *_may_be_padded(column)}
    if not odd:
        return column
    values = list(column)
    for row in odd:
        compact = documento.compact(column[row])
        if is_clean(compact) or (not compact.isdigit() and is_valid(compact)):
            values[row] = compact
        elif column[row].strip():
            rows.rejected.add(row)
        else:
            values[row] = None
    return values


def documents_of_any_type(column: Column, rows: Rows) -> Column:
    """Documents of which some are no texts: numbers, which have lost their zeros, are the mapper's."""
    rows.rejected.update(
        row for row, value in enumerate(column) if value is not None and type(value) is not str
    )
    return documents([value if type(value) is str else None for value in column], rows)


def _may_be_padded(column: Column) -> Sequence[int]:
    """Rows with fourteen digits that begin with 000: a CNPJ, or a CPF with zeros before it."""
    if "\n000" not in "\n" + "\n".join(column if all(column) else filter(None, column)):
        return ()
    return [row for row, value in enumerate(column) if value and value.startswith("000")]


def words(coerce: Coercer) -> ColumnCoercer:
    """Values of few kinds, such as codes and their words: each is read once."""
    known: dict[str, object] = {}

    def coerce_column(column: Column, rows: Rows) -> Column:
        coerced: list[object] = []
        for row, value in enumerate(column):
            if type(value) is not str:
                coerced.append(_coerced(coerce, value, row, rows))
            elif value in known:
                coerced.append(known[value])
            else:
                found = _coerced(coerce, value, row, rows)
                if row not in rows.unfit and len(known) < _MOST_REMEMBERED:
                    known[value] = found
                coerced.append(found)
        return coerced

    return coerce_column


def each(coerce: Coercer) -> ColumnCoercer:
    """Values of any type, one by one."""

    def coerce_column(column: Column, rows: Rows) -> Column:
        return [_coerced(coerce, value, row, rows) for row, value in enumerate(column)]

    return coerce_column


def omitting(one_by_one: "OneByOne", strict: ColumnCoercer | None) -> ColumnCoercer:
    """Values of any type. `strict` finds, in a column of texts, those that need a look."""

    def coerce_column(column: Column, rows: Rows) -> Column:
        if strict is None or not set(map(type, column)) <= _TEXT_OR_NONE:
            return [one_by_one.coerced(value, row, rows) for row, value in enumerate(column)]
        own = Rows()
        coerced = list(strict(column, own))
        for row in own.unfit.union(_odd_texts(column, one_by_one.target.max_length)):
            coerced[row] = one_by_one.coerced(column[row], row, rows)
        return coerced

    return coerce_column


@dataclass(frozen=True, slots=True)
class OneByOne:
    """Coerces single values; one that does not fit is left out or cut where the mapper would do so, and noted.

    With `by_name` nobody mapped the column: an object or a list in it is passed over.
    """

    target: Field
    coerce: Coercer
    rules: CoercionRules
    by_name: bool

    def coerced(self, value: Any, row: int, rows: Rows) -> object:
        """The value to send, None for nothing."""
        if value is None or value == "" or (self.by_name and isinstance(value, dict | list)):
            return None
        try:
            coerced = self.coerce(value)
        except Misfit as misfit:
            return self._settled(misfit, row, rows)
        return None if coerced == "" else coerced

    def _settled(self, misfit: Misfit, row: int, rows: Rows) -> str | None:
        """What is left of a value that does not fit; the row is the mapper's where the record has to be rejected."""
        name = self.target.name
        if isinstance(misfit, Overlong) and may_be_cut(self.target, self.rules.values):
            _note(rows, row, Note(name, Change.TRUNCATED, misfit.word))
            return misfit.cut
        if may_be_omitted(self.target, misfit, self.rules.values):
            _note(rows, row, Note(name, Change.NULLED, misfit.word))
        else:
            rows.rejected.add(row)
        return None


def _odd_texts(column: Column, max_length: int | None) -> list[int]:
    """Rows with a text that is too long, or has more than visible ASCII."""
    limit = max_length or 1 << 30
    return [
        row
        for row, text in enumerate(column)
        if text and (len(text) > limit or not (text.isascii() and text.isprintable()))
    ]


def _note(rows: Rows, row: int, note: Note) -> None:
    rows.notes.setdefault(row, []).append(note)


def _if_plain(coerce: Coercer, are_plain: Callable[[Sequence[str]], bool]) -> ColumnCoercer:
    """The column as it is where every value is plain, else one by one."""
    one_by_one = each(coerce)

    def coerce_column(column: Column, rows: Rows) -> Column:
        filled = column if all(column) else list(filter(None, column))
        if not filled:
            return [None] * len(column)
        if are_plain(filled):
            return column if filled is column else [value or None for value in column]
        return one_by_one(column, rows)

    return coerce_column


def _are_digits(column: Sequence[str]) -> bool:
    # `str.isdigit` is true for the digits of all scripts, `bytes.isdigit` for the ten ASCII digits only.
    return "".join(column).encode().isdigit()


def _coerced(coerce: Coercer, value: Any, row: int, rows: Rows) -> Any:
    if value is None or value == "":
        return None
    try:
        coerced = coerce(value)
    except Misfit:
        rows.unfit.add(row)
        return None
    return None if coerced == "" else coerced


def or_default(default: object) -> ColumnCoercer:
    """The default where a record has no value."""

    def coerce_column(column: Column, _rows: Rows) -> Column:
        if None not in column:
            return column
        return [default if value is None else value for value in column]

    return coerce_column


def required(column: Column, rows: Rows) -> Column:
    """Reject the rows without a value."""
    if None in column:
        rows.rejected.update(row for row, value in enumerate(column) if value is None)
    return column


def forbidden(column: Column, rows: Rows) -> Column:
    """Reject the rows with a value: the mapper has more to do with them."""
    if any(column):
        rows.rejected.update(row for row, value in enumerate(column) if value)
    return column
