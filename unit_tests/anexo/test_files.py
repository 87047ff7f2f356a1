"""A file is opened once and judged by what was opened."""

import os
from pathlib import Path

import pytest

from source_destination_clientes.anexo.files import (
    UnusableFileError,
    content_of,
    decoded,
    scratch,
    staged,
    store,
)
from source_destination_clientes.errors import ConfigError


def read(place: Path, root: Path) -> bytes:
    with staged(str(place), root) as descriptor:
        return b"".join(content_of(descriptor, "a", "b/c", 1000).pieces())


def test_a_file_below_the_root_is_read(tmp_path: Path) -> None:
    (tmp_path / "job").mkdir()
    (tmp_path / "job" / "scan.pdf").write_bytes(b"%PDF")
    assert read(tmp_path / "job" / "scan.pdf", tmp_path) == b"%PDF"


@pytest.mark.parametrize("name", ["outside", "through/secret", "../secret"])
def test_nothing_outside_of_the_root_is_read(name: str, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "secret").write_bytes(b"secret")
    (root / "outside").symlink_to(tmp_path / "secret")
    (root / "through").symlink_to(tmp_path)
    with pytest.raises(UnusableFileError, match="leads out"):
        read(root / name, root)


def test_a_link_that_takes_the_place_of_a_file_after_it_was_judged_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, secret, place = tmp_path / "root", tmp_path / "secret", tmp_path / "root" / "scan.pdf"
    root.mkdir()
    secret.write_bytes(b"secret")
    place.write_bytes(b"%PDF")
    swapped: list[Path] = []
    real = os.open

    def swap_and_open(path: Path, flags: int) -> int:
        swapped.append(path)
        place.unlink()
        place.symlink_to(secret)
        return real(path, flags)

    monkeypatch.setattr(os, "open", swap_and_open)
    with pytest.raises(UnusableFileError, match="cannot be read"):
        read(place, root)
    assert swapped == [place]


def test_a_folder_that_is_swapped_while_a_file_is_opened_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, elsewhere, folder = tmp_path / "root", tmp_path / "elsewhere", tmp_path / "root" / "job"
    for each in (root, elsewhere, folder):
        each.mkdir()
        (each / "scan.pdf").write_bytes(str(each).encode())
    real = os.open

    def swap_and_open(path: Path, flags: int) -> int:
        folder.rename(root / "away")
        folder.symlink_to(elsewhere)
        return real(path, flags)

    monkeypatch.setattr(os, "open", swap_and_open)
    with pytest.raises(UnusableFileError, match="somewhere else"):
        read(folder / "scan.pdf", root)
    assert folder.is_symlink()


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path / "pipe", tmp_path):
        with pytest.raises(UnusableFileError, match="something else"):
            read(place, tmp_path)
    with pytest.raises(UnusableFileError, match="does the volume"):
        read(tmp_path / "gone", tmp_path)


def test_what_was_opened_is_what_is_sent_whatever_becomes_of_the_name(tmp_path: Path) -> None:
    place = tmp_path / "scan.pdf"
    place.write_bytes(b"%PDF")
    with staged(str(place), tmp_path) as descriptor:
        content = content_of(descriptor, "a", "b/c", 1000)
        place.unlink()
        place.write_bytes(b"another")
        assert b"".join(content.pieces()) == b"%PDF"


def test_a_scratch_file_has_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with scratch() as file:
        store([b"an identity", b" document"], file, 1000)
        assert list(tmp_path.iterdir()) == []
        assert b"".join(content_of(file.fileno(), "a", "b/c", 1000).pieces()) == b"an identity document"


def test_a_file_that_is_too_large_or_empty_is_refused() -> None:
    with scratch() as file:
        with pytest.raises(UnusableFileError, match="is empty"):
            content_of(file.fileno(), "a", "b/c", 1000)
        with pytest.raises(UnusableFileError, match=r"more than 0\.001 MB"):
            store([b"x" * 600] * 2, file, 1000)
        with pytest.raises(UnusableFileError, match=r"more than 0\.0005 MB"):
            content_of(file.fileno(), "a", "b/c", 500)


def test_a_full_disk_is_the_operators_to_solve() -> None:
    with (
        Path("/dev/full").open("wb", buffering=0) as full,
        pytest.raises(ConfigError, match=r"No space left.*TMPDIR"),
    ):
        store([b"bytes"], full, 1000)


def test_base64_comes_with_and_without_a_prefix() -> None:
    assert b"".join(decoded("data:image/png;base64,aGVs\nbG8=")) == b"hello"
    with pytest.raises(UnusableFileError, match="no base64"):
        list(decoded("aGVsbG8"))
