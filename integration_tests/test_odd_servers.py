"""Servers that are slow, endless or too much: each call ends in time, with memory that is bounded."""

import gzip
import resource
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from source_destination_clientes.http.transport import NoAnswerError, Request, RequestsTransport

TIMEOUT = 1.0
LATEST = 2.5
"""Seconds by which a call with that time-out has ended, on a machine that is busy with other tests."""

FINE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
"""The head of a whole answer; its body is two letters."""

Say = Callable[[socket.socket], None]


@dataclass
class Server:
    """Listens on loopback and answers each request with what `say` sends; `said` counts the answers begun."""

    say: Say
    tls: ssl.SSLContext | None = None
    said: int = 0
    connections: int = 0
    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))

    def start(self) -> "Server":
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.listener.getsockname()[1]}"

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), closing(connection):
            talk = self.tls.wrap_socket(connection, server_side=True) if self.tls else connection
            with closing(talk):
                while self._heard(talk):
                    self.said += 1
                    self.say(talk)

    @staticmethod
    def _heard(connection: socket.socket) -> bool:
        """Read one request without a body."""
        heard = b""
        while not heard.endswith(b"\r\n\r\n"):
            piece = connection.recv(65536)
            if not piece:
                return False
            heard += piece
        return True


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(say: Say, tls: ssl.SSLContext | None = None) -> Server:
        servers.append(Server(say, tls).start())
        return servers[-1]

    yield start
    for server in servers:
        server.listener.close()


def transport(server: Server, ca_bundle: str | None = None) -> RequestsTransport:
    return RequestsTransport(connections=2, ca_bundle=ca_bundle, bases=[server.url])


def ask(server: Server, **options: int) -> Request:
    return Request("ask", "GET", f"{server.url}/x", **options)  # type: ignore[arg-type] # numbers only


