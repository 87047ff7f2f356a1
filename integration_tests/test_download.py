"""Addresses that records name are fetched over TLS, and never lead into the operator's own network."""

import ssl
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from urllib3.exceptions import HTTPError

from source_destination_clientes.anexo import download as download_module
from source_destination_clientes.anexo.download import Downloader, UnfetchableError
from source_destination_clientes.http.transport import NoAnswerError


class Files(BaseHTTPRequestHandler):
    """`/file` is one, `/slow?N` sends N pieces one after the other, `/to?X` redirects to X, `/loop` to itself, `/cut` promises more than it sends."""

    def do_GET(self) -> None:
        path, _, target = self.path.partition("?")
        if path == "/to":
            self._answer(302, b"", Location=target)
        elif path == "/loop":
            self._answer(302, b"", Location="/loop")
        elif path == "/file":
            self._answer(200, self.headers["Host"].encode() * 1000, **{"Content-Type": "image/png; q=1"})
        elif path == "/slow":
            self.send_response(200)
            self.end_headers()
            for _ in range(int(target)):
                self.wfile.write(b"x" * 1000)
                time.sleep(0.01)
        elif path == "/cut":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"half")
        else:
            self._answer(404, b"")

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def port(self_signed: tuple[Path, Path]) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*self_signed)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Files)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture
def downloader(self_signed: tuple[Path, Path]) -> Downloader:
    """Knows one public host, which is this machine; every other name stands for a private address."""

    def resolve(host: str, _port: int) -> list[str]:
        return ["127.0.0.1"] if host == "files.example" else ["10.0.0.1"]

    return Downloader(str(self_signed[0]), resolve, lambda address: address == "127.0.0.1")


def test_the_host_asked_for_is_the_one_whose_certificate_counts(port: int, downloader: Downloader) -> None:
    with downloader.fetch(f"https://files.example:{port}/file", 5) as download:
        assert download.content_type == "image/png"
        assert b"".join(download.pieces()) == f"files.example:{port}".encode() * 1000


def test_a_redirect_is_followed_to_a_public_host(port: int, downloader: Downloader) -> None:
    with downloader.fetch(f"https://files.example:{port}/to?/file", 5) as download:
        assert download.response.status == 200


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("https://intranet.example/x", "not on the public Internet"),
        ("http://files.example/x", "no https address"),
        ("file:///etc/passwd", "no https address"),
        ("https://[::1", "no address"),
    ],
)
def test_a_redirect_into_the_operators_network_is_refused(
    target: str, said: str, port: int, downloader: Downloader
) -> None:
    with pytest.raises(UnfetchableError, match=said):
        downloader.fetch(f"https://files.example:{port}/to?{target}", 5)


def test_redirects_end(port: int, downloader: Downloader) -> None:
    with pytest.raises(UnfetchableError, match="redirects more than 5 times"):
        downloader.fetch(f"https://files.example:{port}/loop", 5)


def test_a_certificate_of_another_host_is_refused(port: int, downloader: Downloader) -> None:
    other = Downloader(downloader.ca_bundle, lambda _host, _port: ["127.0.0.1"], downloader.allowed)
    with pytest.raises(NoAnswerError, match="no connection"):
        other.fetch(f"https://other.example:{port}/file", 5)


def test_a_body_that_ends_early_is_no_file(port: int, downloader: Downloader) -> None:
    with downloader.fetch(f"https://files.example:{port}/cut", 5) as download, pytest.raises(NoAnswerError):
        list(download.pieces())


def test_a_file_that_comes_slowly_arrives_within_its_time(port: int, downloader: Downloader) -> None:
    with downloader.fetch(f"https://files.example:{port}/slow?20", 30) as download:
        assert len(b"".join(download.pieces())) == 20_000


def test_a_file_that_trickles_is_cut_off_by_its_speed(
    port: int, downloader: Downloader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download_module, "FETCH_SECONDS", 0.2)
    with (
        downloader.fetch(f"https://files.example:{port}/slow?100000", 60) as download,
        pytest.raises(NoAnswerError, match="too slow"),
    ):
        list(download.pieces())


def test_a_file_that_never_ends_is_cut_off_by_its_time(port: int, downloader: Downloader) -> None:
    with (
        downloader.fetch(f"https://files.example:{port}/slow?100000", 0.5) as download,
        pytest.raises(NoAnswerError, match="broke"),
    ):
        list(download.pieces())


def test_the_host_header_of_an_ipv6_address_has_its_brackets(
    port: int, downloader: Downloader, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, str]] = []

    def urlopen(*_: object, headers: dict[str, str], **__: object) -> None:
        asked.append(headers)
        raise HTTPError

    monkeypatch.setattr("urllib3.connectionpool.HTTPConnectionPool.urlopen", urlopen)
    for url in ("https://[2804:14c::1]/x", "https://[2804:14c::1]:8443/x"):
        with pytest.raises(NoAnswerError):
            Downloader(None, lambda host, _port: [host]).fetch(url, 5)
    assert asked == [{"Host": "[2804:14c::1]"}, {"Host": "[2804:14c::1]:8443"}]
