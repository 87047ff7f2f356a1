"""One fake at the socket, a clock that never waits, and entries to send."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from source_destination_clientes.http.pace import Pace
from source_destination_clientes.http.retry import Caller, RetryPolicy, Wait
from source_destination_clientes.http.transport import Answer, NoAnswerError, Request
from source_destination_clientes.lote.load import Entry
from source_destination_clientes.protocol.checkpoint import Segment
from source_destination_clientes.protocol.output import Level
from source_destination_clientes.runtime.clock import Clock

START = datetime(2026, 1, 1, tzinfo=UTC)
ACCEPTING = b'{"success":true,"message":"Requisi\xc3\xa7\xc3\xa3o inserida com sucesso!","data":null,"errors":null,"totalTime":0,"numberOfRecords":0}'

Said = Answer | NoAnswerError | Exception


class FakeTime:
    """Seconds pass only by sleeping."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    def clock(self, chance: float = 1.0) -> Clock:
        return Clock(
            monotonic=lambda: self.seconds,
            now=lambda: START + timedelta(seconds=self.seconds),
            sleep=self.sleep,
            random=lambda: chance,
        )


@dataclass
class FakeServer:
    """Answers requests from a script, or by a function; remembers what was asked."""

    script: list[Said] = field(default_factory=list)
    reply: Callable[[Request], Said] | None = None
    requests: list[Request] = field(default_factory=list)

    def __call__(self, request: Request, timeout: float) -> Answer:
        assert timeout > 0
        self.requests.append(request)
        said = self.script.pop(0) if self.script else self.reply(request) if self.reply else None
        assert said is not None, f"nobody expected {request.operation}"
        if isinstance(said, Exception):
            raise said
        return said

    def close(self) -> None:
        """No connection is kept."""


@dataclass
class FakeReporter:
    """Keeps what was said."""

    lines: list[tuple[str, str]] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)

    def log(self, level: Level, text: str) -> None:
        self.lines.append((level, text))

    def learn_secret(self, secret: str) -> None:
        self.secrets.append(secret)

    def masked(self, text: str) -> str:
        for secret in self.secrets:
            text = text.replace(secret, "****")
        return text


def answer(body: object, status: int = 200, **headers: str) -> Answer:
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return Answer(status, raw, {key.replace("_", "-"): value for key, value in headers.items()})


def make_caller(server: FakeServer, time: FakeTime | None = None, **changes: Any) -> Caller:
    waits: list[Wait] = []
    fields: dict[str, Any] = {
        "transport": server,
        "policy": RetryPolicy(budget=600, timeout=60),
        "clock": (time or FakeTime()).clock(),
        "on_wait": waits.append,
    }
    fields |= changes
    return Caller(**{"pace": Pace(monotonic=fields["clock"].monotonic), **fields})


def make_entry(key: str, version: int = 1, kind: str = "cliente", size: int = 0) -> Entry:
    body = (
        b'{"idRetaguarda":"'
        + key.encode()
        + b'","nome":"'
        + b"v" * (size or 1)
        + str(version).encode()
        + b'"'
    )
    line = b'{"type":"RECORD","record":{"stream":"clientes","data":{"version":%d}}}' % version
    return Entry(key, body, line, kind, Segment())
