"""Running one command against the stand-in and taking its figures."""

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

from benchmarks.results import RoundTrip, Settings

_CONTROL: Final = "/controleprocesso/api/retaguarda/v2/inquilinolotesexternos"
_CLIENTES: Final = "/cliente/api/retaguarda/v2/clientes"
_TRIPS: Final = 15
_POLL_SECONDS: Final = 0.003


def cores() -> tuple[int | None, int | None]:
    """A core for what is measured and one for the server; None where there are not two."""
    usable = sorted(os.sched_getaffinity(0))
    return (usable[0], usable[1]) if len(usable) > 1 else (None, None)


class Server:
    """The stand-in as a process of its own, on a core of its own."""

    def __init__(self, core: int | None) -> None:
        self._command = [sys.executable, "-m", "benchmarks.server"]
        if core is not None:
            self._command += ["--cpu", str(core)]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        self.url: str = json.loads(self._process.stdout.readline())["url"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=10)

    def _ask(self, path: str) -> dict[str, Any]:
        connection = self.connect()
        connection.request("GET", path)
        answer: dict[str, Any] = json.load(connection.getresponse())
        connection.close()
        return answer

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=30)

    def reset(self, latency_ms: int) -> None:
        self._ask(f"/_bench/reset/{latency_ms}")

    def stats(self) -> dict[str, Any]:
        return self._ask("/_bench/stats")


@dataclass(frozen=True, slots=True)
class Figures:
    """What one process took: seconds, MiB. `start_up` is what it took until it first read from stdin, if it ever did."""

    seconds: float
    cpu_seconds: float
    peak_rss_mib: float
    start_up_seconds: float | None = None
    start_up_cpu_seconds: float | None = None


def run(command: Sequence[str], *, stdin: Path | None, environment: Mapping[str, str], log: Path) -> Figures:
    """Run to the end and measure, children it waited for included. Raises `RuntimeError` when it fails."""
    with (stdin or Path(os.devnull)).open("rb") as source, log.open("wb") as output:
        started = time.monotonic()
        process = subprocess.Popen(
            command, stdin=source, stdout=output, stderr=subprocess.STDOUT, env={**os.environ, **environment}
        )
        first_read = _wait_for_first_read(process.pid, started) if stdin else (None, None)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
    # Popen must not wait for what is already gone.
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        tail = log.read_text(errors="replace")[-1500:]
        raise RuntimeError(f"{Path(command[0]).name} ended with {process.returncode}: {tail}")
    return Figures(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, *first_read)


def _wait_for_first_read(pid: int, started: float) -> tuple[float | None, float | None]:
    """Seconds and CPU seconds until stdin, a file, was first read; None when the process ends before."""
    position = Path(f"/proc/{pid}/fdinfo/0")
    while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        # A process that ends just now has no descriptors left.
        with suppress(OSError):
            if position.read_text().split(maxsplit=2)[1] != "0":
                return time.monotonic() - started, time.clock_gettime(_cpu_clock(pid))
        time.sleep(_POLL_SECONDS)
    return None, None


def _cpu_clock(pid: int) -> int:
    """The clock of another process's CPU time, as clock_getcpuclockid(3) makes it, which Python does not offer."""
    return (~pid << 3) | 2


def round_trip(server: Server, latency_ms: int, settings: Settings, body: bytes) -> RoundTrip:
    """Time the three calls of a lote on one connection, one after the other."""
    server.reset(latency_ms)
    connection = server.connect()

    def call(method: str, path: str, content: bytes | None) -> float:
        started = time.monotonic()
        connection.request(method, path, content)
        connection.getresponse().read()
        return time.monotonic() - started

    def typical(once: Callable[[], float]) -> float:
        return median([once() for _ in range(_TRIPS)])

    call("POST", _CLIENTES, body)
    trip = RoundTrip(
        latency_ms,
        settings,
        open=typical(lambda: call("POST", _CONTROL, b"{}")),
        send=typical(lambda: call("POST", _CLIENTES, body)),
        close=typical(lambda: call("PUT", f"{_CONTROL}/inq-1/L", None)),
    )
    connection.close()
    return trip
