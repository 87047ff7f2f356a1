"""Following closed lotes until the shops are done with them, in a thread of its own. No state waits for it.

It asks one question at a time, for each lote first after `interval` seconds and then less and less often: first-party clients ask
every five minutes (https://github.com/totvs/protheus-smart-hub-layouts, `psh.json`).
"""

import queue
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from source_destination_clientes.errors import ClientesError, ConfigError, Interrupted
from source_destination_clientes.lote.load import Entry
from source_destination_clientes.lote.shop_reports import ClosedLote, Finding
from source_destination_clientes.protocol.output import Reporter
from source_destination_clientes.retaguarda.api import Retaguarda
from source_destination_clientes.retaguarda.connect import for_status
from source_destination_clientes.settings import Settings, StoreStatusPoll, is_loopback

HELD_BYTES: Final = 32_000_000
"""Bytes of records held for what shops may still refuse. Beyond it, the records of the oldest lotes are dropped."""

_INTERVAL_SECONDS: Final = 30.0
_LOOPBACK_INTERVAL_SECONDS: Final = 1.0
"""The sandbox on this machine has no load to be spared."""

_SLOWER: Final = 1.5
_SLOWEST: Final = 10
_REQUESTS_PER_INTERVAL: Final = 30
_TICK_SECONDS: Final = 1.0


@dataclass(slots=True)
class _Watch:
    lote: ClosedLote
    interval: float
    due: float


class ShopFollower:
    """Asks for the status of closed lotes until the shops are done with them or time is over.

    `interval` is in seconds, `poll` says how long to go on after the last lote was closed. `watch`, `collect` and `wait` are for
    the main thread; `ask_next` is for the follower's own. `wake` is called when there is something to collect.
    """

    def __init__(
        self,
        api: Retaguarda,
        poll: StoreStatusPoll,
        interval: float,
        reporter: Reporter,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._api = api
        self._poll = poll
        self._interval = interval
        self._clock = api.caller.clock
        self._reporter = reporter
        self._wake = wake
        self._lock = threading.Lock()
        self._watched: list[_Watch] = []
        self._finished: list[ClosedLote] = []
        self._found: queue.SimpleQueue[list[Finding]] = queue.SimpleQueue()
        self._news = threading.Event()
        self._work = threading.Event()
        self._deadline = 0.0
        self._ended = False
        self._warned = False

    def start(self) -> None:
        """Begin to ask."""
        # A daemon: a question without an answer must not keep the process alive.
        threading.Thread(target=self._run, name="shops", daemon=True).start()

    def watch(self, code: str, accepted: Iterable[Entry]) -> None:
        """Follow a lote that was just closed with these records in it."""
        lote = ClosedLote.of(code, accepted)
        now = self._clock.monotonic()
        with self._lock:
            self._watched.append(_Watch(lote, self._interval, now + self._interval))
            self._deadline = now + self._poll.wait_minutes * 60
            self._make_room()
        self._work.set()

    def collect(self) -> list[Finding]:
        """What was found since the last call."""
        found: list[Finding] = []
        while not self._found.empty():
            found += self._found.get()
        return found

    @property
    def done(self) -> bool:
        """Nothing more will be found."""
        with self._lock:
            return self._ended or not self._watched or self._clock.monotonic() >= self._deadline

    def wait(self) -> None:
        """Wait until an answer came, or for a second."""
        self._news.wait(_TICK_SECONDS)
        self._news.clear()

    def close(self) -> None:
        """Stop asking."""
        self._ended = True
        self._work.set()

    def lotes(self) -> list[ClosedLote]:
        """Every lote that was followed, those that the shops are done with first."""
        with self._lock:
            return [*self._finished, *(watch.lote for watch in self._watched)]

    def ask_next(self) -> float | None:
        """Ask for the lote that is due first, if it is due. Return the seconds until the next question, None when there is none."""
        now = self._clock.monotonic()
        with self._lock:
            watch = min(self._watched, key=lambda watch: watch.due, default=None)
            if watch is None or now >= self._deadline:
                return None
        if watch.due > now:
            return watch.due - now
        self._ask(watch)
        return self._interval / _REQUESTS_PER_INTERVAL

    def _ask(self, watch: _Watch) -> None:
        try:
            shops = self._api.lote_status(watch.lote.code)
        except (Interrupted, ConfigError):
            raise
        except ClientesError as error:
            self._warn(f"The status at the shops cannot be asked for at the moment: {error}")
            shops = None
        with self._lock:
            found = watch.lote.update(shops) if shops is not None else []
            if watch.lote.done:
                self._watched.remove(watch)
                watch.lote.forget_records()
                self._finished.append(watch.lote)
            self._slow_down(watch)
        if found:
            self._found.put(found)
            self._wake()
        self._news.set()

    def _slow_down(self, watch: _Watch) -> None:
        """Ask less and less often, and once more just before time is over."""
        watch.interval = min(watch.interval * _SLOWER, self._interval * _SLOWEST)
        now = self._clock.monotonic()
        last = self._deadline - self._interval / 2
        watch.due = min(now + watch.interval, max(last, now + self._interval))

    def _make_room(self) -> None:
        held = sum(watch.lote.size for watch in self._watched)
        for watch in self._watched:
            if held <= HELD_BYTES:
                return
            held -= watch.lote.size
            watch.lote.forget_records()

    def _run(self) -> None:
        try:
            while not self._ended:
                wait = self.ask_next()
                self._work.wait(wait)
                self._work.clear()
        except Interrupted:
            pass
        except ClientesError as error:
            self._reporter.log("WARN", f"The shops are not followed any longer: {error}")
        except Exception as error:  # noqa: BLE001 - following is an extra; whatever ends it must not end the sync
            self._reporter.log("WARN", f"The shops are not followed any longer: {type(error).__name__}.")
        finally:
            self._ended = True
            self._news.set()

    def _warn(self, text: str) -> None:
        if not self._warned:
            self._reporter.log("WARN", text)
        self._warned = True


def make_follower(
    settings: Settings, api: Retaguarda, reporter: Reporter, wake: Callable[[], None]
) -> ShopFollower | None:
    """What follows closed lotes at the shops; None when the config does not ask for it."""
    poll = settings.lote.store_status
    if not isinstance(poll, StoreStatusPoll):
        return None
    nearby = is_loopback(settings.environment.status_base)
    interval = _LOOPBACK_INTERVAL_SECONDS if nearby else _INTERVAL_SECONDS
    return ShopFollower(for_status(api), poll, interval, reporter, wake)
