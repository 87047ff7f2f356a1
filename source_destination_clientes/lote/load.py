"""What one lote will carry: the latest version of each cliente, cut into chunks.

A load is filled before its lote is opened, so that a lote is open only while its content is on its way.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from source_destination_clientes.checkpoint import Segment
from source_destination_clientes.protocol.messages import Record

MAX_REQUEST_BYTES: Final = 1_000_000
"""Bytes one request may carry: well under the limits usual for gateways, whatever `records_per_request` says."""

MAX_LOAD_BYTES: Final = 32_000_000
"""Bytes of records held for one lote, so that memory stays bounded whatever the settings say."""


class Entry(msgspec.Struct, gc=False, eq=False):
    """One record on its way.

    `key` is the idRetaguarda, empty where the object has none; `body` the JSON object that travels, open at its end for
    the lote's code; `record` is the message as it arrived; `earlier` the version of the same cliente that this one replaces.
    """

    key: str
    body: bytes
    record: Record
    route: Any
    segment: Segment
    attachments: tuple[Any, ...] = ()
    earlier: "Entry | None" = None

    def versions(self) -> Iterator["Entry"]:
        """The entry and the ones it replaces, newest first."""
        entry: Entry | None = self
        while entry is not None:
            yield entry
            entry = entry.earlier


@dataclass(slots=True)
class Load:
    """Records gathered for one lote.

    `limit` bounds the records it sends; `started_at` is when its first record came, on the monotonic clock, in seconds. Once it
    is `full`, no further record should join. Superseded versions count too, four to a place: a source that repeats one key for
    ever must not fill the memory.
    """

    limit: int
    started_at: float = 0.0
    received: int = 0
    size: int = 0
    full: bool = False
    _latest: dict[tuple[str, str], Entry] = field(default_factory=dict)
    _single: list[Entry] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self._latest) + len(self._single)

    def add(self, entry: Entry, now: float) -> None:
        """Take one record; a later version of the same cliente takes the place of the earlier one."""
        if not self.received:
            self.started_at = now
        self.received += 1
        self.size += len(entry.body) + len(memoryview(entry.record.data))
        if entry.key:
            identity = (entry.route.object, entry.key)
            entry.earlier = self._latest.pop(identity, None)
            self._latest[identity] = entry
        else:
            self._single.append(entry)
        limit = self.limit
        self.full = (
            len(self._latest) + len(self._single) >= limit
            or self.size >= MAX_LOAD_BYTES
            or self.received >= 4 * limit
        )

    def entries(self, kind: str) -> list[Entry]:
        """The records of one object, in the order of their latest version."""
        keyed = [entry for entry in self._latest.values() if entry.route.object == kind]
        return keyed + [entry for entry in self._single if entry.route.object == kind]

    def everything(self) -> Iterator[Entry]:
        """Every record taken, replaced ones included."""
        for entry in (*self._latest.values(), *self._single):
            yield from entry.versions()


def chunks(
    entries: Iterable[Entry], records: int, max_bytes: int = MAX_REQUEST_BYTES
) -> Iterator[list[Entry]]:
    """Cut entries, in order, into lists of at most `records` and about `max_bytes`; a larger record travels alone."""
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
    """The JSON array one request carries: each body closed with the code of its lote."""
    tail = b',"loteOrigem":' + msgspec.json.encode(lote) + b"}"
    return b"[" + (tail + b",").join([entry.body for entry in chunk]) + tail + b"]"
