"""The coercers of coerce.py, one column at a time.

A column coercer gives for each value what the coercer of the same field gives. It takes less time where nearly all values need no
change. Where the coercer would raise `Misfit`, the row goes to `rejected_rows`, and the mapper decides about the record.

>>> rejected_rows = set()
>>> texts([" Ana ", None, ""], rejected_rows), rejected_rows
(['Ana', None, None], set())
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from source_destination_clientes.cliente import documento
from source_destination_clientes.cliente.coerce import Coercer, Misfit

Column: TypeAlias = Sequence[Any]
"""The values of one field in consecutive records, None where a record has none."""

ColumnCoercer: TypeAlias = Callable[[Column, set[int]], Column]
"""Takes a column and the rows rejected so far, to which it adds its own; returns the coerced column."""


def texts(column: Column, _rejected_rows: set[int]) -> Column:
    """Texts of valid length: without surrounding white space, None where nothing is left."""
    if all(column):
        stripped = list(map(str.strip, column))
        if all(stripped):
            return stripped
    return [(value.strip() or None) if value else None for value in column]


def digits(coerce: Coercer, max_length: int | None) -> ColumnCoercer:
    """Texts of which only the digits are sent."""
    one_by_one = each(coerce)
    limit = max_length or 1 << 30

    def coerce_column(column: Column, rejected_rows: set[int]) -> Column:
        filled = column if all(column) else list(filter(None, column))
        if not filled:
            return [None] * len(column)
        # `str.isdigit` is true for the digits of all scripts, `bytes.isdigit` for the ten ASCII digits only.
        if "".join(filled).encode().isdigit() and max(map(len, filled)) <= limit:
            return column if filled is column else [value or None for value in column]
        return one_by_one(column, rejected_rows)

    return coerce_column


def documents(coerce: Coercer) -> ColumnCoercer:
    """Texts that are a CPF or a CNPJ."""

    def coerce_column(column: Column, rejected_rows: set[int]) -> Column:
        doubtful = documento.doubtful(column)
        if not doubtful:
            return column
        values = list(column)
        for row in doubtful:
            if column[row].isdigit():
                # Without punctuation to drop, the coercer would hardly find a document in it.
                rejected_rows.add(row)
            else:
                values[row] = _coerced(coerce, column[row], row, rejected_rows)
        return values

    return coerce_column


def each(coerce: Coercer) -> ColumnCoercer:
    """Values of any type, one by one."""

    def coerce_column(column: Column, rejected_rows: set[int]) -> Column:
        return [_coerced(coerce, value, row, rejected_rows) for row, value in enumerate(column)]

    return coerce_column


def _coerced(coerce: Coercer, value: Any, row: int, rejected_rows: set[int]) -> Any:
    if type(value) is str:
        value = value.strip()
    if value is None or value == "":
        return None
    try:
        coerced = coerce(value)
    except Misfit:
        rejected_rows.add(row)
        return None
    return None if coerced == "" else coerced


def or_default(default: object) -> ColumnCoercer:
    """The default where a record has no value."""

    def coerce_column(column: Column, _rejected_rows: set[int]) -> Column:
        if None not in column:
            return column
        return [default if value is None else value for value in column]

    return coerce_column


def required(column: Column, rejected_rows: set[int]) -> Column:
    """Reject the rows without a value."""
    if None in column:
        rejected_rows.update(row for row, value in enumerate(column) if value is None)
    return column


def forbidden(column: Column, rejected_rows: set[int]) -> Column:
    """Reject the rows with a value: the mapper has more to do with them."""
    if any(column):
        rejected_rows.update(row for row, value in enumerate(column) if value)
    return column
