"""The request to stop, and the signals that make it."""

import math
import signal
import threading
from collections.abc import Iterator

import pytest

from source_destination_clientes.errors import Interrupted, TransientError
from source_destination_clientes.runtime.deadlines import (
    STOP_CLOSING_SECONDS,
    STOP_DEAD_LETTER_SECONDS,
    STOP_SECONDS,
)
from source_destination_clientes.runtime.stopping import Stop, end_in_time, heed_signals
from unit_tests.kit.fakes import FakeTime


@pytest.fixture
def own_signals() -> Iterator[None]:
    """Signal handlers as they were."""
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def test_nobody_is_stopped_before_somebody_asks() -> None:
    stop = Stop()
    stop.check()
    stop.sleep(0)
    stop.sleep_while_closing(0)
    assert (stop.requested, stop.seconds_since) == (False, 0.0)


def test_a_second_request_does_not_start_the_time_for_closing_anew() -> None:
    time = FakeTime()
    stop = Stop(lambda: time.seconds)
    stop.request()
    time.seconds = 5
    stop.request()
    assert (stop.requested, stop.seconds_since) == (True, 5)


def test_closing_may_still_wait_within_its_time_and_not_beyond() -> None:
    time = FakeTime()
    stop = Stop(lambda: time.seconds)
    stop.request()
    stop.sleep_while_closing(0)
    time.seconds = STOP_CLOSING_SECONDS - 0.5
    stop.sleep_while_closing(0.01)
    time.seconds = STOP_CLOSING_SECONDS + 0.5
    with pytest.raises(Interrupted):
        stop.sleep_while_closing(0.01)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.usefixtures("own_signals")
def test_a_signal_asks_for_a_stop_and_wakes_whoever_waits(number: signal.Signals) -> None:
    stop, woken = Stop(), []
    heed_signals(stop, lambda: woken.append(1))
    signal.raise_signal(number)
    assert stop.requested
    assert woken == [1]


@pytest.mark.usefixtures("own_signals")
def test_a_second_signal_ends_the_process_as_if_nobody_heeded_it() -> None:
    heed_signals(Stop(), lambda: None)
    signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@pytest.mark.usefixtures("own_signals")
def test_a_terminal_that_goes_away_means_nothing_to_who_has_that_ignored() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    stop = Stop()
    heed_signals(stop, lambda: None)
    signal.raise_signal(signal.SIGHUP)
    assert not stop.requested


def test_what_cannot_be_interrupted_ends_with_its_result_or_its_error() -> None:
    stop = Stop()
    stop.request()
    assert stop.run_uninterruptible(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        stop.run_uninterruptible(lambda: 1 // 0)


def test_what_hangs_is_left_behind_when_a_stop_was_requested_long_ago() -> None:
    time, release = FakeTime(), threading.Event()
    stop = Stop(lambda: time.seconds)
    stop.request()
    time.seconds = STOP_DEAD_LETTER_SECONDS
    with pytest.raises(Interrupted):
        stop.run_uninterruptible(release.wait)
    release.set()


@pytest.mark.usefixtures("own_signals")
def test_a_signal_that_comes_while_its_own_thread_holds_the_lock_of_the_waits_is_heeded() -> None:
    stop = Stop()
    heed_signals(stop, lambda: None)
    with stop._changed:
        signal.raise_signal(signal.SIGTERM)
    assert stop.requested


def test_a_wait_ends_when_a_stop_is_requested() -> None:
    stop = Stop()
    threading.Timer(0.05, stop.request).start()
    with pytest.raises(Interrupted):
        stop.sleep(60)


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
        stop.sleep_while_closing(630.1)


@pytest.mark.usefixtures("own_signals")
def test_long_after_a_signal_the_process_ends_whatever_hangs() -> None:
    time, left, gone = FakeTime(), list[int](), threading.Event()
    stop = Stop(lambda: time.seconds)

    def leave(code: int) -> None:
        left.append(code)
        gone.set()

    end_in_time(stop, leave)
    heed_signals(stop, lambda: None)
    signal.raise_signal(signal.SIGTERM)
    assert left == []
    time.seconds = STOP_SECONDS
    assert gone.wait(10)
    assert left == [1]
