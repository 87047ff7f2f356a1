"""Taking rows out of parts. A crash at any moment loses no other row: the new part is written before the old one is deleted."""

import gzip
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from source_destination_clientes.errors import ConfigError
from source_destination_clientes.rejection.archive import Unreadable, read_lines
from source_destination_clientes.rejection.part_names import (
    MARK,
    PARTS,
    PartName,
    part_of_mark,
    split_replaced,
)
from source_destination_clientes.rejection.row import Row, decode_line
from source_destination_clientes.rejection.storage import Storage

Change: TypeAlias = Callable[[bytes], bytes | None]
"""What becomes of one line, line break included: the same, another, or None for nothing."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a dead letter that count, those that another has taken the place of, and the marks by part."""

    storage: Storage
    current: Sequence[str]
    replaced: Sequence[str]
    marks: dict[str, list[str]]

    @classmethod
    def of(cls, storage: Storage) -> "Parts":
        """All that are in the storage now."""
        marks: defaultdict[str, list[str]] = defaultdict(list)
        parts: list[str] = []
        for path in storage.list(""):
            if path.endswith(MARK):
                marks[part_of_mark(path)].append(path)
            elif path.endswith(PARTS):
                parts.append(path)
        return cls(storage, *split_replaced(parts), dict(marks))

    def clear_up(self) -> None:
        """Finish what a run that was killed began: delete parts whose place is taken, and marks of parts that are gone."""
        for part in self.replaced:
            self.storage.delete(part)
        for part, marks in self.marks.items():
            if part not in self.current:
                self._delete_all(marks)

    def settled(self, part: str) -> frozenset[str]:
        """The ids of the rows of a part that a replay has settled."""
        marks = self.marks.get(part, ())
        return frozenset(row_id for mark in marks for row_id in self.storage.get(mark).decode().split())

    def rewrite(self, part: str, change: Change) -> int:
        """Apply a change to every line of a part; the number of lines that are left. Raises `ConfigError` for a part that cannot be read to its end."""
        lines = self.lines(part)
        changed = [after for line in lines if (after := change(line)) is not None]
        if changed == lines:
            return len(lines)
        if changed:
            self._put(part, changed)
        self.storage.delete(part)
        self._delete_all(self.marks.get(part, ()))
        return len(changed)

    def lines(self, part: str) -> list[bytes]:
        """Every line of a part, line breaks included. Raises `ConfigError` when it cannot be read to its end."""
        lines: list[bytes] = []
        for line in read_lines(part, self.storage.get(part)):
            if isinstance(line, Unreadable):
                raise ConfigError(
                    f"{part} in {self.storage.location} cannot be read ({line.trouble}), so nothing can be taken out of it. Look at the "
                    "file; if it is of no use, delete it."
                )
            lines.append(line)
        return lines

    def _put(self, part: str, lines: Sequence[bytes]) -> None:
        name, settled = PartName.of(part), self.settled(part)
        left = [row.id for row in map(decode_line, lines) if isinstance(row, Row) and row.id in settled]
        if left:
            # Before the part: a row without its mark would be sent again.
            marked = "".join(f"{row_id}\n" for row_id in left)
            self.storage.put(f"{name.next}.rewritten-00000{MARK}", marked.encode())
        content = b"".join(lines)
        self.storage.put(name.next, gzip.compress(content) if name.suffix.endswith(".gz") else content)

    def _delete_all(self, marks: Sequence[str]) -> None:
        for mark in marks:
            self.storage.delete(mark)
