"""Finding a column in a record: by its name in any case, or by a path."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec


def column(name: str) -> Callable[[Mapping[str, Any]], object]:
    """Find a column by its whole name, else by the path that its dots describe."""
    steps = name.split(".")

    def produce(record: Mapping[str, Any]) -> object:
        if name in record or len(steps) == 1:
            return in_any_case(record, name)
        found: object = record
        for step in steps:
            found = opened(found)
            if isinstance(found, list) and step.isdecimal():
                found = found[int(step)] if int(step) < len(found) else None
            else:
                found = in_any_case(found, step) if isinstance(found, Mapping) else None
        return found

    return produce


def in_any_case(columns: Mapping[str, Any], name: str) -> object:
    """The column of this name, else of this name in lower or upper case, as databases and warehouses rename them."""
    if name in columns:
        return columns[name]
    lower = name.lower()
    return columns[lower] if lower in columns else columns.get(name.upper())


def opened(value: object) -> object:
    """The object or list that a text holds as JSON, as warehouses store nested columns; any other value as it is."""
    if isinstance(value, str) and value.lstrip()[:1] in {"{", "["}:
        try:
            return msgspec.json.decode(value)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return value
    return value
