"""What a replay sends for a row of the dead letter."""

from typing import Any, Final

import msgspec

from source_destination_clientes.cliente.expressions import MappingError
from source_destination_clientes.commands.analysis import Router
from source_destination_clientes.errors import ConfigError
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


def mapped_key(router: Router, row: Row) -> str | None:
    """The key that today's mapping finds in the record of a row; None when it finds none."""
    record = record_of(row)
    try:
        mapping = router.find(record).mapper.mapping
        columns = msgspec.json.decode(record.data)
        if not isinstance(columns, dict):
            return None
        produce = mapping.producers.get("idRetaguarda")
        if produce is not None:
            return str(produce(columns)).strip()
    except (ConfigError, MappingError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    filling = ((mapping.find(name), value) for name, value in columns.items())
    return next(
        (str(value).strip() for field, value in filling if field and field.name == "idRetaguarda"), None
    )


def _anexo(columns: dict[str, Any]) -> dict[str, Any]:
    (item,) = columns["attachments"]
    item = item if isinstance(item, dict) else {"file": item}
    document = item.get("cpfCnpj") or columns["cpfCnpj"]
    return {**item, "file": item.get("file") or item.get("id"), "cpfCnpj": document}
