"""What the records need of a storage; those of `rejection.storage` have it. Neither of the two rooms imports the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


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
