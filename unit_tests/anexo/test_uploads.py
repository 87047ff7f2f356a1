"""Making a file of bytes: whatever is wrong with one file is said of that file."""

from pathlib import Path

import pytest

from source_destination_clientes.anexo.anexo import Source
from source_destination_clientes.anexo.api import CustomersApi
from source_destination_clientes.anexo.download import Downloader
from source_destination_clientes.anexo.uploads import Unusable, UnusableFileError, Uploader
from source_destination_clientes.errors import ConfigError
from source_destination_clientes.settings import Upload
from unit_tests.kit.fakes import FakeServer, answer, make_caller


def make(staging: Path) -> Uploader:
    server = FakeServer(reply=lambda _request: answer({"id": "file_1"}, 201))
    api = CustomersApi(make_caller(server), "https://b.example", {})
    return Uploader(api, Upload(), Downloader(), staging)


@pytest.mark.parametrize("name", ["a\0b.pdf", "a" * 5000, "circle"])
def test_a_reference_that_is_no_path_spoils_its_own_file_only(name: str, tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    made = make(tmp_path).upload(Source("staged", f"{tmp_path}/{name}"), "cust_1")
    assert made == Unusable("The file reference is no path that leads to a file.")


def test_a_file_that_cannot_be_read_spoils_itself_only(tmp_path: Path) -> None:
    with pytest.raises(UnusableFileError, match="cannot be read"):
        make(tmp_path)._described(Source("staged", "gone"), tmp_path / "gone", None)


def test_a_full_disk_is_the_operators_to_solve(tmp_path: Path) -> None:
    with (
        Path("/dev/full").open("wb", buffering=0) as full,
        pytest.raises(ConfigError, match=r"No space left.*TMPDIR"),
    ):
        make(tmp_path)._store([b"bytes"], full)


def test_a_staged_file_becomes_a_file_of_the_api(tmp_path: Path) -> None:
    (tmp_path / "scan.pdf").write_bytes(b"%PDF")
    assert make(tmp_path).upload(Source("staged", str(tmp_path / "scan.pdf")), "cust_1") == "file_1"
