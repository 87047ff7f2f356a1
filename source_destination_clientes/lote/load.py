"""The records for one lote: the latest version of each cliente, cut into chunks.

A load is filled before its lote is opened, so that a lote is open only while its records are sent.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from source_destination_clientes.lote.versions import Outdates
from source_destination_clientes.protocol.checkpoint import Segment
from source_destination_clientes.protocol.messages import Record, read_record

MAX_LOAD_BYTES: Final = 32_000_000
"""Bytes of records held for one lote, whatever the settings say: this bounds the memory."""

_STATE_BYTES: Final = 2_000
"""What a state takes besides its own bytes."""

_MOST_VERSIONS: Final = 4
"""Versions held of each cliente, on average: a source that repeats one key for ever must not fill the memory."""


class Entry(msgspec.Struct, gc=False, eq=False):
    """One mapped record, until it has an outcome.

    `kind` is the name of its object. `key` is the idRetaguarda, empty where the object has none. `body` is the JSON object to send, without its closing brace, since
    the code of the lote is added at its end. `line` is the message as it arrived. `segment` counts the record for its state.
    `attachments` are the files that a cliente brings along, as raw JSON. `replaced` has the earlier versions of the same cliente in
    the same load, oldest first; only the latest version has them.
    """

    key: str
    body: bytes
    line: bytes
    kind: str
    segment: Segment
    attachments: tuple[bytes, ...] = ()
    replaced: "list[Entry] | None" = None

    def __repr__(self) -> str:
        """Its size: the rest is a person's data."""
        return f"Entry({len(self.body)} bytes)"

    @property
    def record(self) -> Record:
        """The message, read again: it is needed for few records only, so it is not kept."""
        return read_record(self.line)

    def versions(self) -> Iterator["Entry"]:
        """The entry and the ones it replaces, newest first."""
        yield self
        yield from reversed(self.replaced or ())

    def replace(self, earlier: "Entry") -> None:
        """Take the place of the version that was the latest until now."""
        # One list for all, since a chain of thousands of versions could not be freed without as many nested calls.
        self.replaced, earlier.replaced = earlier.replaced or [], None
        self.replaced.append(earlier)

    def outdate(self, older: "Entry") -> None:
        """Keep the place of the latest version although this older one came later."""
        self.replaced = [*(self.replaced or ()), older]

    def step_back(self) -> "Entry | None":
        """Give the place to the version before this one, and return it; None where there is none."""
        if not self.replaced:
            return None
        earlier = self.replaced.pop()
        earlier.replaced, self.replaced = self.replaced, None
        return earlier


@dataclass(slots=True)
class Load:
    """Records gathered for one lote.

    `limit` is the most records it sends. `received` counts the records it took, replaced versions included. `started_at` is when
    the first one came, in seconds of the monotonic clock.
    """

    limit: int
    outdates: Outdates | None = None
    started_at: float = 0.0
    received: int = 0
    size: int = 0
    _latest: defaultdict[str, dict[str, Entry]] = field(default_factory=lambda: defaultdict(dict))
    _single: list[Entry] = field(default_factory=list)

    def __len__(self) -> int:
        return sum(map(len, self._latest.values())) + len(self._single)

    @property
    def full(self) -> bool:
        """The load takes no further record."""
        return (
            len(self) >= self.limit
            or self.size >= MAX_LOAD_BYTES
            or self.received >= _MOST_VERSIONS * self.limit
        )

    def hold(self, size: int) -> None:
        """Count a state of so many bytes that waits for records: it is held in memory too, and so the source has to wait."""
        self.size += size + _STATE_BYTES

    def fill(self, entries: Sequence[Entry], now: float) -> Sequence[Entry]:
        """Take records while there is room; return the others. `now` is in seconds of the monotonic clock.

        A later version of the same cliente replaces the earlier one, unless that `outdates` it.
        """
        if not self.received:
            self.started_at = now
        while entries and not self.full:
            room = self.limit - len(self)
            self._take(entries[:room])
            entries = entries[room:]
        return entries

    def _take(self, entries: Sequence[Entry]) -> None:
        self.received += len(entries)
        for entry in entries:
            self.size += len(entry.body) + len(entry.line)
            key = entry.key
            if not key:
                self._single.append(entry)
                continue
            latest = self._latest[entry.kind]
            # Removed first: the later version also comes later in the order.
            earlier = latest.pop(key, None)
            if earlier is not None and self.outdates and self.outdates(earlier.record, entry.record):
                earlier.outdate(entry)
                latest[key] = earlier
                continue
            if earlier is not None:
                entry.replace(earlier)
            latest[key] = entry

    def entries(self, kind: str) -> list[Entry]:
        """The records of one object, in the order of their latest version."""
        single = [entry for entry in self._single if entry.kind == kind]
        return [*self._latest[kind].values(), *single]


def chunks(entries: Iterable[Entry], records: int, max_bytes: int) -> Iterator[list[Entry]]:
    """Cut entries, in order, into lists of at most `records` and about `max_bytes`; a larger record gets a chunk of its own."""
    chunk: list[Entry] = []
    size = 0
    for entry in entries:
        length = len(entry.body) + 64
        if chunk and (len(chunk) >= records or size + length > max_bytes):
            yield chunk
            chunk, size = [], 0
        chunk.append(entry)
        size += length
    if chunk:
        yield chunk


def halves(chunk: list[Entry]) -> tuple[list[Entry], list[Entry]]:
    """Split a refused chunk to close in on the records at fault."""
    middle = len(chunk) // 2
    return chunk[:middle], chunk[middle:]


def encode_request(chunk: Iterable[Entry], lote: str) -> bytes:
    """The JSON array of one request: each body, with the code of its lote added."""
    tail = b',"loteOrigem":' + msgspec.json.encode(lote) + b"}"
    return b"[" + (tail + b",").join([entry.body for entry in chunk]) + tail + b"]"
