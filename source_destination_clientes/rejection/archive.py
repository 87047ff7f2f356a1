"""Reading a dead letter: which rows are wanted, which are settled already, and marking those that now are.

A mark is an object beside its part, `<part>.<run>-<number>.settled`, with the id of one row a line. Nothing is ever rewritten, so
neither a crash nor two replays at once can damage a part.
"""

import gzip
import io
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import PurePosixPath
from typing import Final

from source_destination_clientes.errors import ConfigError
from source_destination_clientes.rejection.dead_letter import NO_JOB, path_safe
from source_destination_clientes.rejection.outcome import Reason
from source_destination_clientes.rejection.part_names import MARK, PARTS, part_of_mark, split_replaced
from source_destination_clientes.rejection.row import Row, UnreadableLine, decode_line
from source_destination_clientes.rejection.storage import Storage

REPLAY_PREFIX: Final = "replay-"
"""Prefix of the folders in which a replay keeps rows that are rejected again, whatever job they came from."""

_LONGEST_LINE: Final = 64_000_000
"""Bytes of a row: far more than any that this program writes."""


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Which rows are wanted; None wants all. `since` is inclusive, `until` exclusive."""

    job: str | None = None
    stream: str | None = None
    reason: Reason | None = None
    since: datetime | None = None
    until: datetime | None = None

    def wants(self, row: Row) -> bool:
        """Whether the row is one of those wanted."""
        return (
            self.job in (None, row.job_id or NO_JOB)
            and self.stream in (None, row.stream)
            and self.reason in (None, row.reason)
            and self._in_time(row)
        )

    def _in_time(self, row: Row) -> bool:
        if self.since is None and self.until is None:
            return True
        try:
            moment = _in_utc(datetime.fromisoformat(row.rejected_at))
        except ValueError:
            return False
        return (self.since is None or moment >= self.since) and (self.until is None or moment < self.until)


def parse_reason(name: str) -> Reason:
    """A reason by its name. Raises `ConfigError` with the list of reasons."""
    try:
        return Reason(name)
    except ValueError:
        raise ConfigError(f"There is no reason {name!r}. Known reasons: {', '.join(Reason)}.") from None


def parse_moment(text: str, *, end_of_day: bool = False) -> datetime:
    """A moment, in UTC unless it names a zone. A day stands for its first moment, with `end_of_day` for that of the next day.

    >>> parse_moment("2026-11-23", end_of_day=True)
    datetime.datetime(2026, 11, 24, 0, 0, tzinfo=datetime.timezone.utc)

    Raises `ConfigError` for any other text.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        pass
    else:
        return datetime.combine(day, time(), UTC) + timedelta(days=int(end_of_day))
    try:
        return _in_utc(datetime.fromisoformat(text))
    except ValueError:
        raise ConfigError(
            f"{text!r} is neither a date (2026-11-23) nor a moment (2026-11-23T18:00Z)."
        ) from None


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line that is not a row: where it is and what is wrong with it. It is left as it is."""

    part: str
    line: int
    trouble: str


@dataclass(slots=True)
class Archive:
    """The parts of a dead letter as they were when it was opened: what is written later is not seen.

    `run` keeps the marks of one run apart from those of others.
    """

    storage: Storage
    parts: Sequence[str]
    marks: Mapping[str, Sequence[str]]
    run: str
    settled_before: int = 0
    _marked: int = 0
    _settled: dict[str, frozenset[str]] = field(default_factory=dict)

    def rows(self, wanted: RowFilter) -> Iterator[tuple[str, Row] | Unreadable]:
        """Yield the rows that are wanted and not settled, each with its part, the oldest part first."""
        self.settled_before = 0
        for part in self.parts:
            settled = self._settled_in(part)
            for found in self._read(part):
                if isinstance(found, Unreadable):
                    yield found
                elif wanted.wants(found):
                    if found.id in settled:
                        self.settled_before += 1
                    else:
                        yield part, found

    def mark_settled(self, part: str, ids: Iterable[str]) -> None:
        """Note that these rows of a part need not be replayed again."""
        content = "".join(f"{row_id}\n" for row_id in ids)
        self.storage.put(f"{part}.{self.run}-{self._marked:05d}{MARK}", content.encode())
        self._marked += 1

    def _settled_in(self, part: str) -> frozenset[str]:
        if part not in self._settled:
            marks = self.marks.get(part, ())
            ids = (line for mark in marks for line in self.storage.get(mark).decode().split())
            self._settled[part] = frozenset(ids)
        return self._settled[part]

    def _read(self, part: str) -> Iterator[Row | Unreadable]:
        for number, line in enumerate(read_lines(part, self.storage.get(part)), start=1):
            if isinstance(line, Unreadable):
                yield line
            elif line.strip():
                row = decode_line(line)
                yield Unreadable(part, number, row.trouble) if isinstance(row, UnreadableLine) else row


def read_lines(part: str, content: bytes) -> Iterator[bytes | Unreadable]:
    """The lines of a part with their line breaks, one at a time: a few bytes of gzip can become any number of lines."""
    file = io.BytesIO(content)
    lines = gzip.GzipFile(fileobj=file) if part.endswith(".gz") else file
    number = 0
    try:
        while line := lines.readline(_LONGEST_LINE + 1):
            number += 1
            if len(line) > _LONGEST_LINE:
                yield Unreadable(
                    part, number, f"more than {_LONGEST_LINE:,} bytes; the rest of the file was not read"
                )
                return
            yield line
    except (OSError, EOFError, zlib.error) as error:
        yield Unreadable(part, number, f"not gzip: {type(error).__name__}")


def open_archive(storage: Storage, run: str, *, only: str | None = None, job: str | None = None) -> Archive:
    """What a storage contains now: the part `only`, or all; with `job`, without the folders of other jobs.

    The names of parts begin with the moment they were written, so later versions of a cliente come later.
    """
    parts: list[str] = []
    marks: defaultdict[str, list[str]] = defaultdict(list)
    for path in storage.list(""):
        if path.endswith(MARK):
            marks[part_of_mark(path)].append(path)
        elif path == only or (only is None and path.endswith(PARTS) and _may_hold(path, job)):
            parts.append(path)
    parts, _ = split_replaced(parts)
    return Archive(storage, sorted(parts, key=lambda path: (PurePosixPath(path).name, path)), marks, run)


def _may_hold(path: str, job: str | None) -> bool:
    first = path.split("/", 1)[0]
    return job is None or first == path_safe(job) or first.startswith(REPLAY_PREFIX)
