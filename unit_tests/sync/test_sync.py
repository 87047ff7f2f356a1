"""One write from the first line to the last state, on fakes from the socket to the disk."""

import json
import queue
import threading
from collections.abc import Generator, Iterator
from io import BytesIO
from typing import Any

import pytest

from source_destination_clientes.cliente.fields import ObjectKind
from source_destination_clientes.cliente.mapping import MapperOptions
from source_destination_clientes.errors import ConfigError, FatalError, Interrupted, TransientError
from source_destination_clientes.http.retry import RetryPolicy
from source_destination_clientes.http.transport import Answer, Request
from source_destination_clientes.lote.load import Load
from source_destination_clientes.lote.shop_follower import FollowOptions, StoreFollower
from source_destination_clientes.protocol.catalog import ConfiguredStream
from source_destination_clientes.protocol.stdin import Inbox, LineSource, MessageSource
from source_destination_clientes.rejection.dead_letter import DeadLetter
from source_destination_clientes.rejection.row import JobIdentity
from source_destination_clientes.rejection.tally import Tally
from source_destination_clientes.rejection.thresholds import Thresholds
from source_destination_clientes.retaguarda.api import Retaguarda
from source_destination_clientes.runtime.stopping import Stop
from source_destination_clientes.settings import Rejections
from source_destination_clientes.sync.delivery import Delivery, LoteOptions
from source_destination_clientes.sync.routes import Route, Routes, build_route
from source_destination_clientes.sync.settlement import Settlement
from source_destination_clientes.sync.sync import Courier, Sync
from unit_tests.kit.fakes import ACCEPTING, FakeReporter, FakeServer, FakeTime, answer, make_caller

END = object()
STREAMS = ("clientes", "members")


class Pdvsync:
    """Keeps lotes, and clientes once their lote is closed; refuses each cliente named BAD."""

    def __init__(self) -> None:
        self.open: dict[str, list[str]] = {}
        self.closed: dict[str, list[str]] = {}
        self.down = False

    def __call__(self, request: Request) -> Answer:
        if self.down:
            return answer(b"", 503)
        if request.operation == "open a lote":
            assert not self.open, "one lote at a time"
            code = f"L-{len(self.closed) + 1}"
            self.open[code] = []
            return answer({"success": True, "data": {"loteOrigem": code}})
        if request.operation == "close the lote":
            code = request.url.rsplit("/", 1)[1]
            self.closed[code] = self.open.pop(code)
            return answer(b"")
        if request.operation == "ask for the status of a lote":
            store = {"idRetaguardaLoja": "0101", "status": 6, "errosIdentificados": [{"idRetaguarda": "C-1"}]}
            return answer({"success": True, "data": {"lojaLotes": [store]}})
        return self._send(json.loads(request.body))

    def _send(self, records: list[dict[str, Any]]) -> Answer:
        if any(record["nome"] == "BAD" for record in records):
            return answer({"code": "400", "message": "Erro", "details": [{"message": "nome"}]}, 400)
        for record in records:
            self.open[record["loteOrigem"]].append(record["idRetaguarda"])
        return answer(ACCEPTING)

    @property
    def tills(self) -> set[str]:
        return {key for keys in self.closed.values() for key in keys}


class Shelf:
    location = "shelf"
    roll_seconds = 15.0

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.away = False

    def put(self, path: str, content: bytes) -> None:
        if self.away:
            raise TransientError("the shelf is away")
        self.rows += [json.loads(line) for line in content.splitlines()]

    def get(self, path: str) -> bytes:
        raise NotImplementedError

    def list(self, prefix: str) -> Iterator[str]:
        raise NotImplementedError

    def delete(self, path: str) -> None:
        raise NotImplementedError


