"""What the records need of a storage: whole objects, and one way to be the first to write one.

A storage of `rejection` fits as it is, once it has `put_if_absent`.
"""

import os
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol


class Readable(Protocol):
    """A place for whole objects. Every method may raise `ConfigError` or `TransientError`, which name the place."""

    @property
    def location(self) -> str:
        """Where an operator finds it."""

    def get(self, path: str) -> bytes:
        """Read an object."""

    def list(self, prefix: str) -> Iterator[str]:
        """Yield the paths below `prefix`, in order."""


class Writable(Readable, Protocol):
    """A place where objects can be put and removed."""

    def put(self, path: str, content: bytes) -> None:
        """Write an object. It is there whole and durable, or not at all."""

    def delete(self, path: str) -> None:
        """Remove an object. One that is not there is no trouble."""


class Objects(Writable, Protocol):
    """A place where one can be the first."""

    def put_if_absent(self, path: str, content: bytes) -> bool:
        """Write an object unless there is one of this name. Of several writers at once, one is told True."""


@dataclass(frozen=True, slots=True)
class Below:
    """The part of a storage below one folder; `folder` ends in a slash."""

    objects: Objects
    folder: str

    @property
    def location(self) -> str:
        """Where an operator finds it."""
        return f"{self.objects.location.rstrip('/')}/{self.folder}"

    def put(self, path: str, content: bytes) -> None:
        """See `Objects`."""
        self.objects.put(self.folder + path, content)

    def put_if_absent(self, path: str, content: bytes) -> bool:
        """See `Objects`."""
        return self.objects.put_if_absent(self.folder + path, content)

    def get(self, path: str) -> bytes:
        """See `Objects`."""
        return self.objects.get(self.folder + path)

    def list(self, prefix: str) -> Iterator[str]:
        """See `Objects`."""
        for path in self.objects.list(self.folder + prefix):
            yield path.removeprefix(self.folder)

    def delete(self, path: str) -> None:
        """See `Objects`."""
        self.objects.delete(self.folder + path)


def put_file_if_absent(folder: Path, path: str, content: bytes) -> bool:
    """`put_if_absent` for a folder: a link appears whole or fails; where there are no links, an exclusive file is made."""
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{uuid.uuid4().hex}.partial")
    try:
        _write_new(partial, content)
        try:
            os.link(partial, target)
        except FileExistsError:
            return False
        except OSError:
            try:
                _write_new(target, content)
            except FileExistsError:
                return False
        _sync_folder(target.parent)
        return True
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def _write_new(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        # Network folders (CIFS, FUSE) cannot be synced, and say so with an error.
        with suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def put_object_if_absent(client: Any, path: str, content: bytes) -> bool:
    """`put_if_absent` for a bucket, through its obstore client."""
    import obstore  # noqa: PLC0415 - only who uses a bucket pays for the import
    from obstore.exceptions import AlreadyExistsError  # noqa: PLC0415 - see above

    try:
        obstore.put(client, path, content, mode="create", use_multipart=False)
    except AlreadyExistsError:
        return False
    return True
