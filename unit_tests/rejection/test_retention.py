"""How long rejected records are kept."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from source_destination_clientes.rejection.retention import Retention
from source_destination_clientes.rejection.storage.folder import FolderStorage

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def fill(storage: FolderStorage) -> None:
    for days in (0, 29, 31):
        name = f"42/clientes/{NOW - timedelta(days=days):%Y%m%dT%H%M%SZ}-1-abcd1234-00000.jsonl"
        storage.put(name, b"row\n")
        storage.put(f"{name}.replay-1-00000.settled", b"id\n")
    storage.put("runs/20200101T000000Z-1.json", b"{}")
    storage.put("notes.jsonl", b"not ours\n")


@pytest.mark.parametrize(("days", "deleted"), [(30, 2), (1, 4), (0, 0)])
def test_parts_and_their_marks_go_after_so_many_days_and_nothing_else(
    tmp_path: Path, days: int, deleted: int
) -> None:
    storage = FolderStorage(tmp_path / "letters")
    fill(storage)
    before = list(storage.list(""))
    assert Retention(storage, days, print).tidy(NOW) == deleted
    left = list(storage.list(""))
    assert len(before) - len(left) == deleted
    assert {"runs/20200101T000000Z-1.json", "notes.jsonl"} <= set(left)


def test_what_a_killed_writer_left_is_told(tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path / "letters")
    storage.put("a.jsonl", b"row\n")
    half = storage.folder / ".b.jsonl.x.partial"
    half.write_bytes(b"half a row")
    os.utime(half, (0, 0))
    told: list[str] = []
    Retention(storage, 0, told.append).tidy(NOW)
    assert not half.exists()
    assert "1 unfinished files" in told[0]


def test_without_a_storage_there_is_nothing_to_tidy() -> None:
    assert Retention(None, 90, print).tidy(NOW) == 0