class Bench:
    """A sync on fakes, whose stdin is fed by the test, line by line unless `stdin` is all of it."""

    def __init__(
        self,
        *,
        follow: bool = False,
        limits: dict[str, Any] | None = None,
        lote: int = 3,
        stdin: bytes | None = None,
    ) -> None:
        self.time = FakeTime()
        self.pdvsync = Pdvsync()
        self.server = FakeServer(reply=self.pdvsync)
        self.shelf = Shelf()
        self.reporter = FakeReporter()
        self.stop = Stop(lambda: self.time.seconds)
        self._lines: queue.SimpleQueue[Any] = queue.SimpleQueue()
        clock = self.time.clock()
        caller = make_caller(self.server, self.time, policy=RetryPolicy(budget=30, timeout=5))
        api = Retaguarda(caller, "https://c.example", "https://k.example", "https://c.example", "v2", "inq")
        options = LoteOptions(10, 2, 300, "wait_then_close", 60)
        delivery = Delivery(api, api, options, clock, self.stop, self.reporter)
        fed = MessageSource(iter(self._lines.get, END))
        inbox = Inbox(fed if stdin is None else LineSource(BytesIO(stdin)))
        identity = JobIdentity("42")
        self.sync = Sync(
            inbox=inbox,
            routes=Routes([self._route(name) for name in STREAMS]),
            courier=Courier(delivery, inbox.ring),
            settlement=Settlement(
                dead_letter=DeadLetter(self.shelf, identity, clock),
                tally=Tally(10),
                thresholds=Thresholds(Rejections(**(limits or {}))),
                reporter=self.reporter,
                identity_of=lambda _record: identity,
                clock=clock,
                new_id=lambda: "id",
            ),
            clock=clock,
            stop=self.stop,
            records_per_lote=lote,
            max_open_seconds=300,
            stores=StoreFollower(api, FollowOptions(0, 60), clock, self.reporter, inbox.ring)
            if follow
            else None,
        )

    def _route(self, name: str) -> Route:
        options = MapperOptions(id_inquilino="inq", id_proprietario="p")
        return build_route(ConfiguredStream(name, None, "append", None, None), ObjectKind.CLIENTE, options)

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

    @property
    def operations(self) -> list[str]:
        return [request.operation for request in self.server.requests]


def gather(messages: Iterator[bytes], states: list[int]) -> None:
    for message in messages:
        states.append(json.loads(message)["state"]["id"])  # noqa: PERF401 - what came before an error counts


def record(number: object, nome: str | None = "Ana", stream: str = "clientes") -> bytes:
    data = {"idRetaguarda": f"C-{number}", "nome": nome, "cpfCnpj": "52998224725"}
    return json.dumps({"type": "RECORD", "record": {"stream": stream, "data": data}}).encode()


def state(number: int, stream: str = "clientes") -> bytes:
    body = {"type": "STREAM", "id": number, "stream": {"stream_descriptor": {"name": stream}}}
    return json.dumps({"type": "STATE", "state": body}).encode()


def test_states_leave_in_order_after_their_lotes_are_closed() -> None:
    bench = Bench().feed(*[line for n in range(10) for line in (record(n), state(n))])
    seen: list[int] = []
    for message in bench.sync.run():
        seen.append(json.loads(message)["state"]["id"])
        assert {f"C-{n}" for n in seen} <= bench.pdvsync.tills
    assert seen == list(range(10))
    assert [len(keys) for keys in bench.pdvsync.closed.values()] == [3, 3, 3, 1]
    assert bench.sync.lotes == 4


def test_records_behind_the_last_state_are_delivered_all_the_same() -> None:
    bench = Bench().feed(record(1), state(1), record(2))
    assert bench.run() == [1]
    assert bench.pdvsync.tills == {"C-1", "C-2"}


def test_an_empty_source_opens_nothing() -> None:
    bench = Bench().feed()
    assert bench.run() == []
    assert bench.server.requests == []


def test_a_state_without_records_leaves_at_once() -> None:
    bench = Bench().feed(state(1))
    assert bench.run() == [1]
    assert bench.server.requests == []


def test_a_rejected_record_is_durable_before_its_state_leaves() -> None:
    bench = Bench().feed(record(1), record(2, nome=None), record(3, nome="BAD"), state(1))
    for _ in bench.sync.run():
        assert {(row["stage"], row["reason"]) for row in bench.shelf.rows} == {
            ("mapping", "missing_field"),
            ("api", "refused_by_api"),
        }
    assert bench.pdvsync.tills == {"C-1"}


