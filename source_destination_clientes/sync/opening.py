"""What the log says at the start of a sync."""

import re
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from typing import Final
from urllib.parse import urlsplit

from source_destination_clientes.cliente.mapping import ATTACHMENTS_COLUMN, StreamMapping
from source_destination_clientes.protocol.catalog import ConfiguredStream
from source_destination_clientes.protocol.output import Level
from source_destination_clientes.settings import Settings
from source_destination_clientes.sync.routes import Route, Routes

_PACKAGE: Final = "airbyte-destination-clientes"
_MOST_NAMES: Final = 30
"""Columns named of one stream: a log line has its limits."""

_AIRBYTES: Final = ("_ab_", "_airbyte_")
"""What the names of columns begin with that sources add by themselves."""

_STAYS: Final = "Nothing is removed at the tills: clientes stay there as they are"


def opening_words(
    settings: Settings, catalog: Sequence[ConfiguredStream], routes: Routes
) -> Iterator[tuple[Level, str]]:
    """What somebody has to know before the first record."""
    host = urlsplit(settings.environment.control_base).hostname
    streams = " ".join(map(_stream_words, routes)) or "No stream to write."
    yield (
        "INFO",
        f"destination-clientes {version(_PACKAGE)} writes to {host} for inquilino {settings.id_inquilino}. {streams}",
    )
    overwritten = _names(stream.name for stream in catalog if stream.overwrites)
    cleared = _names(stream.name for stream in catalog if stream.refreshed and not stream.overwrites)
    if overwritten or not catalog:
        yield "INFO", f"Airbyte clears {overwritten or 'streams that left the connection'}. {_STAYS}."
    if cleared:
        yield (
            "WARN",
            f"Airbyte clears or refreshes {cleared}. {_STAYS}, and those that the source sends again are updated.",
        )


def _stream_words(route: Route) -> str:
    mapping, columns = route.mapper.mapping, route.stream.columns
    unused = [column for column in columns if not _is_used(column, mapping)]
    filled = {field.name for column in columns if (field := mapping.find(column))} | set(mapping.entries)
    defaults = [name for name in mapping.defaults if name not in filled] if columns else []
    parts = [
        f"Stream {route.stream.name} is {route.object}",
        *([f"these columns fill no field: {_names(unused)}"] if unused else []),
        *([f"these fields get a default: {_names(defaults)}"] if defaults else []),
    ]
    return "; ".join(parts) + "."


def _is_used(column: str, mapping: StreamMapping) -> bool:
    """Whether it fills a field, is in the value of one, or means something by itself."""
    own = column == ATTACHMENTS_COLUMN or column.lower().startswith(_AIRBYTES)
    word = re.compile(rf"(?<!\w){re.escape(column)}(?!\w)")
    return own or mapping.find(column) is not None or any(map(word.search, mapping.entries.values()))


def _names(names: Iterable[str]) -> str:
    listed = list(names)
    more = f" and {len(listed) - _MOST_NAMES} more" if len(listed) > _MOST_NAMES else ""
    return ", ".join(listed[:_MOST_NAMES]) + more
