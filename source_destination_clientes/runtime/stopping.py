"""How a run ends early: stop at the next safe point and finish what is in flight, within the limits of `deadlines`."""

import math
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from types import FrameType
from typing import TypeVar

from source_destination_clientes.errors import Interrupted, TransientError
from source_destination_clientes.runtime.deadlines import (
    CLOSING_SECONDS,
    STOP_CLOSING_SECONDS,
    STOP_DEAD_LETTER_SECONDS,
    STOP_SECONDS,
    STOP_SENDING_SECONDS,
)

T = TypeVar("T")


class Stop:
    """The request to stop, and waits that end with it. Safe to share between threads; `request` is safe in a signal handler."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        # A lock that its own thread may take again: a signal can come while this very thread begins or ends a wait.
        self._changed = threading.Condition(threading.RLock())
        self._requested = False
        self._abandoned = False
        self._since: float | None = None
        self._limit = math.inf
        self.signalled = threading.Event()

    def request(self) -> None:
        """Ask the run to stop."""
        if self._since is None:
            self._since = self._monotonic()
        self._requested = True
        with self._changed:
            self._changed.notify_all()

    def abandon(self) -> None:
        """Ask the run to stop now: nobody reads what it says any more, and the process is about to be killed.

        Nothing is finished. What is open is closed first of all.
        """
        self._abandoned = True
        self.request()

    @property
    def abandoned(self) -> bool:
        """The run was asked to stop without finishing what is under way."""
        return self._abandoned

    @property
    def requested(self) -> bool:
        """The run was asked to stop."""
        return self._requested

    @property
    def seconds_since(self) -> float:
        """Seconds since the request; 0 when there was none."""
        return 0.0 if self._since is None else self._monotonic() - self._since

    def check(self) -> None:
        """Raise `Interrupted` when asked to stop."""
        if self.abandoned:
            raise Interrupted(
                "Nobody reads what this sync reports, as when somebody cancels it, so it stopped. What it had not reported as "
                "delivered is sent again by the next sync.",
            )
        if self.requested:
            raise Interrupted(
                "The sync was stopped on request. The next sync continues from the last state that was emitted.",
            )

    @property
    def calls_are_left_alone(self) -> bool:
        """Calls under way are not waited for: the run is abandoned, or was asked to stop too long ago even for closing a lote."""
        return self.abandoned or self.seconds_since > STOP_CLOSING_SECONDS

    @property
    def sending_time_is_over(self) -> bool:
        """The run was asked to stop so long ago that chunks under way are no longer waited for."""
        return self.abandoned or self.seconds_since > STOP_SENDING_SECONDS

    def run_uninterruptible(self, act: Callable[[], T]) -> T:
        """Run what no signal can interrupt in a thread of its own; raise `Interrupted` when it hangs after a request to stop."""
        future: Future[T] = Future()

        def work() -> None:
            try:
                future.set_result(act())
            except BaseException as error:  # noqa: BLE001 - it is raised again where the caller waits
                future.set_exception(error)

        threading.Thread(target=work, name="uninterruptible", daemon=True).start()
        while not future.done() and self.seconds_since < STOP_DEAD_LETTER_SECONDS:
            wait((future,), timeout=1.0)
        if not future.done():
            self.check()
        return future.result()

    def limit_waits(self, until: float) -> None:
        """From now on refuse each wait that would end after this moment of the monotonic clock; infinity removes the limit."""
        self._limit = until

    def sleep(self, seconds: float) -> None:
        """Wait; raise `Interrupted` as soon as a stop is requested, `TransientError` for a wait beyond the limit."""
        self._check_limit(seconds)
        self._wait(seconds)
        self.check()

    def sleep_while_closing(self, seconds: float) -> None:
        """Wait even after a request to stop, so that a lote can be closed; raise `Interrupted` once the time for that is over."""
        self._check_limit(seconds - CLOSING_SECONDS)
        if not self._wait(seconds):
            return
        # However long the wait was to be: what little time is left is for attempts.
        time.sleep(min(seconds, 1.0))
        if self.seconds_since > STOP_CLOSING_SECONDS:
            self.check()

    def _wait(self, seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._requested, seconds)

    def _check_limit(self, seconds: float) -> None:
        if self._monotonic() + seconds > self._limit:
            raise TransientError(
                "PDVSync kept this sync waiting for so long that Airbyte would soon take it for hung, so the sync ends here. Run it "
                "again when PDVSync answers: the next sync sends again what is not delivered.",
            )


def heed_signals(stop: Stop, wake: Callable[[], None]) -> None:
    """SIGTERM (the platform), SIGINT (Ctrl-C) and SIGHUP (a terminal that goes away) ask for an orderly end.

    A second one ends the process at once. SIGHUP stays ignored where nohup has it ignored. `wake` ends the wait for
    input; it is called in the signal handler.
    """

    def on_signal(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        stop.request()
        stop.signalled.set()
        wake()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, on_signal)


def end_in_time(stop: Stop, leave: Callable[[int], object] = os._exit) -> None:
    """In a thread of its own: end the process `STOP_SECONDS` after a signal, when something hangs that nothing can interrupt.

    A write to a reader of our output that does not read is such a thing. No lote is waited for any more by then.
    """

    def watch() -> None:
        stop.signalled.wait()
        while (left := STOP_SECONDS - stop.seconds_since) > 0:
            time.sleep(min(left, 1.0))
        leave(1)

    threading.Thread(target=watch, name="last resort", daemon=True).start()
