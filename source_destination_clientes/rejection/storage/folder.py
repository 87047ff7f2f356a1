"""A folder as storage. It is written here and not by a library: a file must be on the disk, not only in its cache, before a state leaves."""

import errno
import os
import stat
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from source_destination_clientes.errors import ConfigError

_FOLDER_MODE: Final = 0o700
_FILE_MODE: Final = 0o600
_UNFINISHED: Final = ".partial"
_NOT_SUPPORTED: Final = frozenset({errno.EINVAL, errno.ENOTSUP})

LEFT_OVER_SECONDS: Final = 3600
"""An unfinished file of this age has no writer any more."""


@dataclass(frozen=True, slots=True)
class FolderStorage:
    """A folder of this machine, or a volume mounted into the container. Folders within it are listed only when `nested`.

    It has data of people, so nobody but its owner may read it, whatever the umask says.
    """

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
        partial = target.with_name(f".{target.name}.{uuid.uuid4().hex}{_UNFINISHED}")
        try:
            self._make_private(target.parent)
            _write_new(partial, content)
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
        partial = target.with_name(f".{target.name}.{uuid.uuid4().hex}{_UNFINISHED}")
        try:
            self._make_private(target.parent)
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

    def remove_left_over(self) -> int:
        """Remove the unfinished files of writers that were killed; how many there were."""
        removed = 0
        try:
            for path in self.folder.rglob(f".*{_UNFINISHED}"):
                if time.time() - path.lstat().st_mtime > LEFT_OVER_SECONDS:
                    path.unlink(missing_ok=True)
                    removed += 1
        except OSError as error:
            raise self._trouble("delete from", error) from None
        return removed

    def _make_private(self, parent: Path) -> None:
        """Make the folders down to `parent` that are missing, and see to it that all from ours on are ours alone."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        ours = [self.folder]
        for step in parent.relative_to(self.folder).parts:
            ours.append(ours[-1] / step)
        for folder in ours:
            with suppress(FileExistsError):
                folder.mkdir(mode=_FOLDER_MODE)
            self._make_owners_only(folder)

    def _make_owners_only(self, folder: Path) -> None:
        found = folder.lstat()
        if stat.S_ISLNK(found.st_mode):
            raise self._unsafe(
                folder, "is a link, and whoever made it may lead the rejected records elsewhere"
            )
        # What belongs to root, a volume for instance, can be read by nobody more than what belongs to us.
        if found.st_uid not in {os.geteuid(), 0}:
            raise self._unsafe(
                folder, "belongs to another user of this machine, who could read the rejected records"
            )
        if (
            stat.S_ISDIR(found.st_mode)
            and found.st_uid == os.geteuid()
            and stat.S_IMODE(found.st_mode) != _FOLDER_MODE
        ):
            folder.chmod(_FOLDER_MODE)

    def _unsafe(self, folder: Path, why: str) -> ConfigError:
        return ConfigError(
            f"The dead letter cannot be kept in {folder}: it {why}. Set object_storage_config.path to a folder that does not exist yet: "
            "it is made for this user alone."
        )

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
    """Write a file that nobody else may read. Raises `FileExistsError` when there is one."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, _FILE_MODE)
    with os.fdopen(descriptor, "wb") as file:
        # The umask may have taken away what the owner needs.
        os.fchmod(descriptor, _FILE_MODE)
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # CIFS, FUSE and the like have no sync of folders. The file itself was synced.
        if error.errno not in _NOT_SUPPORTED:
            raise
    finally:
        os.close(descriptor)
