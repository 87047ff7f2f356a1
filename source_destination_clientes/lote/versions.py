"""Which of two versions of a record is the newer one, by the cursor that the catalog names."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

import msgspec

from source_destination_clientes.protocol.messages import Record, StreamKey

Outdates: TypeAlias = Callable[[Record, Record], bool]
"""Whether the first record is a newer version than the second, which came later."""


def by_cursor(cursors: Mapping[StreamKey, tuple[str, ...]]) -> Outdates:
    """By the columns at these paths. Where a record has no cursor, or the two cannot be compared, the later record is the newer one."""

    def outdates(first: Record, second: Record) -> bool:
        path = cursors.get(first.key)
        if not path or first.key != second.key:
            return False
        return _is_greater(_value(first, path), _value(second, path))

    return outdates


def _value(record: Record, path: tuple[str, ...]) -> object:
    value: Any = msgspec.json.decode(record.data)
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _is_greater(first: object, second: object) -> bool:
    for read in (_number, _moment):
        left, right = read(first), read(second)
        if left is not None and right is not None:
            return bool(left > right)
    return isinstance(first, str) and isinstance(second, str) and first > second


def _number(value: object) -> Any:
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        with suppress(InvalidOperation):
            number = Decimal(str(value))
            return None if number.is_nan() else number
    return None


def _moment(value: object) -> Any:
    if isinstance(value, str):
        with suppress(ValueError):
            moment = datetime.fromisoformat(value)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None