def test_an_error_of_the_dead_letter_keeps_the_state_back_and_leaves_no_lote_open() -> None:
    bench = Bench().feed(record(1), state(1), record(2, nome=None), state(2), record(3), record(4))
    bench.shelf.away = True
    assert bench.until(TransientError) == [1]
    assert "shelf" in bench.error
    assert bench.pdvsync.open == {}
    assert not any("shelf" in text for _, text in bench.reporter.lines), "the error itself says it"


def test_trouble_while_ending_is_told_beside_the_error_that_ended_the_sync() -> None:
    bench = Bench().feed(record(2, nome=None), state(1), b'{"type":"RECORD", broken')
    bench.shelf.away = True
    assert bench.until(FatalError) == []
    assert ("WARN", "While ending: the shelf is away") in bench.reporter.lines


def test_a_sync_that_fails_at_the_api_gives_up_the_states_that_are_due_and_no_other() -> None:
    bench = Bench(lote=1)
    outage = threading.Event()
    deliver = bench.pdvsync

    def reply(request: Request) -> Answer:
        if request.operation == "open a lote" and deliver.closed:
            outage.set()
        return answer(b"", 503) if outage.is_set() else deliver(request)

    bench.server.reply = reply
    bench.feed(record(1), state(1), record(2), state(2), record(3), state(3))
    assert bench.until(TransientError) == [1]
    assert "open a lote" in bench.error


def test_a_line_that_could_be_a_record_ends_the_sync_after_what_is_in_flight() -> None:
    bench = Bench().feed(*(record(n) for n in range(3)), state(1), b'{"type":"RECORD", broken')
    assert bench.until(FatalError) == [1]
    assert bench.pdvsync.tills == {"C-0", "C-1", "C-2"}
    assert bench.sync.lotes == 1


def test_a_record_of_an_unknown_stream_ends_the_sync() -> None:
    bench = Bench().feed(record(1, stream="orders"), state(1))
    assert bench.until(ConfigError) == []
    assert "orders" in bench.error


def test_noise_and_messages_of_other_kinds_are_counted() -> None:
    bench = Bench().feed(b"hello", b'{"type":"LOG","log":{}}', b"", record(1))
    bench.run()
    assert bench.sync.ignored == {"noise": 1, "LOG": 1, "blank": 1}
    assert any("no messages: 1" in line for line in bench.sync.summary())


def test_closing_the_generator_early_leaves_no_lote_open_and_no_thread_at_work() -> None:
    bench = Bench(lote=1).feed(*[line for n in range(50) for line in (record(n), state(n))])
    running = bench.sync.run()
    assert isinstance(running, Generator)
    next(running)
    running.close()
    assert bench.pdvsync.open == {}
    assert not bench.sync.courier.away


def test_a_quiet_source_keeps_neither_record_nor_state_waiting() -> None:
    bench = Bench(lote=1000).feed(record(1), state(1), end=False)
    # The load is due as soon as anybody looks at the clock.
    bench.sync.max_open_seconds = 0
    running = bench.sync.run()
    assert json.loads(next(running))["state"]["id"] == 1
    assert bench.pdvsync.open == {}
    bench.feed()
    assert list(running) == []


def test_rejections_of_a_quiet_source_become_durable_without_further_lines() -> None:
    bench = Bench(limits={"fail_when_all_rejected": False}).feed(record(1, nome=None), state(1), end=False)
    running = bench.sync.run()
    assert json.loads(next(running))["state"]["id"] == 1
    assert len(bench.shelf.rows) == 1
    bench.feed()
    assert list(running) == []


def test_a_request_to_stop_ends_the_sync_and_settles_what_was_in_flight() -> None:
    bench = Bench(lote=1)

    def reply(request: Request) -> Answer:
        if request.operation == "close the lote" and bench.pdvsync.closed:
            bench.stop.request()
        return bench.pdvsync(request)

    bench.server.reply = reply
    bench.feed(*[line for n in range(5) for line in (record(n), state(n))])
    states = bench.until(Interrupted)
    # The stop may come before the line with the last state was read.
    assert states in (list(range(len(bench.pdvsync.tills))), list(range(len(bench.pdvsync.tills) - 1)))
    assert states != []
    assert bench.pdvsync.open == {}


