"""Connections as load balancers treat them, and readers that do not read."""

import signal
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from integration_tests.harness import Write, good, record, state
from integration_tests.sandbox_client import Sandbox

_IDLE_SECONDS = 1.0


def is_state(number: int, message: dict[str, Any]) -> bool:
    return message["type"] == "STATE" and bool(message["state"]["id"] == number)


@dataclass
class Balancer:
    """Passes bytes on. A connection that was idle is reset once its next request has been passed on: nobody hears the answer."""

    target: tuple[str, int]
    port: int = 0
    resets: list[bytes] = field(default_factory=list)

    def serve(self, server: socket.socket) -> None:
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=self._relay, args=(client,), daemon=True).start()

    def _relay(self, client: socket.socket) -> None:
        with client, socket.create_connection(self.target) as upstream:
            heard: list[float] = []
            threading.Thread(target=self._answer, args=(upstream, client, heard), daemon=True).start()
            while True:
                try:
                    said = client.recv(65536)
                except OSError:
                    return
                if not said:
                    return
                idle = bool(heard) and time.monotonic() - heard[-1] > _IDLE_SECONDS
                if idle:
                    # Closed with this option a socket sends RST.
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    client.close()
                    self.resets.append(said.partition(b"\r\n")[0])
                upstream.sendall(said)
                if idle:
                    time.sleep(0.3)
                    return

    @staticmethod
    def _answer(upstream: socket.socket, client: socket.socket, heard: list[float]) -> None:
        try:
            while said := upstream.recv(65536):
                heard.append(time.monotonic())
                client.sendall(said)
        except OSError:
            return


@contextmanager
def balancer(sandbox: Sandbox) -> Iterator[Balancer]:
    address = urlsplit(sandbox.url)
    assert address.hostname
    assert address.port
    with socket.create_server(("127.0.0.1", 0)) as server:
        made = Balancer((address.hostname, address.port), server.getsockname()[1])
        threading.Thread(target=made.serve, args=(server,), daemon=True).start()
        yield made


def test_a_lote_is_opened_on_a_fresh_connection_so_that_an_idle_one_leaves_no_doubt(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    config = sandbox.config(lote={"max_open_seconds": 2, "open_lote_policy": "fail"})
    with balancer(sandbox) as between:
        for name, url in config["environment"].items():
            config["environment"][name] = url.replace(sandbox.url, f"http://127.0.0.1:{between.port}")
        run = Write(tmp_path, config).start()
        for number in range(3):
            run.send(record(good(number)), state(number))
            run.wait_for(partial(is_state, number))
            time.sleep(2 * _IDLE_SECONDS)
        run.close()
        result = run.finish()
    assert (result.code, result.counts) == (0, (3, 0)), result.log
    assert between.resets, "no idle connection was reset"
    assert not any(b"inquilinolotesexternos " in line for line in between.resets), "a lote was opened on one"
    assert (len(sandbox.clientes()), sandbox.state()["open_lotes"]) == (3, 0)


def test_a_reader_who_does_not_read_keeps_neither_a_lote_open_nor_a_signal_from_ending(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    run = Write(tmp_path, sandbox.config(lote={"records_per_lote": 10})).start(listen=False)
    large = state(1)
    large["state"]["stream"]["stream_state"] = {"cursor": "x" * 500_000}

    def feed() -> None:
        try:
            for start in range(0, 200, 10):
                run.send(*(record(good(n)) for n in range(start, start + 10)), large)
        except OSError:
            return

    threading.Thread(target=feed, daemon=True).start()
    end = time.monotonic() + 40
    before, since = -1, time.monotonic()
    # At rest: nothing more is asked of the server, since what comes out is not read.
    while time.monotonic() < end and (before <= 0 or time.monotonic() - since < 3):
        asked = sandbox.state()["requests"].get("close", 0)
        if asked != before:
            before, since = asked, time.monotonic()
        time.sleep(0.1)
    assert 0 < before < 20, "it should wait for its reader"
    assert sandbox.state()["open_lotes"] == 0
    run.signal(signal.SIGTERM)
    assert run.process.wait(40) == 1
    assert sandbox.state()["open_lotes"] == 0