def slowly(head: bytes, piece: bytes) -> Say:
    """Send the head at once, then the piece again and again, long before any time-out between bytes."""

    def say(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(piece)
            time.sleep(TIMEOUT / 20)

    return say


SLOW = {
    "headers byte by byte": slowly(b"HTTP/1.1 200 OK\r\nX: ", b"a"),
    "status byte by byte": slowly(b"", b"H"),
    "chunks": slowly(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
    "the size of a chunk": slowly(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"a"),
    "a body of known length": slowly(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"a"),
    "a body until the end": slowly(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b"a"),
    "interim answers": slowly(b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
    "100-continue": slowly(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
}


@pytest.mark.parametrize("way", SLOW)
@pytest.mark.parametrize("tls", [False, True])
def test_an_answer_that_never_ends_is_over_with_the_time_out(
    way: str, tls: bool, serve: Callable[..., Server], self_signed: tuple[Path, Path]
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*self_signed)
    server = serve(SLOW[way], context if tls else None)
    call = transport(server, str(self_signed[0]) if tls else None)
    started = time.monotonic()
    with pytest.raises(NoAnswerError, match="time-out") as caught:
        call(ask(server), TIMEOUT)
    assert time.monotonic() - started + 0.01 >= TIMEOUT
    assert time.monotonic() - started < LATEST
    assert caught.value.doubtful
    assert server.said == 1


def test_a_handshake_that_never_ends_is_over_with_the_time_out_and_nothing_was_sent(
    serve: Callable[..., Server],
) -> None:
    server = serve(lambda _connection: None)
    url = server.url.replace("http:", "https:")
    started = time.monotonic()
    with pytest.raises(NoAnswerError, match="no connection within") as caught:
        RequestsTransport(connections=1, ca_bundle=None, bases=[])(Request("ask", "GET", url), TIMEOUT)
    assert time.monotonic() - started < LATEST
    assert not caught.value.doubtful
    assert server.connections == 1


def test_a_server_that_does_not_read_is_over_with_the_time_out() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        call = RequestsTransport(connections=1, ca_bundle=None, bases=[])
        started = time.monotonic()
        with pytest.raises(NoAnswerError) as caught:
            call(Request("send", "POST", url, iter([b"x" * 50_000_000])), TIMEOUT)
    assert time.monotonic() - started < LATEST
    assert caught.value.doubtful


def bomb(layers: int) -> bytes:
    """Zeros in gzip: 256 MB of them in 250 kB, or 4 GB in 3 kB, packed twice."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    body = b"".join(packer.compress(b"\0" * (1 << 20)) for _ in range(256)) + packer.flush()
    return body if layers == 1 else gzip.compress(body * 16, 9)


def packed(layers: int) -> Say:
    body = bomb(layers)
    encoding = ", ".join(["gzip"] * layers)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    return lambda connection: connection.sendall(head + body)


def plain(connection: socket.socket) -> None:
    """A gigabyte as fast as it is taken."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
    for _ in range(1000):
        connection.sendall(b"x" * 1_000_000)


@pytest.mark.parametrize("say", [packed(1), packed(2), plain], ids=["gzip", "gzip in gzip", "plain"])
def test_an_answer_that_is_too_large_is_cut_off(say: Say, serve: Callable[..., Server]) -> None:
    server = serve(say)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(NoAnswerError, match="more than 16 MB"):
        transport(server)(ask(server), 30)
    assert server.said == 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


def test_interim_answers_are_passed_over_and_shift_nothing(serve: Callable[..., Server]) -> None:
    def say(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
        time.sleep(0.05)
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" + FINE + f"{server.said:02d}".encode())

    server = serve(say)
    call = transport(server)
    assert [call(ask(server), 10).body for _ in range(3)] == [b"01", b"02", b"03"]
    assert server.connections == 1


def test_a_connection_with_an_answer_that_nobody_read_is_not_used_again(serve: Callable[..., Server]) -> None:
    def say(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n")
        time.sleep(0.05)
        connection.sendall(FINE + b"no")

    server = serve(say)
    call = transport(server)
    for _ in range(2):
        with pytest.raises(NoAnswerError, match="another protocol"):
            call(ask(server), 10)
    assert server.connections == 2


def test_a_connection_is_kept_for_the_next_call(serve: Callable[..., Server]) -> None:
    server = serve(lambda connection: connection.sendall(FINE + b"ok"))
    call = transport(server)
    assert [call(ask(server), 10).body for _ in range(5)] == [b"ok"] * 5
    assert server.connections == 1


def test_tls_that_breaks_after_the_handshake_leaves_it_open_whether_the_work_was_done(
    serve: Callable[..., Server], self_signed: tuple[Path, Path]
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*self_signed)

    def say(connection: socket.socket) -> None:
        socket.socket(fileno=connection.detach()).sendall(b"this is no record of TLS")

    server = serve(say, context)
    with pytest.raises(NoAnswerError) as caught:
        transport(server, str(self_signed[0]))(ask(server), 5)
    assert caught.value.doubtful
    assert server.said == 1


def test_no_proxy_hears_of_what_is_for_this_machine(
    serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, proxy = (serve(lambda connection: connection.sendall(FINE + b"ok")) for _ in range(2))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    assert transport(server)(ask(server), 5).body == b"ok"
    assert (server.said, proxy.said) == (1, 0)


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"])
def test_a_proxy_on_the_way_keeps_to_the_deadline_and_says_what_it_wants(
    answer: bytes, serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = serve(slowly(answer, b"") if not answer else lambda connection: connection.sendall(answer))
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    call = RequestsTransport(connections=1, ca_bundle=None, bases=["https://far.example"])
    started = time.monotonic()
    with pytest.raises(Exception, match="407" if answer else "within the time-out"):
        call(Request("ask", "GET", "https://far.example/x"), TIMEOUT)
    assert time.monotonic() - started < LATEST
    assert proxy.said == 1
