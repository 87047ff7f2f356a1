"""A dead letter in a folder of this machine."""

import errno
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from source_destination_clientes.errors import ConfigError
from source_destination_clientes.rejection.storage.folder import FolderStorage


@pytest.fixture
def storage(tmp_path: Path) -> FolderStorage:
    return FolderStorage(tmp_path / "letters")


def test_what_is_put_can_be_got_listed_and_deleted(storage: FolderStorage) -> None:
    storage.put("42/clientes/b.jsonl", b"two\n")
    storage.put("42/clientes/a.jsonl", b"one\n")
    storage.put("43/clientes/c.jsonl", b"three\n")
    assert storage.get("42/clientes/a.jsonl") == b"one\n"
    assert list(storage.list("")) == ["42/clientes/a.jsonl", "42/clientes/b.jsonl", "43/clientes/c.jsonl"]
    assert list(storage.list("42")) == ["42/clientes/a.jsonl", "42/clientes/b.jsonl"]
    storage.delete("42/clientes/a.jsonl")
    assert list(storage.list("42")) == ["42/clientes/b.jsonl"]


def test_a_folder_that_does_not_exist_holds_nothing(storage: FolderStorage) -> None:
    assert list(storage.list("")) == []


def test_deleting_what_is_gone_is_no_error(storage: FolderStorage) -> None:
    storage.delete("gone")


def test_unfinished_files_are_not_listed(storage: FolderStorage) -> None:
    storage.put("42/clientes/a.jsonl", b"one\n")
    (storage.folder / "42/clientes/.b.jsonl.partial").write_bytes(b"half a li")
    assert list(storage.list("")) == ["42/clientes/a.jsonl"]


def test_nothing_is_left_beside_a_file_that_was_written(storage: FolderStorage) -> None:
    storage.put("a.jsonl", b"one\n")
    assert [path.name for path in storage.folder.iterdir()] == ["a.jsonl"]


