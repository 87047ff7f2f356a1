"""Attacks on the sandbox over a socket: from a web page, by size, by slowness, by a parent that dies."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from integration_tests.harness import COMMAND
from integration_tests.sandbox_client import Sandbox, is_gone

BEARER = {"Authorization": "Bearer sandbox-token"}
SEND = "/cliente/api/retaguarda/v2/clientes"
HUGE = 300 << 20
needs_proc = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


class Zeros:
    """A body of zeros that takes no memory; requests announces its length."""

    def __init__(self, size: int) -> None:
        self.left = size

    def __len__(self) -> int:
        return self.left

    def read(self, size: int = -1) -> bytes:
        part = min(self.left, size if size > 0 else 1 << 20)
        self.left -= part
        return bytes(part)


def chunked(size: int) -> Iterator[bytes]:
    for _ in range(size >> 20):
        yield bytes(1 << 20)


def wait_until(reached: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize(
    "path", ["/", "/_sandbox/clientes", "/_sandbox/requests", "/_sandbox/overview?reveal=1"]
)
def test_a_name_that_was_led_here_gets_no_answer(sandbox: Sandbox, path: str) -> None:
    said = requests.get(sandbox.url + path, headers={"Host": "evil.example"}, timeout=10)
    assert said.status_code == 403
    assert list(said.json()) == ["message"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example", "Content-Type": "text/plain"}, 403),
        ({"Origin": "null", "Content-Type": "text/plain"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Content-Type": "application/json"}, 403),
        ({"Content-Type": "text/plain"}, 415),
    ],
)
@pytest.mark.parametrize("route", ["reset", "faults", "customers", "lotes"])
def test_a_page_elsewhere_changes_nothing(
    sandbox: Sandbox, route: str, headers: Mapping[str, str], status: int
) -> None:
    sandbox.plant_lote()
    body = json.dumps({"operation": "send", "kind": "reset", "idInquilino": "planted"})
    said = requests.post(f"{sandbox.url}/_sandbox/{route}", data=body, headers=headers, timeout=10)
    assert said.status_code == status
    assert (len(sandbox.state()["lotes"]), sandbox.faults(), sandbox.attachments()["attached"]) == (1, [], {})


@needs_proc
@pytest.mark.parametrize("path", [SEND, "/_sandbox/customers"])
@pytest.mark.parametrize("body", [Zeros, chunked])
def test_a_huge_body_takes_no_memory(sandbox: Sandbox, path: str, body: Callable[[int], Any]) -> None:
    before = sandbox.peak_memory
    headers = {**BEARER, "Content-Type": "application/json"}
    said = requests.post(sandbox.url + path, data=body(HUGE), headers=headers, timeout=60)
    assert said.status_code == 413
    assert sandbox.peak_memory - before < 64 << 20


def test_bodies_that_never_end_keep_nobody_waiting(sandbox: Sandbox) -> None:
    address = urlsplit(sandbox.url)
    head = f"POST {SEND} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: 100\r\n\r\n["
    with ExitStack() as stack:
        for _ in range(50):
            slow = socket.create_connection((str(address.hostname), int(address.port or 0)))
            stack.enter_context(slow).sendall(head.encode())
        assert sandbox.state()["requests"] == {}
        assert requests.get(sandbox.url, timeout=10).status_code == 200


def test_it_ends_when_whoever_started_it_is_killed() -> None:
    parent = (
        "import subprocess, sys, time\n"
        f"command = [*{COMMAND!r}, 'sandbox', '--end-with-stdin']\n"
        "subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        assert not is_gone(url)
        os.kill(process.pid, signal.SIGKILL)
        wait_until(lambda: is_gone(url))


def test_it_listens_and_answers_to_the_name_it_was_given() -> None:
    options = ["--host", "0.0.0.0", "--allow-host", "Till-1", "sandbox"]
    with subprocess.Popen([*COMMAND, "sandbox", *options], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        assert url.startswith("http://127.0.0.1:")
        named = {
            name: requests.get(url, headers={"Host": name}, timeout=10).status_code
            for name in ("localhost", "till-1:8080", "sandbox", "other")
        }
        process.terminate()
    assert named == {"localhost": 200, "till-1:8080": 200, "sandbox": 200, "other": 403}
