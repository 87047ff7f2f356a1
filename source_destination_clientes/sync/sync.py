"""The data path: line, message, record, cliente or rejection, load, lote, outcome, dead letter, state.

`Sync.run` is the only conductor. It reads and maps on the main thread while the load before is under way in another, so
that neither waits for the other. Two loads are held at most, which bounds the memory and, through the inbox, the source.
"""

import math
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Final

from source_destination_clientes.errors import ClientesError, FatalError
from source_destination_clientes.lote.load import Entry, Load
from source_destination_clientes.lote.shop_follower import StoreFollower
from source_destination_clientes.protocol.messages import Record, State, read_line
from source_destination_clientes.protocol.stdin import Inbox
from source_destination_clientes.rejection.outcome import Rejection
from source_destination_clientes.rejection.tally import StreamTally
from source_destination_clientes.runtime.clock import Clock
from source_destination_clientes.runtime.stopping import Stop
from source_destination_clientes.sync.delivery import Delivered, Delivery
from source_destination_clientes.sync.routes import Route, Routes
from source_destination_clientes.sync.settlement import Settlement
from source_destination_clientes.sync.summary import StreamSummary, summary_lines

_TICK_SECONDS: Final = 1.0
"""How often what waits is looked at while the source is quiet."""

_LAST_WORD_SECONDS: Final = 25.0
"""How long a delivery may go on after a request to stop; beyond it, its records count as not delivered."""


_LONGEST_DELIVERY_SECONDS: Final = 95 * 60.0
"""For one load, and for all that is left after the end of input, with its waits: the platform gives up on a destination that
has not read, or not ended, for 7,200 s. The rest of that time is for requests under way and the closing of the lote."""

_LONGEST_END_SECONDS: Final = 110 * 60.0
"""From the end of input to the end of the sync, the wait for the stores included."""


class Courier:
    """Carries one load at a time, in a thread of its own, and rings when it is back."""

    def __init__(self, delivery: Delivery, ring: Callable[[], None]) -> None:
        self._delivery = delivery
        self._ring = ring
        self._thread: threading.Thread | None = None
        self._delivered: Delivered | None = None
        self._ends_by = math.inf

    @property
    def away(self) -> bool:
        """A load was sent and not yet collected."""
        return self._thread is not None

    @property
    def back(self) -> bool:
        """A load can be collected without waiting."""
        return self._thread is not None and not self._thread.is_alive()

    def send(self, load: Load) -> None:
        """Start on a load; the one before has been collected."""
        assert self._thread is None, "one lote at a time"
        self._thread = threading.Thread(target=self._carry, args=(load,), name="courier", daemon=True)
        self._thread.start()

    def no_more_input(self) -> None:
        """Whatever is left has to be delivered in the time of one load."""
        self._ends_by = self._delivery.clock.monotonic() + _LONGEST_DELIVERY_SECONDS

    def collect(self, stop: Stop) -> Delivered | None:
        """Wait for the load that is away; None when there is none.

        Raises `Interrupted` when it hangs for longer than a request to stop allows, `FatalError` when it ended unheard.
        """
        thread = self._thread
        if thread is None:
            return None
        while thread.is_alive() and stop.seconds_since < _LAST_WORD_SECONDS:
            thread.join(_TICK_SECONDS)
        self._thread = None
        if thread.is_alive():
            stop.check()
        delivered, self._delivered = self._delivered, None
        if delivered is None:
            raise FatalError(
                "A delivery ended without saying what became of its records; they count as not delivered."
            )
        return delivered

    def _carry(self, load: Load) -> None:
        stop, now = self._delivery.stop, self._delivery.clock.monotonic()
        stop.limit_waits(min(self._ends_by, now + _LONGEST_DELIVERY_SECONDS))
        self._delivered = self._delivery.deliver(load)
        stop.limit_waits(math.inf)
        self._ring()


