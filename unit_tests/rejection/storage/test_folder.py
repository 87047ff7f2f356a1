"""A dead letter in a folder of this machine."""

from pathlib import Path

import pytest

from source_destination_clientes.errors import ConfigError
from source_destination_clientes.rejection.storage import FolderStore


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "letters")


def test_what_is_put_can_be_got_listed_and_deleted(store: FolderStore) -> None:
    store.put("42/clientes/b.jsonl", b"two\n")
    store.put("42/clientes/a.jsonl", b"one\n")
    store.put("43/clientes/c.jsonl", b"three\n")
    assert store.get("42/clientes/a.jsonl") == b"one\n"
    assert list(store.list("")) == ["42/clientes/a.jsonl", "42/clientes/b.jsonl", "43/clientes/c.jsonl"]
    assert list(store.list("42")) == ["42/clientes/a.jsonl", "42/clientes/b.jsonl"]
    store.delete("42/clientes/a.jsonl")
    assert list(store.list("42")) == ["42/clientes/b.jsonl"]


def test_a_folder_that_does_not_exist_holds_nothing(store: FolderStore) -> None:
    assert list(store.list("")) == []


def test_deleting_what_is_gone_is_no_error(store: FolderStore) -> None:
    store.delete("gone")


def test_unfinished_files_are_not_listed(store: FolderStore) -> None:
    store.put("42/clientes/a.jsonl", b"one\n")
    (store.folder / "42/clientes/.b.jsonl.partial").write_bytes(b"half a li")
    assert list(store.list("")) == ["42/clientes/a.jsonl"]


def test_nothing_is_left_beside_a_file_that_was_written(store: FolderStore) -> None:
    store.put("a.jsonl", b"one\n")
    assert [path.name for path in store.folder.iterdir()] == ["a.jsonl"]


def test_a_folder_that_cannot_be_written_is_named_with_what_to_check(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    store = FolderStore(tmp_path / "file" / "letters")
    with pytest.raises(ConfigError, match=r"write to .*file/letters.*object_storage_config\.path"):
        store.put("a.jsonl", b"one\n")


def test_a_file_that_cannot_be_read_is_a_config_error(store: FolderStore) -> None:
    with pytest.raises(ConfigError, match="read from"):
        store.get("gone")


def test_a_file_that_cannot_be_deleted_is_a_config_error(store: FolderStore) -> None:
    (store.folder / "folder").mkdir(parents=True)
    with pytest.raises(ConfigError, match="delete from"):
        store.delete("folder")


def test_a_write_that_fails_leaves_no_whole_file_and_no_half_one(store: FolderStore) -> None:
    (store.folder / "a.jsonl" / "in the way").mkdir(parents=True)
    with pytest.raises(ConfigError):
        store.put("a.jsonl", b"one\n")
    assert list(store.list("")) == []
    assert [path.name for path in store.folder.iterdir()] == ["a.jsonl"]


def test_what_lies_in_folders_within_can_be_left_out(tmp_path: Path) -> None:
    store = FolderStore(tmp_path, nested=False)
    for path in ("a.jsonl", "42/clientes/b.jsonl"):
        store.put(path, b"one\n")
    assert list(store.list("")) == ["a.jsonl"]


def test_its_location_is_the_folder(tmp_path: Path) -> None:
    assert FolderStore(tmp_path).location == str(tmp_path)
