"""Rows of a dead letter on their way back."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from source_destination_clientes.commands import replay
from source_destination_clientes.commands.analysis import bare_stream
from source_destination_clientes.commands.replay import Ledger, _delete_settled, _record, _send
from source_destination_clientes.commands.replayed_row import keeps_record
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


def test_a_refused_file_of_a_cliente_is_sent_as_a_row_of_an_anexo_stream() -> None:
    record = b'{"idRetaguarda":"C-1","cpfCnpj":"52998224725","attachments":["file_7"]}'
    row = Row(
        id="a",
        rejected_at="2026-01-01T00:00:00Z",
        stream="clientes",
        stage="attach",
        reason="file_refused",
        message="m",
        record=msgspec.Raw(record),
    )
    sent = again(row)
    assert sent.key == (None, "anexos")
    assert msgspec.json.decode(sent.data) == {"file": "file_7", "cpfCnpj": "52998224725"}
    whole = msgspec.structs.replace(row, record=msgspec.Raw(b'{"idRetaguarda":"C-1","nome":"Ana"}'))
    assert again(whole).key == (None, "clientes")


def test_a_row_with_the_key_alone_keeps_no_record() -> None:
    row = Row(
        id="a",
        rejected_at="2026-01-01T00:00:00Z",
        stream="clientes",
        stage="api",
        reason="too_long",
        message="m",
        record=msgspec.Raw(b"{}"),
    )
    assert not keeps_record(row)


def test_settled_rows_are_deleted_and_the_others_stay_to_the_byte(tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path / "letters")
    part = "42/clientes/20260101T000000Z-1-abcd1234-00000.jsonl"
    head = b'"version":1,"rejected_at":"2026-01-01T00:00:00Z","stream":"s","stage":"api","reason":"r","message":"m"'
    lines = [b'{"id":"%s",%s,"record":{"n":1.10}}\n' % (name, head) for name in (b"a", b"b")]
    storage.put(part, b"".join(lines))
    storage.put(f"{part}.replay-1-00000.settled", b"a\n")
    assert _delete_settled(storage, None) == 1
    (left,) = storage.list("")
    assert storage.get(left) == lines[1]
    assert _delete_settled(storage, None) == 0
