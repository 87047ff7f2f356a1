"""Following closed lotes until their stores are done, in a thread of its own; nothing in a sync waits for it.

Gently: one request at a time, each lote at first after `interval` seconds and then ever less often, as first-party clients
ask every five minutes (https://github.com/totvs/protheus-smart-hub-layouts, `psh.json`).
"""

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from source_destination_clientes.errors import ClientesError, ConfigError, Interrupted
from source_destination_clientes.lote.load import Entry
from source_destination_clientes.lote.shop_reports import ClosedLote, Finding
from source_destination_clientes.protocol.output import Reporter
from source_destination_clientes.retaguarda.api import Retaguarda
from source_destination_clientes.runtime.clock import Clock
from source_destination_clientes.runtime.stopping import Stop

HELD_BYTES: Final = 32_000_000
"""Bytes of records held for what stores may still refuse; beyond it the oldest lotes let theirs go."""

_SLOWER: Final = 1.5
_SLOWEST: Final = 10
_REQUESTS_PER_INTERVAL: Final = 30
_TICK_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class FollowOptions:
    """Seconds: before a lote is asked for again, and how long lotes are followed after the last one was closed."""

    interval: float
    wait: float


@dataclass(slots=True)
class _Watch:
    lote: ClosedLote
    interval: float
    due: float


class StoreFollower:
    """Asks for closed lotes until their stores are done or time is up.

    `watch`, `collect` and `until_done` belong to the main thread; `poll` to the follower's own. `ring` is called when there
    is something to collect.
    """

    def __init__(
        self,
        api: Retaguarda,
        options: FollowOptions,
        clock: Clock,
        reporter: Reporter,
        ring: Callable[[], None] = lambda: None,
    ) -> None:
        self._api = api
        self._options = options
        self._clock = clock
        self._reporter = reporter
        self._ring = ring
        self._lock = threading.Lock()
        self._watched: list[_Watch] = []
        self._finished: list[ClosedLote] = []
        self._found: queue.SimpleQueue[list[Finding]] = queue.SimpleQueue()
        self._news = threading.Event()
        self._work = threading.Event()
        self._deadline = 0.0
        self._thread: threading.Thread | None = None
        self._ended = False
        self._warned = False

    def start(self) -> None:
        """Begin to ask."""
        self._thread = threading.Thread(target=self._run, name="stores", daemon=True)
        self._thread.start()

    def watch(self, code: str, accepted: Iterable[Entry]) -> None:
        """Follow a lote that was just closed with these records in it."""
        lote = ClosedLote.of(code, accepted)
        now = self._clock.monotonic()
        with self._lock:
            self._watched.append(_Watch(lote, self._options.interval, now + self._options.interval))
            self._deadline = now + self._options.wait
            self._make_room()
        self._work.set()

    def collect(self) -> Iterator[Finding]:
        """Yield what was found since the last call."""
        while not self._found.empty():
            yield from self._found.get()

    @property
    def done(self) -> bool:
        """Nothing more will be found."""
        with self._lock:
            return self._ended or not self._watched or self._clock.monotonic() >= self._deadline

    def until_done(self, stop: Stop) -> Iterator[list[Finding]]:
        """Yield what is found, as it is found, until all stores are done, time is up or a stop is requested."""
        while not (self.done or stop.requested):
            self._news.wait(_TICK_SECONDS)
            self._news.clear()
            yield list(self.collect())
        yield list(self.collect())

    def close(self) -> None:
        """Ask no more."""
        self._ended = True
        self._work.set()

    def lotes(self) -> list[ClosedLote]:
        """Every lote that was followed, those whose stores are done first."""
        with self._lock:
            return [*self._finished, *(watch.lote for watch in self._watched)]

    def poll(self) -> float | None:
        """Ask for the lote that has waited longest, if one is due; return the seconds to wait, None for until a next one."""
        now = self._clock.monotonic()
        with self._lock:
            watch = min(self._watched, key=lambda watch: watch.due, default=None)
            if watch is None or now >= self._deadline:
                return None
        if watch.due > now:
            return watch.due - now
        self._ask(watch)
        return self._options.interval / _REQUESTS_PER_INTERVAL

    def _ask(self, watch: _Watch) -> None:
        try:
            stores = self._api.lote_status(watch.lote.code)
        except (Interrupted, ConfigError):
            raise
        except ClientesError as error:
            self._warn(f"Cannot ask for the status at the stores at the moment: {error}")
            stores = None
        with self._lock:
            found = watch.lote.hear(stores) if stores is not None else []
            if watch.lote.done:
                self._watched.remove(watch)
                watch.lote.forget_records()
                self._finished.append(watch.lote)
            self._slow_down(watch)
        if found:
            self._found.put(found)
            self._ring()
        self._news.set()

    def _slow_down(self, watch: _Watch) -> None:
        """Ask less and less often, and once more just before time is up."""
        watch.interval = min(watch.interval * _SLOWER, self._options.interval * _SLOWEST)
        now = self._clock.monotonic()
        last = self._deadline - self._options.interval / 2
        watch.due = min(now + watch.interval, max(last, now + self._options.interval))

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
                wait = self.poll()
                self._work.wait(wait)
                self._work.clear()
        except Interrupted:
            pass
        except ClientesError as error:
            self._reporter.log("WARN", f"The stores are not followed any longer: {error}")
        except Exception as error:  # noqa: BLE001 - following is an extra; whatever ends it must not end the sync
            self._reporter.log("WARN", f"The stores are not followed any longer: {type(error).__name__}.")
        finally:
            self._ended = True
            self._news.set()

    def _warn(self, text: str) -> None:
        if not self._warned:
            self._reporter.log("WARN", text)
        self._warned = True
