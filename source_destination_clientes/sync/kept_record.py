"""What the dead letter keeps of a rejected record: as much as the config says, and never the bytes of a file."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Literal, TypeAlias

import msgspec

from source_destination_clientes.cliente.mapping import ATTACHMENTS_COLUMN, DELETED_COLUMNS, StreamMapping
from source_destination_clientes.protocol.messages import Record
from source_destination_clientes.rejection.outcome import Rejection

Keep: TypeAlias = Literal["record", "mapped_columns", "key_only"]

NOTHING: Final = b"{}"
"""The record of a row that has the key alone."""

_CONTENT: Final = "fileContent"
_LONGEST_TEXT: Final = 1_000
_BASE64: Final = re.compile(r"(?:data:[^,]{0,200},)?[A-Za-z0-9+/=_\-\s]+")


@dataclass(frozen=True, slots=True)
class RecordKeeper:
    """Called with a rejected record; returns what its row has as record. `mapping_of` finds how the record was mapped."""

    keep: Keep
    mapping_of: Callable[[Record], StreamMapping]

    def __call__(self, record: Record, rejection: Rejection) -> bytes:
        """The JSON object to keep."""
        if self.keep == "key_only":
            return NOTHING
        mapping = self.mapping_of(record)
        data = rejection.instead or bytes(record.data)
        try:
            columns = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            # No object, so no columns: it is kept as it came.
            return data if self.keep == "record" else NOTHING
        kept = {
            name: _without_bytes(value, holds_file=_holds_file(mapping, name))
            for name, value in columns.items()
            if self.keep == "record" or rejection.instead or _is_mapped(mapping, name)
        }
        # What is kept whole is kept to the byte.
        return data if kept == columns else msgspec.json.encode(kept)


def _is_mapped(mapping: StreamMapping, column: str) -> bool:
    """The column fills a field, is read by an entry of the config, or says that the record is deleted."""
    if column.lower() == ATTACHMENTS_COLUMN or column in DELETED_COLUMNS or mapping.find(column):
        return True
    return any(_mentions(value, column) for value in mapping.entries.values())


def _holds_file(mapping: StreamMapping, column: str) -> bool:
    field = mapping.find(column)
    entry = mapping.entries.get(_CONTENT)
    return (
        column == _CONTENT
        or bool(field and field.name == _CONTENT)
        or bool(entry and _mentions(entry, column))
    )


def _mentions(value: str, column: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(column)}(?!\w)", value, re.IGNORECASE) is not None


def _without_bytes(value: msgspec.Raw, *, holds_file: bool) -> msgspec.Raw:
    """The value of a column, the same object unless it holds the bytes of a file."""
    raw = bytes(value)
    if not holds_file and len(raw) <= _LONGEST_TEXT and _CONTENT.encode() not in raw:
        return value
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return msgspec.Raw(msgspec.json.encode(_stamp(raw)))
    stripped = _stripped(found, holds_file=holds_file)
    return value if stripped == found else msgspec.Raw(msgspec.json.encode(stripped))


def _stripped(value: Any, *, holds_file: bool = False) -> Any:
    if isinstance(value, str):
        return (
            _stamp(value.encode(errors="replace")) if (holds_file and value) or _is_base64(value) else value
        )
    if isinstance(value, list):
        return [_stripped(each, holds_file=holds_file) for each in value]
    if isinstance(value, Mapping):
        return {name: _stripped(each, holds_file=name == _CONTENT) for name, each in value.items()}
    return value


def _is_base64(text: str) -> bool:
    """A long text without a word of a language in it, under whatever name."""
    return len(text) > _LONGEST_TEXT and _BASE64.fullmatch(text) is not None and " " not in text.strip()


def _stamp(content: bytes) -> dict[str, object]:
    """What tells one content from another, and nothing more. Length and hash are of the text as it came."""
    return {"length": len(content), "sha256": sha256(content).hexdigest()}