def test_a_folder_that_cannot_be_written_is_named_with_what_to_check(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    storage = FolderStorage(tmp_path / "file" / "letters")
    with pytest.raises(ConfigError, match=r"write to .*file/letters.*object_storage_config\.path"):
        storage.put("a.jsonl", b"one\n")


def test_a_file_that_cannot_be_read_is_a_config_error(storage: FolderStorage) -> None:
    with pytest.raises(ConfigError, match="read from"):
        storage.get("gone")


def test_a_file_that_cannot_be_deleted_is_a_config_error(storage: FolderStorage) -> None:
    (storage.folder / "folder").mkdir(parents=True)
    with pytest.raises(ConfigError, match="delete from"):
        storage.delete("folder")


def test_a_write_that_fails_leaves_no_whole_file_and_no_half_one(storage: FolderStorage) -> None:
    (storage.folder / "a.jsonl" / "in the way").mkdir(parents=True)
    with pytest.raises(ConfigError):
        storage.put("a.jsonl", b"one\n")
    assert list(storage.list("")) == []
    assert [path.name for path in storage.folder.iterdir()] == ["a.jsonl"]


def test_what_lies_in_folders_within_can_be_left_out(tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path, nested=False)
    for path in ("a.jsonl", "42/clientes/b.jsonl"):
        storage.put(path, b"one\n")
    assert list(storage.list("")) == ["a.jsonl"]


def test_its_location_is_the_folder(tmp_path: Path) -> None:
    assert FolderStorage(tmp_path).location == str(tmp_path)


def test_only_the_first_can_put_what_is_absent(storage: FolderStorage) -> None:
    assert storage.put_if_absent("state/1.json", b"first")
    assert not storage.put_if_absent("state/1.json", b"second")
    assert storage.get("state/1.json") == b"first"
    assert [path.name for path in (storage.folder / "state").iterdir()] == ["1.json"]


def test_of_many_writers_at_once_one_is_the_first(storage: FolderStorage) -> None:
    with ThreadPoolExecutor(8) as pool:
        firsts = list(pool.map(lambda number: storage.put_if_absent("1.json", b"%d" % number), range(40)))
    assert firsts.count(True) == 1
    assert storage.get("1.json") == b"%d" % firsts.index(True)


def test_without_links_one_is_the_first_all_the_same(
    storage: FolderStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", no_links)
    assert storage.put_if_absent("1.json", b"first")
    assert not storage.put_if_absent("1.json", b"second")
    assert storage.get("1.json") == b"first"


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_nobody_else_may_read_what_is_written_whatever_the_umask(storage: FolderStorage, umask: int) -> None:
    before = os.umask(umask)
    try:
        storage.put("42/clientes/a.jsonl", b"one\n")
        storage.put_if_absent("journal/x.json", b"{}")
    finally:
        os.umask(before)
    modes = {
        path.relative_to(storage.folder.parent): path.stat().st_mode & 0o7777
        for path in storage.folder.rglob("*")
    }
    assert {mode for path, mode in modes.items() if path.suffix} == {0o600}
    assert {mode for path, mode in modes.items() if not path.suffix} == {0o700}
    assert storage.folder.stat().st_mode & 0o7777 == 0o700


def test_a_folder_of_an_earlier_version_is_closed_to_others(storage: FolderStorage) -> None:
    storage.folder.mkdir(mode=0o755)
    storage.put("a.jsonl", b"one\n")
    assert storage.folder.stat().st_mode & 0o7777 == 0o700


@pytest.mark.parametrize("linked", ["", "42", "42/clientes"])
def test_a_link_is_not_followed(storage: FolderStorage, tmp_path: Path, linked: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    link = storage.folder / linked
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(elsewhere)
    with pytest.raises(ConfigError, match="is a link"):
        storage.put("42/clientes/a.jsonl", b"one\n")
    assert list(elsewhere.rglob("*")) == []


def test_a_folder_of_somebody_else_is_refused(
    storage: FolderStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage.folder.mkdir()
    os.chown(storage.folder, 65_534, 65_534) if os.geteuid() == 0 else None
    if os.geteuid() != 0:
        monkeypatch.setattr(os, "geteuid", lambda: 65_534)
    with pytest.raises(ConfigError, match="another user"):
        storage.put("a.jsonl", b"one\n")


def test_unfinished_files_of_writers_that_were_killed_are_removed_once_they_are_old(
    storage: FolderStorage,
) -> None:
    storage.put("42/clientes/a.jsonl", b"one\n")
    young, old = (storage.folder / "42/clientes" / f".{name}.jsonl.x.partial" for name in ("young", "old"))
    for path in (young, old):
        path.write_bytes(b"half a row")
    os.utime(old, (0, 0))
    assert storage.remove_left_over() == 1
    assert (young.exists(), old.exists()) == (True, False)
    assert list(storage.list("")) == ["42/clientes/a.jsonl"]


def refuse_to_sync_folders(monkeypatch: pytest.MonkeyPatch, number: int) -> list[int]:
    """Whatever is synced but files fails with this errno; the descriptors that failed."""
    fsync, refused = os.fsync, list[int]()

    def fsync_of_files(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            refused.append(descriptor)
            raise OSError(number, os.strerror(number))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync_of_files)
    return refused


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP])
def test_a_file_system_that_does_not_sync_folders_is_written_to(
    storage: FolderStorage, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    refused = refuse_to_sync_folders(monkeypatch, number)
    storage.put("42/a.jsonl", b"one\n")
    assert storage.put_if_absent("42/b.jsonl", b"two\n")
    assert refused
    assert list(storage.list("")) == ["42/a.jsonl", "42/b.jsonl"]


def test_a_folder_that_fails_to_reach_the_disk_is_an_error(
    storage: FolderStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not refuse_to_sync_folders(monkeypatch, errno.EIO)
    with pytest.raises(ConfigError):
        storage.put("42/a.jsonl", b"one\n")
