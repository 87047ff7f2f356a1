"""Memory does not grow with the number of records, and a server that is slow slows the source down.

`MEMORY_RECORDS` changes how many records a long run has.
"""

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from integration_tests.harness import Result, Write, cpf, good, record, state
from integration_tests.sandbox_client import Sandbox

RECORDS: Final = int(os.environ.get("MEMORY_RECORDS", "1000000"))
ABOVE_START_UP: Final = 60 * 1024
"""Kilobytes the peak of a long run may lie above that of a run with one record."""

_BLOCK: Final = 1000
_RECORDS_PER_STATE: Final = 10_000
_DOCUMENTS: Final = [cpf(number) for number in range(_BLOCK)]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")


@contextmanager
def fast_server() -> Iterator[str]:
    """An API that says yes to everything, faster than the sandbox can; its address."""
    command = [sys.executable, "-m", "benchmarks.server"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        yield json.loads(server.stdout.readline())["url"]
        server.stdin.close()


def stats(url: str) -> dict[str, Any]:
    import requests  # noqa: PLC0415 - only the long tests talk to the fast server

    said: dict[str, Any] = requests.get(f"{url}/_bench/stats", timeout=30).json()
    return said


@dataclass
class Peak:
    """The largest resident set a process has had, read until it ends."""

    pid: int
    kilobytes: int = 0
    _thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while (found := self._read()) is not None:
            self.kilobytes = max(self.kilobytes, found)
            time.sleep(0.05)

    def _read(self) -> int | None:
        try:
            status = Path(f"/proc/{self.pid}/status").read_text()
        except OSError:
            return None
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        return int(found[1]) if found else None


def block(begin: int, bad_every: int | None) -> bytes:
    """A thousand clientes that nobody has seen before."""
    lines = []
    for number in range(begin, begin + _BLOCK):
        bad = bad_every is not None and number % bad_every == 0
        name = "null" if bad else f'"Cliente de Número {number}"'
        lines.append(
            f'{{"type":"RECORD","record":{{"stream":"clientes","emitted_at":1767225600000,"data":'
            f'{{"idRetaguarda":"C-{number:07d}","nome":{name},"cpfCnpj":"{_DOCUMENTS[number - begin]}",'
            f'"endereco":"Rua das Palmeiras","numero":"{number % 3000}","bairro":"Centro","cidade":"São Paulo",'
            f'"estado":"SP","cep":"01310100","email":"cliente.{number}@example.com","telefone":"1130001000"}}}}}}\n'
        )
    return "".join(lines).encode()


@dataclass(frozen=True)
class Kind:
    """What a long run is like."""

    states: bool = True
    bad_every: int | None = None

    @property
    def good(self) -> int:
        return RECORDS - (RECORDS // self.bad_every if self.bad_every else 0)


KINDS: Final[Mapping[str, Kind]] = {
    "all good": Kind(),
    "no state ever": Kind(states=False),
    "every fifth rejected": Kind(bad_every=5),
}


def config(sandbox: Sandbox, url: str, folder: Path) -> dict[str, Any]:
    """The defaults, at another address."""
    sandbox.url = url
    return sandbox.config(object_storage_config={"storage_type": "Local", "path": str(folder / "letters")})


def long_run(folder: Path, settings: Mapping[str, Any], kind: Kind, records: int) -> tuple[Result, int]:
    """A write of that many records, and its peak in kilobytes."""
    run = Write(folder, settings).start()
    peak = Peak(run.process.pid)
    stdin = run.process.stdin
    assert stdin is not None
    if records < _BLOCK:
        run.send(*(record(good(number)) for number in range(records)), state(records))
    try:
        for begin in range(0, records - _BLOCK + 1, _BLOCK):
            stdin.write(block(begin, kind.bad_every))
            done = begin + _BLOCK
            if kind.states and done % _RECORDS_PER_STATE == 0:
                run.send(state(done))
        run.close()
    except BrokenPipeError:
        pass  # what it said before it ended tells more
    return run.finish(timeout=600), peak.kilobytes


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", KINDS)
def test_a_million_records_need_no_more_memory_than_one(name: str, tmp_path: Path) -> None:
    kind = KINDS[name]
    with fast_server() as url:
        settings = config(Sandbox(), url, tmp_path)
        (first, start_up) = long_run(tmp_path, settings, Kind(), 1)
        assert first.code == 0, first.everything
        (result, peak) = long_run(tmp_path, settings, kind, RECORDS)
        seen = stats(url)
    above = (peak - start_up) / 1024
    print(f"{name}: start-up {start_up / 1024:.1f} MB, peak {peak / 1024:.1f} MB, {above:.1f} MB above")  # noqa: T201 - the figure is the point
    print(f"{result.seconds:.0f} s for {RECORDS} records, {seen['sends']} requests")  # noqa: T201 - as above
    assert result.code == 0, result.everything[-3000:]
    assert seen["records"] == kind.good + 1
    if kind.states:
        assert result.counts == (kind.good, RECORDS - kind.good)
    assert peak - start_up <= ABOVE_START_UP


@pytest.mark.slow
def test_a_server_that_stalls_makes_the_source_wait(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.fault("send", "stall", seconds=60, times=100)
    run = Write(tmp_path, sandbox.config(lote={"records_per_lote": 200})).start()
    assert run.process.stdin is not None
    piece = block(0, None)
    written = [0]

    def pour() -> None:
        try:
            while True:
                run.process.stdin.write(piece)  # type: ignore[union-attr] # seen above
                written[0] += len(piece)
        except OSError:
            return

    source = threading.Thread(target=pour, daemon=True)
    source.start()
    end = time.monotonic() + 60
    while not sandbox.state()["requests"].get("send"):
        assert time.monotonic() < end
        time.sleep(0.05)
    before = -1
    while written[0] != before:
        before = written[0]
        time.sleep(3)
    assert source.is_alive()
    # Two loads of 200 records, a few blocks of 256 kB between the threads, and the pipe.
    assert 0 < written[0] < 4_000_000
    run.process.terminate()
    assert run.finish().code == 1
    source.join(30)
    assert not source.is_alive()
