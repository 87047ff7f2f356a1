"""Cancelled as Airbyte's platform does it: no signal arrives, only the end of stdin and a stdout that nobody reads.

The platform runs the connector as the grandchild of a shell, which is the first process of its container. The shell ends some time
after the cancel, and the kernel kills the rest.
"""

import json
import os
import random
import shlex
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from integration_tests.harness import COMMAND, catalog, good, record, state
from integration_tests.sandbox_client import Sandbox

PATIENCE = 8.0
"""Seconds after the cancel until no lote may be open."""

WRAPPER = """\
(eval "$AIRBYTE_ENTRYPOINT write --config config.json --catalog catalog.json" < stdin > stdout 2> stderr) &
child=$!
while [ ! -f TERMINATED ]; do sleep 0.1; done
kill $child
"""

needs_namespaces = pytest.mark.skipif(
    os.name != "posix"
    or shutil.which("unshare") is None
    or subprocess.run(
        ["unshare", "--pid", "--fork", "--mount-proc", "true"], check=False, capture_output=True
    ).returncode
    != 0,
    reason="needs a process namespace of its own, which only root may have",
)


class Container:
    """The connector in a process namespace of its own, behind a shell; messages are sent as fast as they are taken."""

    def __init__(self, folder: Path, config: dict[str, Any]) -> None:
        self.folder = folder
        (folder / "config.json").write_text(json.dumps(config))
        (folder / "catalog.json").write_text(json.dumps(catalog()))
        for name in ("stdin", "stdout"):
            os.mkfifo(folder / name)
        self._shell = subprocess.Popen(
            ["unshare", "--pid", "--fork", "--mount-proc", "sh", "-c", WRAPPER],
            cwd=folder,
            env={
                **os.environ,
                "AIRBYTE_ENTRYPOINT": shlex.join(COMMAND),
                "PYTHONPATH": str(Path(__file__).parents[1]),
            },
        )
        self._stdin = os.open(folder / "stdin", os.O_WRONLY)
        self._stdout = os.open(folder / "stdout", os.O_RDONLY)
        self._cancelled = threading.Event()
        threading.Thread(target=self._feed, daemon=True).start()
        threading.Thread(target=self._read, daemon=True).start()

    def _feed(self) -> None:
        os.set_blocking(self._stdin, False)
        lines = _lines()
        pending = b""
        while not self._cancelled.is_set():
            pending = pending or next(lines)
            try:
                pending = pending[os.write(self._stdin, pending) :]
            except BlockingIOError:
                time.sleep(0.01)
            except BrokenPipeError:
                return
        os.close(self._stdin)

    def _read(self) -> None:
        os.set_blocking(self._stdout, False)
        while not self._cancelled.is_set():
            with suppress(BlockingIOError):
                os.read(self._stdout, 1 << 16)
            time.sleep(0.01)
        os.close(self._stdout)

    def cancel(self) -> None:
        """Whoever fed it and read it is gone. Nobody tells the connector."""
        self._cancelled.set()

    def end(self) -> None:
        """The first process ends, and with it every other one."""
        (self.folder / "TERMINATED").touch()
        self._shell.wait(10)


def _lines() -> Iterator[bytes]:
    number = 0
    while True:
        number += 1
        yield json.dumps(record(good(number))).encode() + b"\n"
        if number % 50 == 0:
            yield json.dumps(state(number)).encode() + b"\n"


@contextmanager
def contained(folder: Path, config: dict[str, Any]) -> Iterator[Container]:
    container = Container(folder, config)
    try:
        yield container
    finally:
        container.cancel()
        container.end()


def cut(latency: float, moment: float, folder: Path) -> None:
    """Cancel so many seconds after the first lote was asked for, and look what happens until the platform kills."""
    with Sandbox(latency_ms=latency * 1000) as sandbox:
        lote = {"records_per_lote": 100, "records_per_request": 10, "concurrent_requests": 4}
        with contained(folder, sandbox.config(lote=lote)) as container:
            _wait_for(sandbox, "open")
            time.sleep(moment)
            container.cancel()
            # What was on its way when the reader went has arrived by then.
            time.sleep(0.3)
            asked = sandbox.state()["requests"]["open"]
            end = time.monotonic() + PATIENCE
            while time.monotonic() < end and sandbox.state()["open_lotes"]:
                time.sleep(0.2)
            # An open that was on its way at the cancel may take effect only now.
            time.sleep(min(latency + 0.5, max(0.0, end - time.monotonic())))
            while time.monotonic() < end and sandbox.state()["open_lotes"]:
                time.sleep(0.2)
            books = sandbox.state()
        assert books["requests"]["open"] == asked, "a lote was opened after the cancel"
        assert books["open_lotes"] == 0, "a lote stayed open"
        assert "Traceback" not in (folder / "stderr").read_text()


def _wait_for(sandbox: Sandbox, operation: str) -> None:
    end = time.monotonic() + 60
    while not sandbox.state()["requests"].get(operation):
        assert time.monotonic() < end, f"no {operation}"
        time.sleep(0.02)


@needs_namespaces
@pytest.mark.parametrize("latency", [0.3, 1.0, 2.5])
def test_a_cancel_closes_the_lote_and_opens_no_other(latency: float, tmp_path: Path) -> None:
    seed = random.randrange(1 << 30)
    print("seed", seed)  # noqa: T201 - shown when it fails
    cut(latency, random.Random(seed).uniform(0, 4 * latency), tmp_path)


@pytest.mark.slow
@needs_namespaces
@pytest.mark.parametrize("number", range(8))
@pytest.mark.parametrize("latency", [0.3, 1.0, 2.5])
def test_a_cancel_at_any_moment_leaves_no_lote_open(latency: float, number: int, tmp_path: Path) -> None:
    seed = random.randrange(1 << 30) + number
    print("seed", seed)  # noqa: T201 - shown when it fails
    cut(latency, random.Random(seed).uniform(0, 6 * latency), tmp_path)
