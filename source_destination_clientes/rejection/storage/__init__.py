"""Where our files are: a folder, or a bucket of an object store.

Every storage does five things with whole objects, and everything that keeps something between runs is built on these five.
"""

from collections.abc import Iterator
from typing import Protocol


class Storage(Protocol):
    """A place for whole objects. Every method raises `ConfigError` or `TransientError`, naming the place."""

    @property
    def location(self) -> str:
        """Where an operator finds it."""

    @property
    def roll_seconds(self) -> float:
        """How long rows, and the states behind them, may wait in memory before they are written as an object."""

    def put(self, path: str, content: bytes) -> None:
        """Write an object; it is there whole, and durable, or not at all."""

    def put_if_absent(self, path: str, content: bytes) -> bool:
        """Write an object unless there is one of this name. Of several writers at once, only one is told True."""

    def get(self, path: str) -> bytes:
        """Read an object."""

    def list(self, prefix: str) -> Iterator[str]:
        """Yield the paths below `prefix`, in order."""

    def delete(self, path: str) -> None:
        """Remove an object; one that does not exist is no error."""
