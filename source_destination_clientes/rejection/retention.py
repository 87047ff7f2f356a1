"""How long a dead letter is kept, and what writers that were killed left in it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import Final

from source_destination_clientes.rejection.storage import Storage
from source_destination_clientes.rejection.storage.folder import FolderStorage

_PART_OR_MARK: Final = re.compile(r"(?P<written>\d{8}T\d{6}Z)-.+\.(jsonl|jsonl\.gz|settled)")


@dataclass(frozen=True, slots=True)
class Retention:
    """Deletes what is older than `days` days; with 0 nothing is old."""

    storage: Storage | None
    days: int
    warn: Callable[[str], None]

    def tidy(self, now: datetime) -> int:
        """Delete parts that are too old, with their marks, and unfinished files; the number of parts and marks deleted.

        Raises what the storage raises.
        """
        if self.storage is None:
            return 0
        if isinstance(self.storage, FolderStorage):
            left_over = self.storage.remove_left_over()
            if left_over:
                self.warn(
                    f"{left_over:,} unfinished files of syncs that were killed were removed from {self.storage.location}. No state covers "
                    "their records, so these came again."
                )
        old = list(self._old(now))
        for path in old:
            self.storage.delete(path)
        return len(old)

    def _old(self, now: datetime) -> Iterator[str]:
        if not (self.days and self.storage):
            return
        before = now - timedelta(days=self.days)
        for path in self.storage.list(""):
            written = written_at(path)
            if written and written < before:
                yield path


def written_at(path: str) -> datetime | None:
    """When a part was written, as its name and the names of its marks tell; None for any other object."""
    found = _PART_OR_MARK.fullmatch(PurePosixPath(path).name)
    try:
        return datetime.strptime(found["written"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) if found else None
    except ValueError:
        return None
