"""The values of one column made to fit, many at once.

A fit gives, value for value, what the coercer of the same field gives, and takes less time where nearly all values are as they
should be. What a coercer would refuse it declines: the position goes to `declined`, and the mapper decides about the record.

>>> declined = set()
>>> texts([" Ana ", None, ""], declined), declined
(['Ana', None, None], set())
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from source_destination_clientes.cliente import documento
from source_destination_clientes.cliente.coerce import Coercer, Misfit

Column: TypeAlias = Sequence[Any]
Fit: TypeAlias = Callable[[Column, set[int]], Column]
"""Takes the values of a column, None where there is none, and the positions declined so far, to which it adds its own."""


def texts(column: Column, _declined: set[int]) -> Column:
    """Texts of the right length: without the white space around them, None where nothing is left."""
    if all(column):
        stripped = list(map(str.strip, column))
        if all(stripped):
            return stripped
    return [(value.strip() or None) if value else None for value in column]


def digits(coerce: Coercer, max_length: int | None) -> Fit:
    """Texts of which the digits travel."""
    one_by_one = each(coerce)
    limit = max_length or 1 << 30

    def fit(column: Column, declined: set[int]) -> Column:
        present = column if all(column) else list(filter(None, column))
        if not present:
            return [None] * len(column)
        # Bytes know the ten digits only; texts know those of all scripts.
        if "".join(present).encode().isdigit() and max(map(len, present)) <= limit:
            return column if present is column else [value or None for value in column]
        return one_by_one(column, declined)

    return fit


def documents(coerce: Coercer) -> Fit:
    """Texts that are a CPF or a CNPJ."""

    def fit(column: Column, declined: set[int]) -> Column:
        doubtful = documento.doubtful(column)
        if not doubtful:
            return column
        values = list(column)
        for at in doubtful:
            if column[at].isdigit():
                # There is nothing to drop, so the mapper will hardly find a document in it.
                declined.add(at)
            else:
                values[at] = _coerced(coerce, column[at], at, declined)
        return values

    return fit


def each(coerce: Coercer) -> Fit:
    """Values of any kind, one by one."""

    def fit(column: Column, declined: set[int]) -> Column:
        return [_coerced(coerce, value, at, declined) for at, value in enumerate(column)]

    return fit


def _coerced(coerce: Coercer, value: Any, at: int, declined: set[int]) -> Any:
    if type(value) is str:
        value = value.strip()
    if value is None or value == "":
        return None
    try:
        fitting = coerce(value)
    except Misfit:
        declined.add(at)
        return None
    return None if fitting == "" else fitting


def or_else(default: object) -> Fit:
    """What stands for a value that is not there."""

    def fit(column: Column, _declined: set[int]) -> Column:
        if None not in column:
            return column
        return [default if value is None else value for value in column]

    return fit


def present(column: Column, declined: set[int]) -> Column:
    """Values that must be there."""
    if None in column:
        declined.update(at for at, value in enumerate(column) if value is None)
    return column


def absent(column: Column, declined: set[int]) -> Column:
    """Values whose presence is for the mapper to deal with."""
    if any(column):
        declined.update(at for at, value in enumerate(column) if value)
    return column
