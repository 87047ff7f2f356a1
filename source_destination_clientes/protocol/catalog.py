"""The configured catalog, as much of it as a destination needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from source_destination_clientes.errors import ConfigError
from source_destination_clientes.protocol.messages import StreamKey

_UPSERTS: Final = frozenset({"append", "append_dedup", "update", "soft_delete"})
"""The sync modes that PDVSync can do: all write by key, and none removes anything."""

_PYAIRBYTES_GENERATION: Final = (1, 1, 1)
"""PyAirbyte numbers generation, first generation to keep and sync with 1, always: nothing is cleared."""


@dataclass(frozen=True, slots=True)
class ConfiguredStream:
    """One stream of the connection.

    `columns` are the names of its columns, empty where the catalog does not say. `cursor` is the path of the column that tells the
    newer of two versions of a record, empty without one. `refreshed`: nothing of earlier syncs counts any longer, as after a Clear or
    a Refresh of the platform.
    """

    name: str
    namespace: str | None
    sync_mode: str
    object_name: str | None
    sync_id: int | None
    refreshed: bool = False
    columns: tuple[str, ...] = ()
    cursor: tuple[str, ...] = ()

    @property
    def key(self) -> StreamKey:
        """Namespace and name."""
        return (self.namespace, self.name)

    @property
    def overwrites(self) -> bool:
        """Its sync mode is one that PDVSync cannot do."""
        return self.sync_mode not in _UPSERTS


class _Stream(msgspec.Struct):
    name: str
    namespace: str | None = None
    json_schema: Any = None


class _Configured(msgspec.Struct):
    stream: _Stream
    destination_sync_mode: str | None = None
    destination_object_name: str | None = None
    sync_id: int | None = None
    generation_id: int | None = None
    minimum_generation_id: int | None = None
    cursor_field: list[str] | None = None


class _Catalog(msgspec.Struct):
    streams: list[_Configured]


def read_catalog(path: Path) -> tuple[ConfiguredStream, ...]:
    """Read a ConfiguredAirbyteCatalog from a file. Raises `ConfigError` saying what is wrong with it."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"The catalog file {path} cannot be read: {error.strerror}.") from None
    return parse_catalog(raw, f"The catalog file {path}")


def parse_catalog(raw: bytes, name: str) -> tuple[ConfiguredStream, ...]:
    """Read a ConfiguredAirbyteCatalog; it has no streams when Airbyte clears streams that left the connection.

    Raises `ConfigError` saying what is wrong with it; `name` is what messages call it.
    """
    try:
        catalog = msgspec.json.decode(raw, type=_Catalog)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{name} is not a configured catalog: {error}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ConfigError(f"{name} is not valid JSON.") from None
    return tuple(_configured(entry) for entry in catalog.streams)


def _configured(entry: _Configured) -> ConfiguredStream:
    generations = (entry.generation_id, entry.minimum_generation_id, entry.sync_id)
    truncates = bool(entry.generation_id) and entry.generation_id == entry.minimum_generation_id
    return ConfiguredStream(
        name=entry.stream.name,
        namespace=entry.stream.namespace,
        sync_mode=entry.destination_sync_mode or "append",
        object_name=entry.destination_object_name or None,
        sync_id=entry.sync_id,
        # https://github.com/airbytehq/airbyte, refreshes and generations.
        refreshed=truncates and generations != _PYAIRBYTES_GENERATION,
        columns=_columns(entry.stream.json_schema),
        cursor=tuple(entry.cursor_field or ()),
    )


def _columns(schema: object) -> tuple[str, ...]:
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    return tuple(properties) if isinstance(properties, Mapping) else ()
