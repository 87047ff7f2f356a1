"""Rows of a dead letter on their way back."""

import msgspec

from source_destination_clientes.commands.replay import _record
from source_destination_clientes.protocol.messages import Record, read_line
from source_destination_clientes.rejection.row import Origin, Row

CHANGES = [{"field": "nome", "change": "TRUNCATED", "reason": "SOURCE_FIELD_SIZE_LIMITATION"}]


def again(row: Row) -> Record:
    record = read_line(_record(row))
    assert isinstance(record, Record)
    return record


def test_a_row_that_is_rejected_again_still_tells_what_the_source_had_changed() -> None:
    row = Row(
        id="a",
        rejected_at="2026-01-01T00:00:00Z",
        stream="clientes",
        stage="api",
        reason="too_long",
        message="m",
        record=msgspec.Raw(b"{}"),
    )
    changed = again(msgspec.structs.replace(row, changes=CHANGES))
    for record, changes in ((changed, CHANGES), (again(row), None)):
        origin = Origin(record.stream, None, None, bytes(record.data), bytes(record.meta))
        assert (origin.changes(), record.replay_of) == (changes, "a")
