"""Making a file of bytes: whatever is wrong with one file is said of that file."""

import base64
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import pytest

from source_destination_clientes.anexo.anexo import Source
from source_destination_clientes.anexo.api import CustomersApi
from source_destination_clientes.anexo.download import Downloader, Failures, NoConnectionError
from source_destination_clientes.anexo.uploads import Unusable, Uploader
from source_destination_clientes.http.transport import NoAnswerError
from source_destination_clientes.settings import FilesApi
from unit_tests.kit.fakes import FakeServer, FakeTime, answer, make_caller


def make(
    staging: Path, downloader: Any = None, time: FakeTime | None = None, **options: Any
) -> tuple[Uploader, FakeServer]:
    server = FakeServer(reply=lambda _request: answer({"id": "file_1"}, 201))
    api = CustomersApi(make_caller(server, time), "https://b.example", {}, "inquilino-1")
    return Uploader(
        api, FilesApi(upload_type="files_api", **options), downloader or Downloader(), staging
    ), server


@pytest.mark.parametrize("name", ["a\0b.pdf", "a" * 5000, "circle"])
def test_a_reference_that_is_no_path_spoils_its_own_file_only(name: str, tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    uploader, _ = make(tmp_path)
    made = uploader.upload(Source("staged", f"{tmp_path}/{name}"), "cust_1", uploader.api)
    assert isinstance(made, Unusable)


def test_a_staged_file_becomes_a_file_of_the_api(tmp_path: Path) -> None:
    (tmp_path / "scan.pdf").write_bytes(b"%PDF")
    uploader, _ = make(tmp_path)
    assert uploader.upload(Source("staged", str(tmp_path / "scan.pdf")), "cust_1", uploader.api) == "file_1"


def test_a_file_that_is_made_shorter_while_it_is_sent_spoils_itself_only(tmp_path: Path) -> None:
    place = tmp_path / "scan.pdf"
    place.write_bytes(b"x" * 1000)

    def shorten(request: Any) -> Any:
        place.write_bytes(b"x" * 10)
        b"".join(request.body)

    uploader, server = make(tmp_path)
    server.reply = shorten
    made = uploader.upload(Source("staged", str(place)), "cust_1", uploader.api)
    assert made == Unusable("The file was made shorter while it was sent.")


def encoded(data: bytes, **about: Any) -> Source:
    return Source("encoded", base64.b64encode(data).decode(), **about)


def sent(
    uploader: Uploader, server: FakeServer, source: Source, customer: str = "cust_1"
) -> tuple[str, bytes]:
    """The idempotency key and the bytes of one upload."""
    bodies: list[bytes] = []

    def keep(request: Any) -> Any:
        bodies.append(request.headers["Content-Type"].encode() + b"".join(request.body))
        return answer({"id": "file_1"}, 201)

    server.reply = keep
    assert uploader.upload(source, customer, uploader.api) == "file_1"
    return server.requests[-1].headers["Idempotency-Key"], bodies[-1]


@pytest.mark.parametrize("encoding", ["multipart", "json_base64"])
def test_the_same_key_always_brings_the_same_bytes(encoding: str, tmp_path: Path) -> None:
    first, second = (
        sent(*make(tmp_path, encoding=encoding), encoded(b"%PDF", name="a.pdf")) for _ in range(2)
    )
    assert first == second


def test_other_bytes_have_another_key(tmp_path: Path) -> None:
    variants: list[tuple[dict[str, Any], Source, str]] = [
        ({}, encoded(b"%PDF", name="a.pdf"), "cust_1"),
        ({}, encoded(b"%PDf", name="a.pdf"), "cust_1"),
        ({}, encoded(b"%PDF", name="b.pdf"), "cust_1"),
        ({}, encoded(b"%PDF", name="a.pdf", content_type="image/png"), "cust_1"),
        ({}, encoded(b"%PDF", name="a.pdf", purpose="pay_stub"), "cust_1"),
        ({}, encoded(b"%PDF", name="a.pdf"), "cust_2"),
        ({"encoding": "json_base64"}, encoded(b"%PDF", name="a.pdf"), "cust_1"),
        ({"file_field": "document"}, encoded(b"%PDF", name="a.pdf"), "cust_1"),
    ]
    keys = {sent(*make(tmp_path, **options), source, customer)[0] for options, source, customer in variants}
    uploader, server = make(tmp_path)
    other = replace(uploader, api=replace(uploader.api, inquilino="inquilino-2"))
    keys.add(sent(other, server, variants[0][1])[0])
    assert len(keys) == len(variants) + 1


class Response:
    def __init__(self, status: int) -> None:
        self.status = status
        self.headers: dict[str, str] = {}


class FakeDownload:
    """An answer of an address."""

    def __init__(self, status: int, pieces: Callable[[], Iterator[bytes]]) -> None:
        self.response = Response(status)
        self.pieces = pieces
        self.content_type = "image/png"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is open."""


class FakeDownloader:
    """Answers as it is told to, by host."""

    def __init__(self, reply: Callable[[str], FakeDownload]) -> None:
        self.reply = reply
        self.failures = Failures()
        self.asked: list[str] = []

    def fetch(self, url: str, seconds: float) -> FakeDownload:
        self.asked.append(url)
        return self.reply(url)


def unreachable(_: str) -> FakeDownload:
    raise NoConnectionError("no connection (NewConnectionError)", doubtful=False)


def words(made: object) -> str:
    assert isinstance(made, Unusable)
    return made.words


def test_a_host_that_cannot_be_reached_is_tried_twice_and_after_three_files_not_at_all(
    tmp_path: Path,
) -> None:
    time, downloader = FakeTime(), FakeDownloader(unreachable)
    uploader, _ = make(tmp_path, downloader, time)
    said = [
        words(uploader.upload(Source("remote", f"https://dead.example/{n}"), "c", uploader.api))
        for n in range(1000)
    ]
    assert len(downloader.asked) == 6
    assert time.seconds <= 3
    assert "cannot be reached" in said[2]
    assert "files before it from the same host" in said[3]


def test_the_files_of_other_hosts_are_fetched_all_the_same(tmp_path: Path) -> None:
    def reply(url: str) -> FakeDownload:
        return unreachable(url) if "dead" in url else FakeDownload(200, lambda: iter([b"\x89PNG"]))

    downloader = FakeDownloader(reply)
    uploader, _ = make(tmp_path, downloader)
    for n in range(5):
        words(uploader.upload(Source("remote", f"https://dead.example/{n}"), "c", uploader.api))
    assert uploader.upload(Source("remote", "https://well.example/x"), "c", uploader.api) == "file_1"


def test_one_success_forgives_the_failures_of_a_host(tmp_path: Path) -> None:
    fine = {2, 5}

    def reply(url: str) -> FakeDownload:
        number = int(url.rsplit("/", 1)[1])
        return FakeDownload(200, lambda: iter([b"\x89PNG"])) if number in fine else unreachable(url)

    downloader = FakeDownloader(reply)
    uploader, _ = make(tmp_path, downloader)
    made = [
        uploader.upload(Source("remote", f"https://half.example/{n}"), "c", uploader.api) for n in range(8)
    ]
    assert [n for n, each in enumerate(made) if each == "file_1"] == [2, 5]


@pytest.mark.parametrize("status", [301, 304, 401, 403, 404, 407])
def test_what_an_address_answers_spoils_its_own_file_only(status: int, tmp_path: Path) -> None:
    uploader, _ = make(tmp_path, FakeDownloader(lambda _: FakeDownload(status, lambda: iter([]))))
    for _ in range(5):
        made = uploader.upload(Source("remote", "https://files.example/x"), "c", uploader.api)
        assert words(made) == f"The address of the file answers {status}."


def test_a_file_whose_connection_breaks_is_fetched_again_for_a_minute_at_most(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise NoAnswerError("the connection broke", doubtful=False)

    time, downloader = FakeTime(), FakeDownloader(lambda _: FakeDownload(200, broken))
    uploader, _ = make(tmp_path, downloader, time)
    assert "within 60 s" in words(
        uploader.upload(Source("remote", "https://files.example/x"), "c", uploader.api)
    )
    assert len(downloader.asked) > 3
    assert time.seconds == 60


def test_an_address_that_asks_for_a_pause_does_not_hold_up_the_api(tmp_path: Path) -> None:
    busy = FakeDownload(503, lambda: iter([]))
    busy.response.headers["Retry-After"] = "30"
    uploader, _ = make(tmp_path, FakeDownloader(lambda _: busy))
    words(uploader.upload(Source("remote", "https://files.example/x"), "c", uploader.api))
    assert isinstance(uploader.api.caller.pace.try_acquire(), tuple)
