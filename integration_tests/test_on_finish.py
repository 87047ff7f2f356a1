"""Somebody is told how a sync ended, with the installed command and a receiver on loopback."""

import hmac
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from integration_tests.harness import Result, good, record, state, write
from integration_tests.sandbox_client import Sandbox

SECRET = "a secret of the two"
PEOPLE = [good(number) for number in range(5)]
BAD = good(9, nome="Joaquim Canário", cpfCnpj="11111111111")

Answer = Callable[[BaseHTTPRequestHandler], None]


class Receiver:
    """An HTTP server on loopback; it keeps the bodies and headers of every POST."""

    def __init__(self, answer: Answer) -> None:
        self.got: list[tuple[bytes, dict[str, str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append((body, dict(self.headers)))
                answer(self)

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks"

    @contextmanager
    def serving(self) -> Iterator["Receiver"]:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        try:
            yield self
        finally:
            self.server.shutdown()
            self.server.server_close()


def says(status: int, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def sync(folder: Path, url: str, *records: dict[str, Any], **on_finish: Any) -> Result:
    with Sandbox() as sandbox:
        webhook = {"notify": "webhook", "url": url, "secret": SECRET, **on_finish}
        return write(folder, sandbox.config(on_finish=webhook), [*map(record, records), state(1)])


def test_the_receiver_gets_one_signed_report_and_no_person(tmp_path: Path) -> None:
    with Receiver(says(204)).serving() as receiver:
        result = sync(tmp_path, receiver.url, *PEOPLE, BAD)
    assert result.code == 0, result.everything
    ((body, headers),) = receiver.got
    assert (
        headers["X-Clientes-Signature"] == f"sha256={hmac.new(SECRET.encode(), body, 'sha256').hexdigest()}"
    )
    assert headers["Content-Type"] == "application/json"
    report = json.loads(body)
    assert (report["ending"], report["states"]) == ("completed", 1)
    assert (report["streams"][0]["accepted"], report["streams"][0]["rejected"]) == (5, 1)
    for personal in ("Joaquim", "11111111111", "C-000009"):
        assert personal not in body.decode()
    assert SECRET not in body.decode() + result.everything


def test_nobody_is_told_of_a_sync_without_trouble_unless_always(tmp_path: Path) -> None:
    with Receiver(says(200)).serving() as receiver:
        sync(tmp_path, receiver.url, *PEOPLE)
        assert receiver.got == []
        sync(tmp_path, receiver.url, *PEOPLE, when="always")
        assert len(receiver.got) == 1


def test_a_sync_that_failed_is_told_of(tmp_path: Path) -> None:
    with Receiver(says(200)).serving() as receiver:
        result = sync(tmp_path, receiver.url, *[{"idRetaguarda": f"C-{n}"} for n in range(120)])
    assert result.code == 1
    ((body, _),) = receiver.got
    assert json.loads(body)["failure"] == "config_error"


@pytest.mark.parametrize(
    ("answer", "said"),
    [(says(500), "127.0.0.1 answered 500"), (says(302, Location="/elsewhere"), "127.0.0.1 answered 302")],
    ids=["refusing", "redirecting"],
)
def test_a_receiver_that_does_not_take_it_costs_a_warning(tmp_path: Path, answer: Answer, said: str) -> None:
    with Receiver(answer).serving() as receiver:
        result = sync(tmp_path, receiver.url, *PEOPLE, when="always")
    assert (result.code, result.counts, len(receiver.got)) == (0, (5, 0), 1)
    assert said in result.log


def test_a_receiver_that_is_dead_costs_a_warning(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    result = sync(tmp_path, f"http://127.0.0.1:{port}/x", *PEOPLE, when="always")
    assert (result.code, result.counts) == (0, (5, 0))
    assert "127.0.0.1 cannot be reached" in result.log


def test_a_receiver_that_never_answers_costs_a_warning(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        result = sync(tmp_path, f"http://127.0.0.1:{server.getsockname()[1]}/x", *PEOPLE, when="always")
    assert (result.code, result.counts) == (0, (5, 0))
    assert "The receiver of on_finish could not be told" in result.log
