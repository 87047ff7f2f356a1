"""The storage that the config describes."""

from pathlib import Path
from typing import Any

from source_destination_clientes.rejection.storage import Storage
from source_destination_clientes.rejection.storage.folder import FolderStorage


def open_storage(section: Any) -> Storage | None:
    """The storage that `object_storage_config` describes; None for storage type None. Raises `ConfigError` for unusable values."""
    if section.storage_type == "None":
        return None
    if section.storage_type == "Local":
        return FolderStorage(Path(section.path))
    from source_destination_clientes.rejection.storage.bucket import open_bucket  # noqa: PLC0415 - obstore is slow to import

    return open_bucket(section)
