"""The installed command as Airbyte runs it: config and catalog in files, messages through pipes."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

COMMAND: tuple[str, ...] = (sys.executable, "-m", "source_destination_clientes")


def record(data: Mapping[str, Any], stream: str = "clientes", namespace: str | None = None) -> dict[str, Any]:
    body = {"stream": stream, "data": data, "emitted_at": 1767225600000}
    return {"type": "RECORD", "record": body if namespace is None else {**body, "namespace": namespace}}


def state(number: int, stream: str = "clientes") -> dict[str, Any]:
    content = {"stream_descriptor": {"name": stream}, "stream_state": {"cursor": number}}
    return {"type": "STATE", "state": {"type": "STREAM", "id": number, "stream": content}}


def good(number: int, **changes: Any) -> dict[str, Any]:
    """A cliente that passes every check; CPFs are made from the number."""
    return {"idRetaguarda": f"C-{number:06d}", "nome": f"Cliente {number}", "cpfCnpj": cpf(number), **changes}


def cpf(number: int) -> str:
    digits = f"{number + 100000:09d}"
    for length in (10, 11):
        rest = (
            sum(int(digit) * weight for digit, weight in zip(digits, range(length, 1, -1), strict=True))
            * 10
            % 11
        )
        digits += str(rest % 10)
    return digits


def catalog(*streams: str, mode: str = "append_dedup", **extra: Any) -> dict[str, Any]:
    return {
        "streams": [
            {
                "stream": {
                    "name": name,
                    "json_schema": {"type": "object"},
                    "supported_sync_modes": ["incremental"],
                },
                "sync_mode": "incremental",
                "destination_sync_mode": mode,
                **extra,
            }
            for name in streams or ("clientes",)
        ],
    }


@dataclass
class Result:
    """What came out of a run."""

    code: int
    messages: list[dict[str, Any]]
    stderr: str
    stdout: bytes
    seconds: float

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["type"] == kind]

    @property
    def states(self) -> list[dict[str, Any]]:
        return [message["state"] for message in self.of("STATE")]

    @property
    def counts(self) -> tuple[int, int]:
        """Accepted and rejected, over all states."""
        stats = [message["destinationStats"] for message in self.states]
        return int(sum(s["recordCount"] for s in stats)), int(sum(s["rejectedRecordCount"] for s in stats))

    @property
    def errors(self) -> list[dict[str, Any]]:
        return [m["trace"]["error"] for m in self.of("TRACE") if m["trace"]["type"] == "ERROR"]

    @property
    def log(self) -> str:
        return "\n".join(message["log"]["message"] for message in self.of("LOG"))

    @property
    def everything(self) -> str:
        return self.stdout.decode(errors="replace") + self.stderr


@dataclass
class Write:
    """A write whose stdin is under the test's control."""

    folder: Path
    config: Mapping[str, Any]
    catalog: Mapping[str, Any] = field(default_factory=catalog)
    environment: Mapping[str, str] = field(default_factory=dict)
    _lines: list[tuple[float, bytes]] = field(default_factory=list)

    def start(self, *, listen: bool = True) -> "Write":
        """Start it; without `listen`, nobody reads its stdout."""
        config, configured = self.folder / "config.json", self.folder / "catalog.json"
        config.write_text(json.dumps(self.config))
        configured.write_text(json.dumps(self.catalog))
        command = [*COMMAND, "write", "--config", str(config), "--catalog", str(configured)]
        self._started = time.monotonic()
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **self.environment},
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        if listen:
            self._reader.start()
        self._errors: list[bytes] = []
        self._error_reader = threading.Thread(target=self._read_errors, daemon=True)
        self._error_reader.start()
        return self

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.append((time.monotonic(), line))

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        self._errors.extend(self.process.stderr)

    def send(self, *messages: Mapping[str, Any] | bytes) -> None:
        assert self.process.stdin is not None
        for message in messages:
            line = message if isinstance(message, bytes) else json.dumps(message).encode()
            self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    def messages(self) -> list[tuple[float, dict[str, Any]]]:
        return [(moment, json.loads(line)) for moment, line in list(self._lines)]

    def wait_for(self, found: Callable[[dict[str, Any]], bool], seconds: float = 30) -> float:
        """Wait until such a message came out; when that was."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for moment, message in self.messages():
                if found(message):
                    return moment
            time.sleep(0.02)
        raise AssertionError(
            f"no such message within {seconds} s: {self.messages()[-3:]} {b''.join(self._errors)[-2000:]!r}"
        )

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def finish(self, timeout: float = 90) -> Result:
        code = self.process.wait(timeout)
        self._reader.join(5)
        self._error_reader.join(5)
        lines = [line for _, line in self._lines]
        stderr = b"".join(self._errors).decode(errors="replace")
        # SIGKILL can cut the last line: it does not count.
        whole = [line for line in lines if line.endswith(b"\n")]
        return Result(
            code,
            [json.loads(line) for line in whole],
            stderr,
            b"".join(lines),
            time.monotonic() - self._started,
        )


def write(
    folder: Path,
    config: Mapping[str, Any],
    messages: Iterable[Mapping[str, Any] | bytes],
    configured: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Result:
    """Run a whole write."""
    run = Write(folder, config, configured or catalog(), environment or {}).start()
    try:
        run.send(*messages)
        run.close()
    except BrokenPipeError:
        pass
    return run.finish()


def command(*arguments: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None) -> Result:
    """Run any command to its end."""
    started = time.monotonic()
    done = subprocess.run(
        [*COMMAND, *arguments],
        input=stdin,
        capture_output=True,
        timeout=90,
        check=False,
        env={**os.environ, **(environment or {})},
    )
    messages = [json.loads(line) for line in done.stdout.splitlines() if line.startswith(b"{")]
    return Result(done.returncode, messages, done.stderr.decode(), done.stdout, time.monotonic() - started)


def dead_letter(folder: Path) -> list[dict[str, Any]]:
    """Every row of a local dead letter."""
    return [
        json.loads(line) for path in sorted(folder.rglob("*.jsonl")) for line in path.read_text().splitlines()
    ]


def self_signed_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for loopback that no authority vouches for, and its key."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "1",
        "-subj",
        "/CN=127.0.0.1",
        "-addext",
        "subjectAltName=DNS:files.example,IP:127.0.0.1",
    ]
    subprocess.run([*command, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    return certificate, key
