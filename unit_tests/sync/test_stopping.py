"""Waits that end in time: on a request to stop, and before the platform loses patience."""

import math
from dataclasses import replace

import pytest

from source_destination_clientes.errors import Interrupted, TransientError
from source_destination_clientes.http.retry import RetryPolicy
from source_destination_clientes.http.transport import Answer, Request
from source_destination_clientes.lote.load import Load
from source_destination_clientes.runtime.stopping import Stop
from source_destination_clientes.sync.delivery import Delivered
from source_destination_clientes.sync.sync import Courier
from unit_tests.kit.fakes import FakeServer, answer, make_caller, make_entry
from unit_tests.sync.test_delivery import Bench, FakePdvsync

PLATFORM_SECONDS = 7200
LONGEST_TIMEOUT = 600


def test_a_wait_beyond_the_limit_is_refused_before_it_begins() -> None:
    stop = Stop(lambda: 100.0)
    stop.limit_waits(130.0)
    stop.sleep(0)
    with pytest.raises(TransientError, match="next sync"):
        stop.sleep(30.1)
    stop.limit_waits(math.inf)
    stop.sleep(0)


def test_closing_a_lote_may_go_on_for_ten_minutes_beyond_the_limit() -> None:
    stop = Stop(lambda: 100.0)
    stop.request()
    stop.limit_waits(130.0)
    with pytest.raises(TransientError, match="next sync"):
        stop.sleep_in_grace(630.1)


def test_a_stop_ends_a_wait_at_once() -> None:
    stop = Stop()
    stop.request()
    with pytest.raises(Interrupted):
        stop.sleep(600)


def deliver(bench: Bench, *, after_input: float | None = None) -> Delivered:
    """One load through a courier whose waits are those of the bench."""

    def sleep(seconds: float) -> None:
        bench.stop.sleep(0)
        bench.time.seconds += seconds
        bench.stop.sleep(0)

    clock = replace(bench.time.clock(), sleep=sleep)
    policy = RetryPolicy(budget=90 * 60, timeout=LONGEST_TIMEOUT)
    bench.delivery.clock = clock
    bench.delivery.api = bench.delivery.closing_api = replace(
        bench.delivery.api, caller=make_caller(bench.server, bench.time, clock=clock, policy=policy)
    )
    courier = Courier(bench.delivery, lambda: None)
    if after_input is not None:
        courier.no_more_input()
        bench.time.seconds += after_input
    load = Load(1000)
    load.fill([make_entry(f"k{number}") for number in range(40)], now=0)
    courier.send(load)
    delivered = courier.collect(bench.stop)
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
    assert holder[0].time.seconds + 2 * LONGEST_TIMEOUT < PLATFORM_SECONDS


def test_what_is_left_after_the_end_of_input_has_the_time_of_one_load() -> None:
    server, holder = slow_server(80)
    holder.append(Bench(server))
    assert isinstance(deliver(holder[0], after_input=3600).error, TransientError)
    assert holder[0].time.seconds + 2 * LONGEST_TIMEOUT < PLATFORM_SECONDS


def test_a_delivery_that_was_in_time_leaves_no_limit_behind() -> None:
    bench = Bench(FakePdvsync())
    assert deliver(bench).error is None
    bench.time.seconds += 2 * PLATFORM_SECONDS
    bench.stop.sleep(0)
