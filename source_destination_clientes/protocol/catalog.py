"""The configured catalog, as much of it as a destination needs."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from source_destination_clientes.errors import ConfigError
from source_destination_clientes.protocol.messages import StreamKey


@dataclass(frozen=True, slots=True)
class ConfiguredStream:
    """One stream of the connection. `refreshed`: everything in it is to count as new, as after a refresh of the platform."""

    name: str
    namespace: str | None
    sync_mode: str
    object_name: str | None
    sync_id: int | None
    refreshed: bool = False

    @property
    def key(self) -> StreamKey:
        """Namespace and name."""
        return (self.namespace, self.name)


class _Stream(msgspec.Struct):
    name: str
    namespace: str | None = None


class _Configured(msgspec.Struct):
    stream: _Stream
    destination_sync_mode: str | None = None
    destination_object_name: str | None = None
    sync_id: int | None = None
    generation_id: int | None = None
    minimum_generation_id: int | None = None


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
    """Read a ConfiguredAirbyteCatalog. Raises `ConfigError` saying what is wrong with it; `name` is what messages call it."""
    try:
        catalog = msgspec.json.decode(raw, type=_Catalog)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{name} is not a configured catalog: {error}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ConfigError(f"{name} is not valid JSON.") from None
    if not catalog.streams:
        raise ConfigError(f"{name} has no streams: select at least one in the connection.")
    return tuple(_configured(entry) for entry in catalog.streams)


def _configured(entry: _Configured) -> ConfiguredStream:
    return ConfiguredStream(
        name=entry.stream.name,
        namespace=entry.stream.namespace,
        sync_mode=entry.destination_sync_mode or "append",
        object_name=entry.destination_object_name or None,
        sync_id=entry.sync_id,
        # Nothing of an earlier generation counts any longer: https://github.com/airbytehq/airbyte, refreshes and generations.
        refreshed=bool(entry.generation_id) and entry.minimum_generation_id == entry.generation_id,
    )
