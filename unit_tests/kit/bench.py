"""A sync on fakes, from the socket to the disk; its delivery can also be used alone."""

import json
import queue
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest

from source_destination_clientes.cliente.mapping import MapperOptions
from source_destination_clientes.http.retry import RetryPolicy
from source_destination_clientes.lote.load import Entry, Load
from source_destination_clientes.lote.shop_follower import ShopFollower
from source_destination_clientes.manifest.shipped import shipped_manifest
from source_destination_clientes.protocol.catalog import ConfiguredStream
from source_destination_clientes.protocol.context import RunContext
from source_destination_clientes.protocol.stdin import Inbox, LineSource, MessageSource
from source_destination_clientes.rejection.dead_letter import DeadLetter
from source_destination_clientes.rejection.outcome import ACCEPTED, Outcome
from source_destination_clientes.rejection.retention import Retention
from source_destination_clientes.rejection.row import JobIdentity
from source_destination_clientes.rejection.tally import Tally
from source_destination_clientes.rejection.thresholds import Thresholds
from source_destination_clientes.retaguarda.api import Retaguarda
from source_destination_clientes.runtime.stopping import Stop
from source_destination_clientes.settings import Lote, Rejections, StoreStatusPoll
from source_destination_clientes.sync.courier import Courier
from source_destination_clientes.sync.delivery import Delivery, DeliveryReport
from source_destination_clientes.sync.lote_opening import LoteOpener
from source_destination_clientes.sync.misfits import MisfitWatch
from source_destination_clientes.sync.routes import Route, Routes, build_route
from source_destination_clientes.sync.run_record import RunRecord
from source_destination_clientes.sync.settlement import Settlement
from source_destination_clientes.sync.sync import Sync
from source_destination_clientes.sync.unchanged import Unchanged
from unit_tests.kit.fakes import FakeReporter, FakeServer, FakeTime, make_caller
from unit_tests.kit.objects import MemoryObjects
from unit_tests.kit.pdvsync import FakePdvsync
from unit_tests.kit.storage import MemoryStore

END = object()
STREAMS = ("clientes", "members")


def make_api(server: FakeServer, time: FakeTime, **caller: Any) -> Retaguarda:
    policy = RetryPolicy(budget=30, timeout=5)
    called = make_caller(server, time, **{"policy": policy, **caller})
    return Retaguarda(
        called,
        {"controle": "https://c.example", "cliente": "https://k.example"},
        "https://c.example",
        "v2",
        "inq",
    )


def make_lote(**options: Any) -> Lote:
    fields = {
        "records_per_request": 10,
        "records_per_lote": 3,
        "concurrent_requests": 3,
        "open_lote_wait_minutes": 1,
    }
    return Lote(**{**fields, **options})


class Bench:
    """Its stdin is fed by the test, line by line, unless `stdin` is all of it. `lote` has options of that section."""

    def __init__(
        self,
        server: FakeServer | FakePdvsync | None = None,
        *,
        follow: bool = False,
        limits: dict[str, Any] | None = None,
        stdin: bytes | None = None,
        unchanged: Unchanged | None = None,
        **lote: Any,
    ) -> None:
        self.time = FakeTime()
        self.pdvsync = server if isinstance(server, FakePdvsync) else FakePdvsync()
        self.server = server if isinstance(server, FakeServer) else FakeServer(reply=self.pdvsync)
        self.storage = MemoryStore()
        self.objects = MemoryObjects()
        self.reporter = FakeReporter()
        self.stop = Stop(lambda: self.time.seconds)
        self._lines: queue.SimpleQueue[Any] = queue.SimpleQueue()
        clock, options, api = self.time.clock(), make_lote(**lote), make_api(self.server, self.time)
        opener = LoteOpener(api, api, options, clock, self.reporter)
        context = RunContext(self.reporter, self.stop)
        self.unchanged = unchanged or Unchanged({}, context)
        objects = dict(shipped_manifest().sent())
        self.delivery = Delivery(api, opener, options, objects, clock, self.stop, self.unchanged)
        fed = MessageSource(iter(self._lines.get, END))
        inbox = Inbox(fed if stdin is None else LineSource(BytesIO(stdin)))
        identity = JobIdentity("42")
        poll = StoreStatusPoll(mode="poll", wait_minutes=1)
        routes = [_route(name) for name in STREAMS]
        self.sync = Sync(
            inbox=inbox,
            routes=Routes(routes),
            courier=Courier(self.delivery, inbox.wake),
            settlement=Settlement(
                dead_letter=DeadLetter(self.storage, identity, clock),
                tally=Tally(10),
                thresholds=Thresholds(Rejections(**(limits or {}))),
                reporter=self.reporter,
                identity_of=lambda _record: identity,
                clock=clock,
                kept=lambda record, _rejection: bytes(record.data),
                retention=Retention(None, 0, print),
                new_id=lambda: "id",
                misfits=MisfitWatch([(route.key, route.mapper.counts) for route in routes]),
            ),
            clock=clock,
            stop=self.stop,
            lote=options,
            record=RunRecord(identity, "inq", "k.example", context, self.objects),
            unchanged=self.unchanged,
            shops=ShopFollower(api, poll, 0, self.reporter, inbox.wake) if follow else None,
        )

    def use_api(self, api: Retaguarda) -> None:
        """Send, open and close with another one."""
        self.delivery.api = self.delivery.opener.api = self.delivery.opener.closing_api = api

    def deliver(self, *entries: Entry) -> DeliveryReport:
        """One load through the delivery, in this very thread."""
        load = Load(limit=10_000)
        assert not load.fill(entries, now=0)
        reports: list[DeliveryReport] = []
        self.delivery.deliver(load, reports.append)
        (report,) = reports
        return report

    def feed(self, *lines: bytes | object, end: bool = True) -> "Bench":
        for line in (*lines, *([END] if end else [])):
            self._lines.put(line)
        return self

    def run(self) -> list[int]:
        states: list[int] = []
        gather(self.sync.run(), states)
        return states

    def until(self, kind: type[Exception]) -> list[int]:
        """The states that left before the sync ended with such an error."""
        states: list[int] = []
        with pytest.raises(kind) as caught:
            gather(self.sync.run(), states)
        self.error = str(caught.value)
        return states


def _route(name: str) -> Route:
    stream = ConfiguredStream(name, None, "append", None, None)
    return build_route(stream, MapperOptions(id_inquilino="inq", id_proprietario="p"))


def gather(messages: Iterator[bytes], states: list[int]) -> None:
    for message in messages:
        states.append(json.loads(message)["state"]["id"])  # noqa: PERF401 - what came before an error counts


def settled(report: DeliveryReport) -> list[tuple[Entry, Outcome]]:
    """Every record with an outcome, and the outcome."""
    return [*((entry, ACCEPTED) for entry in report.outcomes.accepted), *report.outcomes.rejected]


def record(number: object, nome: str | None = "Ana", stream: str = "clientes", **more: object) -> bytes:
    data = {"idRetaguarda": f"C-{number}", "nome": nome, "cpfCnpj": "52998224725", **more}
    return json.dumps({"type": "RECORD", "record": {"stream": stream, "data": data}}).encode()


def state(number: int, stream: str = "clientes") -> bytes:
    body = {"type": "STREAM", "id": number, "stream": {"stream_descriptor": {"name": stream}}}
    return json.dumps({"type": "STATE", "state": body}).encode()
