"""A folder as storage. It is written here and not by a library: a file must be on the disk, not only in its cache, before a state leaves."""

import os
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from source_destination_clientes.errors import ConfigError


@dataclass(frozen=True, slots=True)
class FolderStorage:
    """A folder of this machine, or a volume mounted into the container. Folders within it are listed only when `nested`."""

    folder: Path
    roll_seconds: float = 1.0
    nested: bool = True

    @property
    def location(self) -> str:
        """The path of the folder."""
        return str(self.folder)

    def put(self, path: str, content: bytes) -> None:
        """Write beside the final name, flush to the disk, rename: a crash leaves either nothing or the whole file."""
        target = self.folder / path
        partial = target.with_name(f".{target.name}.partial")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(target)
            _sync_folder(target.parent)
        except OSError as error:
            # It contains records of people, takes space on a disk that may be full, and nobody would see it.
            with suppress(OSError):
                partial.unlink(missing_ok=True)
            raise self._trouble("write to", error) from None

    def put_if_absent(self, path: str, content: bytes) -> bool:
        """Write beside the final name and link to it, which fails when there is one; without links, make the file exclusively."""
        target = self.folder / path
        partial = target.with_name(f".{target.name}.{uuid.uuid4().hex}.partial")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            _write_new(partial, content)
            return _link_new(partial, target, content)
        except OSError as error:
            raise self._trouble("write to", error) from None
        finally:
            with suppress(OSError):
                partial.unlink(missing_ok=True)

    def get(self, path: str) -> bytes:
        """Read a file."""
        try:
            return (self.folder / path).read_bytes()
        except OSError as error:
            raise self._trouble("read from", error) from None

    def list(self, prefix: str) -> Iterator[str]:
        """Yield the files below `prefix`, without unfinished ones."""
        root = self.folder / prefix
        try:
            paths = root.rglob("*") if self.nested else root.glob("*")
            found = sorted(path for path in paths if not path.name.startswith(".") and path.is_file())
        except OSError as error:
            raise self._trouble("read from", error) from None
        yield from (PurePosixPath(path.relative_to(self.folder)).as_posix() for path in found)

    def delete(self, path: str) -> None:
        """Remove a file."""
        try:
            (self.folder / path).unlink(missing_ok=True)
        except OSError as error:
            raise self._trouble("delete from", error) from None

    def _trouble(self, what: str, error: OSError) -> ConfigError:
        return ConfigError(
            f"Cannot {what} the dead letter in {self.folder}: {error.strerror}. Check object_storage_config.path, its permissions "
            "and the free space. In a container it must be a mounted volume that the container's user may write to.",
        )


def _link_new(partial: Path, target: Path, content: bytes) -> bool:
    try:
        os.link(partial, target)
    except FileExistsError:
        return False
    except OSError:
        # A network folder may have no links.
        try:
            _write_new(target, content)
        except FileExistsError:
            return False
    _sync_folder(target.parent)
    return True


def _write_new(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
