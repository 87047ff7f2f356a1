"""How a run ends early: stop at the next safe point, finish what is in flight, within a grace period."""

import math
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from types import FrameType
from typing import Final, TypeVar

from source_destination_clientes.errors import Interrupted, TransientError

T = TypeVar("T")

GRACE_SECONDS: Final = 12.0
"""How long closing a lote may still be tried after the request to stop; the whole exit stays within 30 s."""

_LAST_CALL_SECONDS: Final = 26.0
"""How long a call that cannot be interrupted is waited for after the request to stop."""

_CLOSING_SECONDS: Final = 600.0
"""How long closing a lote may go on beyond the limit of all other waits: an open lote blocks every other integration."""


class Stop:
    """The request to stop, and waits that heed it. Safe to share between threads; `request` is safe in a signal handler."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        # With a lock that its own thread may take again: a signal can come while this very thread waits or stops waiting.
        self._changed = threading.Condition(threading.RLock())
        self._requested = False
        self._since: float | None = None
        self._limit = math.inf

    def request(self) -> None:
        """Ask the run to stop."""
        if self._since is None:
            self._since = self._monotonic()
        self._requested = True
        with self._changed:
            self._changed.notify_all()

    @property
    def requested(self) -> bool:
        """Somebody asked."""
        return self._requested

    @property
    def seconds_since(self) -> float:
        """Seconds since the request; 0 when there was none."""
        return 0.0 if self._since is None else self._monotonic() - self._since

    def check(self) -> None:
        """Raise `Interrupted` when asked to stop."""
        if self.requested:
            raise Interrupted(
                "The sync was asked to stop. What was in flight has been finished and its states were given up; the next "
                "sync goes on from there.",
            )

    def see_through(self, act: Callable[[], T]) -> T:
        """Do what no signal can interrupt, in a thread of its own; raise `Interrupted` when it hangs after a request to stop."""
        future: Future[T] = Future()

        def work() -> None:
            try:
                future.set_result(act())
            except BaseException as error:  # noqa: BLE001 - it is raised again where the caller waits
                future.set_exception(error)

        threading.Thread(target=work, name="seen-through", daemon=True).start()
        while not future.done() and self.seconds_since < _LAST_CALL_SECONDS:
            wait((future,), timeout=1.0)
        if not future.done():
            self.check()
        return future.result()

    def limit_waits(self, until: float) -> None:
        """Let no wait go beyond this moment of the monotonic clock from now on; infinity takes the limit away."""
        self._limit = until

    def sleep(self, seconds: float) -> None:
        """Wait; raise `Interrupted` as soon as a stop is requested, `TransientError` for a wait beyond the limit."""
        self._check_limit(seconds)
        self._wait(seconds)
        self.check()

    def sleep_in_grace(self, seconds: float) -> None:
        """Wait although a stop is requested, for closing what is open; raise `Interrupted` once the grace is over."""
        self._check_limit(seconds - _CLOSING_SECONDS)
        if not self._wait(seconds):
            return
        if self.seconds_since + seconds > GRACE_SECONDS:
            self.check()
        time.sleep(min(seconds, 1.0))

    def _wait(self, seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._requested, seconds)

    def _check_limit(self, seconds: float) -> None:
        if self._monotonic() + seconds > self._limit:
            raise TransientError(
                "PDVSync has kept this sync waiting for so long that the platform would soon take it for hung, so it ends. What "
                "is not delivered comes again with the next sync.",
            )


def heed_signals(stop: Stop, ring: Callable[[], None]) -> None:
    """SIGTERM (the platform), SIGINT (Ctrl-C) and SIGHUP (a terminal that goes away) ask for an orderly end.

    A second one ends the process at once. SIGHUP stays ignored where nohup has it ignored. `ring` wakes whoever waits; it is
    called in the signal handler.
    """

    def on_signal(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        stop.request()
        ring()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, on_signal)
