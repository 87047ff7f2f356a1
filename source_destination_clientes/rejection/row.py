"""One row of the dead letter: a rejection and the record as it arrived.

>>> decode_line(b'{"version":1,"id":"a","rejected_at":"2026-01-01T00:00:00Z","stream":"s","stage":"api","reason":"too_long",'
...             b'"message":"m","record":{"n":1}}').reason
'too_long'
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import structs

from source_destination_clientes.rejection.outcome import Rejection

VERSION: Final = 1

MOST_RAW: Final = 16_000
"""Characters of an answer that a row keeps."""


@dataclass(frozen=True, slots=True)
class JobIdentity:
    """Which job a row comes from: the platform's job, its attempt, and the sync of the connection."""

    job_id: str | None = None
    attempt: int = 1
    sync_id: int | None = None


class Origin(msgspec.Struct, frozen=True):
    """The record a rejection is about. `data` and `meta` are its JSON objects as they arrived; `meta` may be empty."""

    stream: str
    namespace: str | None
    emitted_at: int | float | None
    data: bytes
    meta: bytes = b""

    def changes(self) -> list[Any] | None:
        """What the source or the platform changed in the record before it came here; None when nothing."""
        if not self.meta:
            return None
        try:
            return _META.decode(self.meta).changes or None
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None


class _Meta(msgspec.Struct):
    changes: list[Any] | None = None


_META: Final = msgspec.json.Decoder(_Meta)


class Row(msgspec.Struct, kw_only=True):
    """A rejected record as the dead letter keeps it."""

    version: int = VERSION
    id: str
    rejected_at: str
    stream: str
    namespace: str | None = None
    stage: str
    reason: str
    field: str | None = None
    message: str
    key: str | None = None
    lote: str | None = None
    http_status: int | None = None
    raw: str | None = None
    attempt: int = 1
    job_id: str | None = None
    sync_id: int | None = None
    emitted_at: int | float | None = None
    changes: list[Any] | None = None
    record: msgspec.Raw

    def encode(self) -> bytes:
        """The row as one line of JSON, newline included."""
        return msgspec.json.encode(self) + b"\n"


@dataclass(frozen=True, slots=True)
class UnreadableLine:
    """A line of a dead letter that is not a row; reported, never dropped."""

    text: bytes
    trouble: str


_DECODER: Final = msgspec.json.Decoder(Row)
_LONGEST_ID: Final = 200


def decode_line(line: bytes) -> Row | UnreadableLine:
    """Read one line; unknown keys are ignored."""
    try:
        row = _DECODER.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return UnreadableLine(line, type(error).__name__)
    # Marks have an id a line: one with a line break in it could settle the rows of others.
    is_word = row.id.split() == [row.id] and len(row.id) <= _LONGEST_ID
    return row if is_word else UnreadableLine(line, "its id is no word")


def without_secrets(rejection: Rejection, masked: Callable[[str], str]) -> Rejection:
    """The rejection as it may be kept: secrets masked in others' words, and then at most `MOST_RAW` characters of those."""
    raw = rejection.raw and masked(rejection.raw)[:MOST_RAW]
    return structs.replace(rejection, message=masked(rejection.message), raw=raw)


def make_row(
    rejection: Rejection,
    *,
    origin: Origin,
    identity: JobIdentity,
    now: datetime,
    new_id: Callable[[], str],
) -> Row:
    """The row of a rejection."""
    return Row(
        id=new_id(),
        rejected_at=now.isoformat().replace("+00:00", "Z"),
        stream=origin.stream,
        namespace=origin.namespace,
        stage=rejection.stage,
        reason=rejection.reason,
        field=rejection.field,
        message=rejection.message,
        key=rejection.key,
        lote=rejection.lote,
        http_status=rejection.http_status,
        raw=rejection.raw,
        attempt=identity.attempt,
        job_id=identity.job_id,
        sync_id=identity.sync_id,
        emitted_at=origin.emitted_at,
        changes=origin.changes(),
        record=msgspec.Raw(origin.data),
    )
