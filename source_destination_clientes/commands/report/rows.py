"""Rejected rows as the report shows them: masked, unless somebody asks to see them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from source_destination_clientes.commands.masking import mask_payload
from source_destination_clientes.rejection.archive import Unreadable
from source_destination_clientes.rejection.privacy import mask_key, mask_words
from source_destination_clientes.rejection.row import Row


class ShownRow(msgspec.Struct, array_like=True):
    """One rejected record. `record` has the source's columns, or the shapes of their values."""

    stream: str
    stage: str
    reason: str
    field: str
    key: str
    message: str
    words: str
    lote: str
    status: int | None
    when: str
    attempt: int
    record: dict[str, Any]


@dataclass(slots=True)
class Rows:
    """The rows of an archive, one by one; `unreadable` counts lines that are none. `records` says whether anybody wants those."""

    found: Iterable[tuple[str, Row] | Unreadable]
    reveal: bool
    records: bool = True
    unreadable: int = field(default=0, init=False)

    def __iter__(self) -> Iterator[ShownRow]:
        for found in self.found:
            if isinstance(found, Unreadable):
                self.unreadable += 1
            else:
                yield self._shown(found[1])

    def _shown(self, row: Row) -> ShownRow:
        key, words, record = row.key or "", row.raw or "", _columns(row) if self.records else {}
        if not self.reveal:
            key, words, record = mask_key(key), mask_words(words), mask_payload(record)
        return ShownRow(
            row.stream,
            row.stage,
            row.reason,
            row.field or "",
            key,
            row.message,
            words,
            row.lote or "",
            row.http_status,
            row.rejected_at,
            row.attempt,
            record,
        )


def _columns(row: Row) -> dict[str, Any]:
    """The record's columns; a record that is no object is one column without a name."""
    try:
        record = msgspec.json.decode(row.record)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {"": bytes(row.record).decode("utf-8", "replace")}
    return record if isinstance(record, dict) else {"": record}
