"""What a replay sends for a row of the dead letter."""

from typing import Any, Final

import msgspec

from source_destination_clientes.protocol.messages import Record, StreamKey
from source_destination_clientes.rejection.row import Row
from source_destination_clientes.sync.kept_record import NOTHING

FILES: Final[StreamKey] = (None, "anexos")
"""The stream of files that clientes brought along."""

_OF_FILE_ALONE: Final = frozenset({"idRetaguarda", "cpfCnpj", "attachments"})


def keeps_record(row: Row) -> bool:
    """False for a row that keeps the key alone: only the source has its record."""
    return bytes(row.record) != NOTHING


def record_of(row: Row) -> Record:
    """The record to send.

    The row of a file that a cliente brought along has the file and whose it is. It is sent as a row of an anexo stream.
    """
    try:
        columns = msgspec.json.decode(row.record)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        columns = None
    stream, data = (row.namespace, row.stream), row.record
    if row.stage == "attach" and isinstance(columns, dict) and columns.keys() == _OF_FILE_ALONE:
        stream, data = FILES, msgspec.Raw(msgspec.json.encode(_anexo(columns)))
    meta = msgspec.json.encode({"changes": row.changes}) if row.changes else b""
    return Record(stream[1], data, stream[0], row.emitted_at, msgspec.Raw(meta), replay_of=row.id)


def _anexo(columns: dict[str, Any]) -> dict[str, Any]:
    (item,) = columns["attachments"]
    item = item if isinstance(item, dict) else {"file": item}
    document = item.get("cpfCnpj") or columns["cpfCnpj"]
    return {**item, "file": item.get("file") or item.get("id"), "cpfCnpj": document}
