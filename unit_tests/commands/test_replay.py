"""Rows of a dead letter on their way back."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from source_destination_clientes.commands import replay
from source_destination_clientes.commands.analysis import bare_stream
from source_destination_clientes.commands.replay import Ledger, _record, _send
from source_destination_clientes.errors import Interrupted
from source_destination_clientes.protocol.messages import Record, read_line
from source_destination_clientes.rejection.archive import RowFilter, open_archive
from source_destination_clientes.rejection.row import Origin, Row
from source_destination_clientes.rejection.storage.folder import FolderStorage
from source_destination_clientes.settings import Settings

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


class StoppedSync:
    """A sync that is asked to stop at once."""

    class inbox:  # noqa: N801 - it stands for an attribute
        @staticmethod
        def wake() -> None: ...

    def run(self) -> Iterator[bytes]:
        raise Interrupted("The sync was asked to stop.")


def test_a_replay_that_is_stopped_speaks_of_the_replay(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(replay, "assemble_sync", lambda *_parts: StoppedSync())
    monkeypatch.setattr(replay, "heed_signals", lambda *_parts: None)
    settings = Settings.parse(
        {
            "environment": {"environment_type": "production"},
            "credentials": {"auth_type": "bearer_token", "token": "t"},
            "id_inquilino": "inq",
            "id_proprietario": "p",
        }
    )
    archive = open_archive(FolderStorage(tmp_path), "replay-1")
    with pytest.raises(Interrupted, match=r"^The replay was stopped .* Run replay again") as caught:
        _send(settings, [bare_stream(None, "clientes")], archive, RowFilter(), "replay-1", Ledger())
    assert "sync" not in str(caught.value)