def test_a_load_that_came_back_is_settled_although_a_stop_was_asked_for_meanwhile() -> None:
    bench = Bench(lote=1)
    sync, states = bench.sync, list[int]()
    for line in (record(1), state(1)):
        sync._load.fill(sync._take([line]), now=0)
    gather(sync._hand_over(), states)
    for line in (record(2), state(2)):
        sync._load.fill(sync._take([line]), now=0)
    while not sync.courier.back:
        sync.inbox.get(0.1)
    bench.stop.request()
    with pytest.raises(Interrupted):
        gather(sync._hand_over(), states)
    assert states == [1]
    assert bench.pdvsync.tills == {"C-1"}


def test_a_broken_threshold_ends_the_sync_before_any_state_leaves() -> None:
    bench = Bench(limits={"fail_above_records": 1})
    bench.feed(record(1), record(2, nome=None), record(3, nome=None), state(1))
    assert bench.until(ConfigError) == []
    assert "fail_above_records" in bench.error
    assert len(bench.shelf.rows) == 2


def test_what_the_stores_refuse_lies_in_the_dead_letter_after_every_state_has_left() -> None:
    bench = Bench(follow=True).feed(record(1), record(2), state(1))
    assert bench.run() == [1]
    assert [(row["stage"], row["key"]) for row in bench.shelf.rows] == [("store", "C-1")]
    assert any("refused later: refused_by_store 1" in line for line in bench.sync.summary())


def test_the_wait_for_the_stores_ends_before_the_platform_loses_patience() -> None:
    bench = Bench(follow=True).feed(record(1), state(1))
    assert bench.sync.stores is not None
    bench.sync.stores._options = FollowOptions(0, 10 * 7200)

    def never_done(request: Request) -> Answer:
        if request.operation != "ask for the status of a lote":
            return bench.pdvsync(request)
        bench.time.seconds += 600
        return answer({"success": True, "data": {"lojaLotes": [{"status": 1, "idRetaguardaLoja": "01"}]}})

    bench.server.reply = never_done
    assert bench.run() == [1]
    assert bench.time.seconds > 6000
    bench.sync.stores.close()


def test_the_summary_counts_what_was_accepted_and_rejected() -> None:
    bench = Bench().feed(record(1), record(2, nome=None))
    bench.run()
    assert bench.sync.summary()[0].startswith("Stream clientes: 2 records settled, 1 accepted, 1 rejected")


class OddDelivery(Delivery):
    """A delivery that hangs, or ends without a word."""

    def __init__(self, time: FakeTime, stop: Stop, *, hangs: bool) -> None:
        api = Retaguarda(make_caller(FakeServer()), "", "", "", "v2", "inq")
        options = LoteOptions(10, 2, 300, "wait_then_close", 60)
        super().__init__(api, api, options, time.clock(), stop, FakeReporter())
        self.never = threading.Event()
        self.hangs = hangs

    def deliver(self, load: Load) -> Any:
        if self.hangs:
            self.never.wait()
        raise SystemExit


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_delivery_that_hangs_does_not_keep_a_stopped_sync_from_ending() -> None:
    time = FakeTime()
    stop = Stop(lambda: time.seconds)
    delivery = OddDelivery(time, stop, hangs=True)
    courier = Courier(delivery, lambda: None)
    courier.send(Load(1))
    stop.request()
    time.seconds = 26
    with pytest.raises(Interrupted):
        courier.collect(stop)
    assert not courier.away
    delivery.never.set()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_delivery_that_says_nothing_of_its_records_is_no_success() -> None:
    time = FakeTime()
    stop = Stop(lambda: time.seconds)
    courier = Courier(OddDelivery(time, stop, hangs=False), lambda: None)
    courier.send(Load(1))
    with pytest.raises(FatalError, match="not delivered"):
        courier.collect(stop)


def test_there_is_nothing_to_collect_before_anything_was_sent() -> None:
    time, stop = FakeTime(), Stop()
    courier = Courier(OddDelivery(time, stop, hangs=False), lambda: None)
    assert (courier.away, courier.back, courier.collect(stop)) == (False, False, None)