@dataclass(slots=True)
class Sync:
    """One write, from the first line to the last state. Use once.

    `records_per_lote` and `max_open_seconds` bound what is gathered for one lote. `stores` follows closed lotes, if anybody
    wants to know.
    """

    inbox: Inbox
    routes: Routes
    courier: Courier
    settlement: Settlement
    clock: Clock
    stop: Stop
    records_per_lote: int
    max_open_seconds: float
    stores: StoreFollower | None = None
    ignored: Counter[str] = field(default_factory=Counter)
    lotes: int = 0
    _load: Load = field(init=False)
    _route: Route | None = None
    _input_ended_at: float = 0.0

    def __post_init__(self) -> None:
        self._load = Load(self.records_per_lote)

    def run(self) -> Iterator[bytes]:
        """Yield each STATE message once what it promises is true.

        Raises the first error that ended the sync, after what was in flight has been settled and the states that are due
        have been yielded.
        """
        self.inbox.start()
        if self.stores:
            self.stores.start()
        try:
            yield from self._take_everything()
            self._input_ended_at = self.clock.monotonic()
            self.courier.no_more_input()
            yield from self._hand_over()
            yield from self._exchange(send=False)
            yield from self.settlement.conclude()
            self._wait_for_stores()
        except ClientesError as error:
            yield from self._rescue(error)
            raise
        finally:
            self._leave()

    def summary(self) -> list[str]:
        """What became of everything, in lines for the log."""
        tallies = self.settlement.tally.streams
        streams = [
            StreamSummary(
                route.stream.key,
                tallies.get(route.stream.key, StreamTally()),
                route.mapper.truncated,
                route.mapper.left_out,
            )
            for route in self.routes
        ]
        return summary_lines(
            streams,
            lotes=self.lotes,
            ignored=self.ignored,
            dead_letter=self.settlement.dead_letter.location,
            followed=self.stores.lotes() if self.stores else None,
        )

    def _take_everything(self) -> Iterator[bytes]:
        while (lines := self.inbox.get(self._patience())) is not None:
            self.stop.check()
            entries: Sequence[Entry] = self._take(lines)
            while entries:
                entries = self._load.fill(entries, self.clock.monotonic())
                if self._load.full:
                    yield from self._hand_over()
            if self._load_is_due():
                yield from self._hand_over()
            elif self.courier.back:
                yield from self._exchange(send=False)
            yield from self._release_when_due(idle=not lines)

    def _take(self, lines: Sequence[bytes]) -> list[Entry]:
        """Read and map lines; what can travel is returned, in order, and everything else settled, held or counted."""
        entries: list[Entry] = []
        done, route = 0, self._route
        if route is not None:
            for mapped in route.map_all(lines):
                self._take_slowly(lines[done : mapped.start], entries)
                done = mapped.start + len(mapped.bodies)
                # Received only now: the bulk mapper shows which lines are records. A state before them is already held.
                segment = self.settlement.receive(route.key, len(mapped.bodies))
                taken = lines[mapped.start : done]
                entries.extend(map(Entry, mapped.keys, mapped.bodies, taken, repeat(route), repeat(segment)))
        latest = self._take_slowly(lines[done:], entries)
        if not done:
            # Nothing was of the stream that came last; what comes next is most likely of the same as these.
            self._route = latest or route
        return entries

    def _take_slowly(self, lines: Sequence[bytes], entries: list[Entry]) -> Route | None:
        """Read and map lines one by one, whatever they are; return the route of the last record among them."""
        route = None
        for line in lines:
            message = read_line(line)
            if isinstance(message, Record):
                route = self.routes.find(message)
                self._take_record(line, message, route, entries)
            elif isinstance(message, State):
                self.settlement.hold(message)
            else:
                self.ignored[message.kind] += 1
        return route

    def _take_record(self, line: bytes, record: Record, route: Route, entries: list[Entry]) -> None:
        segment = self.settlement.receive(record.key)
        mapped = route.map(record)
        if isinstance(mapped, Rejection):
            self.settlement.settle(record, segment, mapped)
        else:
            entries.append(Entry(mapped.key, mapped.body, line, route, segment, mapped.attachments))

    def _hand_over(self) -> Iterator[bytes]:
        yield from self._exchange(send=True)

    def _exchange(self, *, send: bool) -> Iterator[bytes]:
        """Collect the load that is away, send the gathered one at once, then settle the one that came back."""
        delivered = self.courier.collect(self.stop)
        sent = send and not self.stop.requested and (delivered is None or delivered.error is None)
        if sent and self._load.received:
            self.courier.send(self._load)
            self._load = Load(self.records_per_lote)
        if delivered is not None:
            yield from self._settle(delivered)
        if send and not sent:
            self.stop.check()

    def _settle(self, delivered: Delivered) -> Iterator[bytes]:
        if self.stores:
            for code, entries in delivered.carried.items():
                self.stores.watch(code, entries)
        self._book(delivered)
        if delivered.error is not None:
            raise delivered.error
        yield from self._release_when_due(idle=False)

    def _book(self, delivered: Delivered) -> None:
        self.lotes += len(delivered.carried)
        for entry, outcome in delivered.attachments:
            self.settlement.attachment(entry.record, entry.segment, outcome)
        self.settlement.accept_all(delivered.fates.accepted)
        for entry, rejection in delivered.fates.rejected:
            self.settlement.settle(entry.record, entry.segment, rejection)

    def _release_when_due(self, *, idle: bool) -> Iterator[bytes]:
        """Let states leave; rejections are made durable in good time, or at once while nothing else happens."""
        self._hear_stores()
        if self.settlement.due or (idle and self.settlement.pending and not self.courier.away):
            self.settlement.flush()
        yield from self.settlement.release()

    def _hear_stores(self) -> None:
        for record, rejection in self.stores.collect() if self.stores else ():
            self.settlement.report(record, rejection)

    def _wait_for_stores(self) -> None:
        """Every state has left; what the stores still say goes to the dead letter."""
        if self.stores is None:
            return
        if not self.stores.done:
            self.settlement.reporter.log(
                "INFO", "Everything is delivered and every state given up. Waiting for the stores."
            )
        for findings in self.stores.until_done(self.stop):
            for record, rejection in findings:
                self.settlement.report(record, rejection)
            if self.settlement.due:
                self.settlement.flush()
            if self.clock.monotonic() - self._input_ended_at > _LONGEST_END_SECONDS:
                break
        self.settlement.flush()

    def _patience(self) -> float | None:
        """Seconds to wait for lines; None, for ever, while nothing here depends on time."""
        waiting = self._load.received or self.settlement.pending or self.courier.away
        return _TICK_SECONDS if waiting else None

    def _load_is_due(self) -> bool:
        load = self._load
        return bool(load.received) and self.clock.monotonic() - load.started_at >= self.max_open_seconds

    def _rescue(self, first: ClientesError) -> Iterator[bytes]:
        """After an error: finish what is in flight, and give up the states that are due all the same."""
        try:
            delivered = self.courier.collect(self.stop)
            if delivered is not None:
                self._book(delivered)
            self._hear_stores()
            self.settlement.flush()
            yield from self.settlement.release()
        except ClientesError as error:
            # A broken threshold, or a dead letter that is away, would only say the same again.
            if str(error) != str(first):
                self.settlement.reporter.log("WARN", f"While ending: {error}")

    def _leave(self) -> None:
        """On every way out, the generator's early close included: no thread goes on, no lote stays open."""
        self.inbox.close()
        if self.stores:
            self.stores.close()
        if self.courier.away:
            self.stop.request()
            self.courier.collect(self.stop)
