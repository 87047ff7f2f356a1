"""A stand-in for the retaguarda API that answers every call with success after a fixed time.

It speaks as much HTTP/1.1 as keep-alive clients need, parses no JSON, and counts clientes by how often their key occurs.
`/_bench/stats` has what it measures of itself, so that a run can show that it did not wait for the server.

    python -m benchmarks.server --cpu 1
"""

import argparse
import asyncio
import json
import os
import sys
import time
from typing import Final

_KEY: Final = b'"idRetaguarda"'
_HEAD_END: Final = b"\r\n\r\n"
_FIRST_ROOM: Final = 1 << 16
_MOST_LATENCY_MS: Final = 10_000.0

_TOKEN: Final = b'{"access_token":"benchmark","expires_in":1200,"token_type":"Bearer"}'
_SENT: Final = (
    '{"success":true,"message":"Requisição inserida com sucesso!","data":null,"errors":null,"totalTime":0,'
    '"numberOfRecords":0}'
).encode()
_CLOSED: Final = (
    b'{"success":true,"message":"Lote encerrado com sucesso!","data":null,"errors":null,"totalTime":0,'
    b'"numberOfRecords":0}'
)
_NO_STORES: Final = (
    b'{"success":true,"message":"","data":{"lote":0,"loteOrigem":"","lojaLotes":[]},"errors":null,"totalTime":0,'
    b'"numberOfRecords":0}'
)
_NOT_ALLOWED: Final = b'{"message":"Method Not Allowed"}'


class Books:
    """What happened since the last reset; times in seconds on this process's monotonic clock."""

    def __init__(self) -> None:
        self.latency = 0.0
        self.reset()

    def reset(self) -> None:
        self.records = self.sends = self.opened = self.closed = 0
        self.in_flight = self.most_in_flight = 0
        self.first = self.last = 0.0
        self._cpu = time.process_time()

    def stats(self) -> bytes:
        return json.dumps(
            {
                "records": self.records,
                "sends": self.sends,
                "opened": self.opened,
                "closed": self.closed,
                "most_in_flight": self.most_in_flight,
                "span": max(0.0, self.last - self.first),
                "server_cpu": time.process_time() - self._cpu,
            }
        ).encode()


class Connection(asyncio.BufferedProtocol):
    """One keep-alive connection; a request is received straight into one buffer and counted there."""

    def __init__(self, books: Books, loop: asyncio.AbstractEventLoop) -> None:
        self._books = books
        self._loop = loop
        self._buffer = bytearray(_FIRST_ROOM)
        self._filled = 0
        self._body_at = 0
        self._needed = 0
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - asyncio's signature
        if self._filled == len(self._buffer):
            self._make_room(2 * len(self._buffer))
        return memoryview(self._buffer)[self._filled :]

    def buffer_updated(self, nbytes: int) -> None:
        self._filled += nbytes
        while self._filled:
            if not self._needed and not self._read_head():
                return
            if self._filled < self._needed:
                return
            self._serve()
            rest = self._filled - self._needed
            self._buffer[:rest] = self._buffer[self._needed : self._filled]
            self._filled, self._needed = rest, 0

    def _make_room(self, size: int) -> None:
        # A bytearray that asyncio still holds a view of cannot be resized.
        grown = bytearray(size)
        grown[: self._filled] = self._buffer[: self._filled]
        self._buffer = grown

    def _read_head(self) -> bool:
        end = self._buffer.find(_HEAD_END, 0, self._filled)
        if end < 0:
            return False
        self._body_at = end + len(_HEAD_END)
        head = bytes(self._buffer[:end]).lower()
        at = head.find(b"\r\ncontent-length:")
        length = int(head[at + 17 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        self._needed = self._body_at + length
        if self._needed > len(self._buffer):
            self._make_room(self._needed)
        return True

    def _serve(self) -> None:
        method, path = bytes(self._buffer[: self._buffer.index(b" HTTP/")]).split(b" ", 1)
        if b"/_bench/" in path:
            self._answer(self._control(path))
            return
        books = self._books
        books.in_flight += 1
        books.most_in_flight = max(books.most_in_flight, books.in_flight)
        books.first = books.first or time.monotonic()
        status, body = self._work(method, path)
        if books.latency:
            self._loop.call_later(books.latency, self._finish, body, status)
        else:
            self._finish(body, status)

    def _work(self, method: bytes, path: bytes) -> tuple[int, bytes]:
        books = self._books
        if b"/token" in path:
            return 200, _TOKEN
        if b"lotestatus" in path.lower():
            return 200, _NO_STORES
        if b"/inquilinolotesexternos" in path:
            if method == b"PUT":
                books.closed += 1
                return 200, _CLOSED
            books.opened += 1
            return 200, _opened(books.opened)
        if method != b"POST":
            return 405, _NOT_ALLOWED
        books.sends += 1
        books.records += self._buffer.count(_KEY, self._body_at, self._needed)
        return 200, _SENT

    def _finish(self, body: bytes, status: int) -> None:
        books = self._books
        books.in_flight -= 1
        books.last = time.monotonic()
        self._answer(body, status)

    def _answer(self, body: bytes, status: int = 200) -> None:
        if not self._transport.is_closing():
            head = f"HTTP/1.1 {status} -\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            self._transport.write(head.encode() + body)

    def _control(self, path: bytes) -> bytes:
        """`/_bench/reset/20` starts new statistics at 20 ms; anything else returns the present ones."""
        parts = path.decode().strip("/").split("/")
        if parts[1] == "reset":
            self._books.latency = min(float(parts[2]), _MOST_LATENCY_MS) / 1000
            self._books.reset()
        return self._books.stats()


def _opened(number: int) -> bytes:
    return (
        f'{{"success":true,"message":"Lote criado com sucesso!","data":{{"id":{number},"loteOrigem":"LB{number:08d}",'
        f'"tipoLote":[0]}},"errors":null,"totalTime":0,"numberOfRecords":0}}'
    ).encode()


async def _run() -> None:
    loop = asyncio.get_running_loop()
    books = Books()
    server = await loop.create_server(lambda: Connection(books, loop), "127.0.0.1", 0, backlog=256)
    port = server.sockets[0].getsockname()[1]
    print(json.dumps({"url": f"http://127.0.0.1:{port}"}), flush=True)
    # Whoever started us holds the other end of stdin; its end is ours, however it comes about.
    await loop.run_in_executor(None, sys.stdin.read)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cpu", type=int, help="run on this core only")
    cpu: int | None = parser.parse_args().cpu
    if cpu is not None:
        os.sched_setaffinity(0, {cpu})
    asyncio.run(_run())


if __name__ == "__main__":
    main()
