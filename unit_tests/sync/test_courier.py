"""Deliveries in a thread of their own, whose waits end on a request to stop and before the platform loses patience."""

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from source_destination_clientes.errors import FatalError, Interrupted, TransientError
from source_destination_clientes.http.retry import RetryPolicy
from source_destination_clientes.http.transport import Answer, Request
from source_destination_clientes.lote.load import Load
from source_destination_clientes.runtime.deadlines import LONGEST_REQUEST_SECONDS, PLATFORM_SECONDS
from source_destination_clientes.sync.courier import Courier
from source_destination_clientes.sync.delivery import Delivery, DeliveryReport
from unit_tests.kit.bench import Bench, make_api
from unit_tests.kit.fakes import FakeServer, answer, make_entry
from unit_tests.kit.pdvsync import FakePdvsync


def deliver(bench: Bench, *, after_input: float | None = None) -> DeliveryReport:
    """One load through a courier whose waits are those of the bench."""

    def sleep(seconds: float) -> None:
        bench.stop.sleep(0)
        bench.time.seconds += seconds
        bench.stop.sleep(0)

    clock = replace(bench.time.clock(), sleep=sleep)
    policy = RetryPolicy(budget=90 * 60, timeout=LONGEST_REQUEST_SECONDS)
    bench.delivery.clock = bench.delivery.opener.clock = clock
    bench.use_api(make_api(bench.server, bench.time, clock=clock, policy=policy))
    courier = Courier(bench.delivery, lambda: None)
    if after_input is not None:
        courier.start_final_deadline()
        bench.time.seconds += after_input
    load = Load(1000)
    load.fill([make_entry(f"k{number}") for number in range(40)], now=0)
    assert courier.send(load) is None
    delivered = courier.collect()
    assert delivered is not None
    return delivered


def slow_server(minutes: float) -> tuple[FakeServer, list[Bench]]:
    """Every call works only after so many minutes of 503."""
    pdvsync, holder, since = FakePdvsync(), list[Bench](), dict[str, float]()

    def reply(request: Request) -> Answer:
        now = holder[0].time.seconds
        if now - since.setdefault(request.operation, now) < minutes * 60:
            return answer(b"", 503)
        since.pop(request.operation)
        return pdvsync(request)

    return FakeServer(reply=reply), holder


@pytest.mark.parametrize("minutes", [30, 60, 80])
def test_retries_of_call_after_call_end_before_the_platform_loses_patience(minutes: float) -> None:
    server, holder = slow_server(minutes)
    holder.append(Bench(server, concurrent_requests=1))
    delivered = deliver(holder[0])
    assert isinstance(delivered.error, TransientError)
    # Two calls may still be under way: the last chunk, and the closing of the lote.
    assert holder[0].time.seconds + 2 * LONGEST_REQUEST_SECONDS < PLATFORM_SECONDS


def test_what_is_left_after_the_end_of_input_has_the_time_of_one_load() -> None:
    server, holder = slow_server(80)
    holder.append(Bench(server))
    assert isinstance(deliver(holder[0], after_input=3600).error, TransientError)
    assert holder[0].time.seconds + 2 * LONGEST_REQUEST_SECONDS < PLATFORM_SECONDS


def test_a_delivery_that_was_in_time_leaves_no_limit_behind() -> None:
    bench = Bench(FakePdvsync())
    assert deliver(bench).error is None
    bench.time.seconds += 2 * PLATFORM_SECONDS
    bench.stop.sleep(0)


class OddDelivery(Delivery):
    """A delivery that hangs, or ends without a report."""

    def __init__(self, *, hangs: bool) -> None:
        bench = Bench(FakeServer())
        base = bench.delivery
        super().__init__(
            base.api, base.opener, base.lote, base.objects, base.clock, base.stop, base.unchanged
        )
        self.time = bench.time
        self.never = threading.Event()
        self.hangs = hangs

    def deliver(self, load: Load, hand_in: Callable[[DeliveryReport], None]) -> None:
        if self.hangs:
            self.never.wait()
        raise SystemExit


def one_record() -> Load:
    load = Load(1)
    load.fill([make_entry("k")], now=0)
    return load


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_delivery_that_hangs_does_not_keep_a_stopped_sync_from_ending() -> None:
    delivery = OddDelivery(hangs=True)
    courier = Courier(delivery, lambda: None)
    courier.send(one_record())
    delivery.stop.request()
    delivery.time.seconds = 26
    with pytest.raises(Interrupted):
        courier.collect()
    assert not courier.away
    delivery.never.set()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_delivery_that_says_nothing_of_its_records_is_no_success() -> None:
    courier = Courier(OddDelivery(hangs=False), lambda: None)
    courier.send(one_record())
    with pytest.raises(FatalError, match="not delivered"):
        courier.collect()


def test_there_is_nothing_to_collect_before_anything_was_sent() -> None:
    courier = Courier(OddDelivery(hangs=False), lambda: None)
    assert (courier.away, courier.back, courier.collect()) == (False, False, None)


def test_an_empty_load_is_not_sent_and_none_is_after_a_request_to_stop() -> None:
    delivery = OddDelivery(hangs=False)
    courier = Courier(delivery, lambda: None)
    assert (courier.send(Load(1)), courier.away) == (None, False)
    delivery.stop.request()
    assert (courier.send(one_record()), courier.away) == (None, False)


def test_a_load_is_not_begun_when_the_one_before_it_failed() -> None:
    bench = Bench(FakeServer(reply=lambda _request: answer(b"", 503)))
    courier = Courier(bench.delivery, lambda: None)
    courier.send(one_record())
    report = courier.send(one_record())
    assert report is not None
    assert isinstance(report.error, TransientError)
    assert not courier.away


def test_whoever_waits_is_woken_when_a_load_is_back() -> None:
    woken = threading.Event()
    bench = Bench()
    courier = Courier(bench.delivery, woken.set)
    courier.send(one_record())
    assert woken.wait(10)
    assert courier.back
    assert courier.collect() is not None
