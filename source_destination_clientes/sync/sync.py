"""The data path: line, message, record, cliente or rejection, load, lote, outcome, dead letter, state.

`Sync.run` is the only conductor, and the only one that yields. It reads and maps on the main thread while the load before is
delivered in another, so that neither waits for the other. At most two loads are held, and what one block of lines adds to them:
this bounds the memory and, through the inbox, the source.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, compress, repeat
from typing import Any, Final

from source_destination_clientes.cliente.mapped import MappedSlice
from source_destination_clientes.errors import ClientesError
from source_destination_clientes.lote.load import Entry, Load
from source_destination_clientes.lote.shop_follower import ShopFollower
from source_destination_clientes.lote.versions import Outdates
from source_destination_clientes.protocol.checkpoint import Segment
from source_destination_clientes.protocol.messages import Record, State, read_line
from source_destination_clientes.protocol.stdin import Inbox
from source_destination_clientes.records.report import RunReport
from source_destination_clientes.rejection.outcome import Rejection
from source_destination_clientes.rejection.tally import StreamTally
from source_destination_clientes.runtime.clock import Clock
from source_destination_clientes.runtime.deadlines import END_SECONDS
from source_destination_clientes.runtime.stopping import Stop
from source_destination_clientes.settings import Lote
from source_destination_clientes.sync.courier import Courier
from source_destination_clientes.sync.delivery import DeliveryReport
from source_destination_clientes.sync.routes import Route, Routes
from source_destination_clientes.sync.run_record import RunRecord, report_stream
from source_destination_clientes.sync.settlement import Settlement
from source_destination_clientes.sync.summary import StreamSummary, summary_lines
from source_destination_clientes.sync.unchanged import Unchanged

_TICK_SECONDS: Final = 1.0
"""How often to look at the clock while the source is quiet."""


@dataclass(slots=True)
class Sync:
    """One write, from the first line to the last state. Use once. `shops` follows closed lotes where the config asks for it."""

    inbox: Inbox
    routes: Routes
    courier: Courier
    settlement: Settlement
    clock: Clock
    stop: Stop
    lote: Lote
    record: RunRecord
    unchanged: Unchanged
    shops: ShopFollower | None = None
    outdates: Outdates | None = None
    ignored: Counter[str] = field(default_factory=Counter)
    _load: Load = field(init=False)
    _route: Route | None = None
    _input_ended_at: float = 0.0

    def __post_init__(self) -> None:
        self._load = self._new_load()

    def run(self) -> Iterator[bytes]:
        """Yield each STATE message once all records before it are settled.

        Raises the first error that ended the sync, after what was in flight is settled and the states that are due have been
        yielded.
        """
        failure: BaseException | None = None
        self.inbox.start()
        if self.shops:
            self.shops.start()
        try:
            self.unchanged.open()
            while (lines := self.inbox.get(self._patience())) is not None:
                self.stop.check()
                for load in self._gather(lines):
                    yield from self._settle(self.courier.send(load))
                    self._assert_sent()
                if self.courier.back:
                    yield from self._settle(self.courier.collect())
                yield from self._release_when_due(idle=not lines)
            self.stop.check()
            self._input_ended_at = self.clock.monotonic()
            self.courier.start_final_deadline()
            yield from self._settle(self.courier.send(self._load))
            self._assert_sent()
            yield from self._settle(self.courier.collect())
            yield from self.settlement.conclude()
            self.settlement.assert_complete()
            self._wait_for_shops()
            self.settlement.tidy()
        except ClientesError as error:
            failure = error
            yield from self._rescue(error)
            doubt = self.courier.open_lote
            if doubt and doubt not in str(error):
                error.args = (f"{error} {doubt}",)
            raise
        except BaseException as error:
            failure = error
            raise
        finally:
            self._shut_down()
            self.record.keep(partial(self._report, failure))

    def _report(self, failure: BaseException | None) -> RunReport:
        settlement = self.settlement
        tallies = settlement.tally.streams
        streams = (report_stream(route, tallies.get(route.key, StreamTally())) for route in self.routes)
        location = settlement.dead_letter.location
        return self.record.report(streams, settlement.states_released, location, failure)

    def _new_load(self) -> Load:
        return Load(self.lote.records_per_lote, self.outdates)

    def summary(self) -> list[str]:
        """What became of everything, in lines for the log."""
        tallies = self.settlement.tally.streams
        streams = [
            StreamSummary(
                route.stream.key,
                tallies.get(route.stream.key, StreamTally()),
                route.mapper.counts,
                route.mapper.left_out,
            )
            for route in self.routes
        ]
        return summary_lines(
            streams,
            lotes=self.record.lotes_closed,
            ignored=self.ignored,
            dead_letter=self.settlement.dead_letter.location,
            followed=self.shops.lotes() if self.shops else None,
        )

    def _gather(self, lines: Sequence[bytes]) -> list[Load]:
        """Read and map lines; the loads that are full or have waited long enough."""
        loads: list[Load] = []
        entries: Sequence[Entry] = self._take(lines)
        while entries or self._load.full:
            entries = self._load.fill(entries, self.clock.monotonic())
            if self._load.full:
                loads.append(self._load)
                self._load = self._new_load()
        load = self._load
        if load.received and self.clock.monotonic() - load.started_at >= self.lote.max_open_seconds:
            loads.append(load)
            self._load = self._new_load()
        return loads

    def _take(self, lines: Sequence[bytes]) -> list[Entry]:
        """Read and map lines. The records to send are returned, in order; everything else is settled, held or counted."""
        entries: list[Entry] = []
        done, route = 0, self._route
        if route is not None:
            # Mapped first and received after that, unlike a single record: only the bulk mapper shows which of the lines are
            # records of this stream. It rejects none, so no outcome needs its segment before. A state before them is held by then.
            for mapped in route.map_all(lines):
                self._take_slowly(lines[done : mapped.start], entries)
                done = mapped.start + len(mapped.bodies)
                segment = self.settlement.receive(route.key, len(mapped.bodies))
                self.settlement.note_values(segment, chain.from_iterable(mapped.notes.values()))
                entries += self._changed(mapped, lines[mapped.start : done], route, segment)
        latest = self._take_slowly(lines[done:], entries)
        if not done:
            # None of the lines was of the expected stream, so the next ones are most likely of the same stream as these.
            self._route = latest or route
        return entries

    def _changed(
        self, mapped: MappedSlice, lines: Sequence[bytes], route: Route, segment: Segment
    ) -> Iterator[Entry]:
        """The records that are to be sent; the others are accepted as they are at the tills already."""
        columns: tuple[Iterable[Any], ...] = (mapped.keys, mapped.bodies, lines)
        unchanged = self.unchanged.mask(route.object, mapped.keys, mapped.bodies)
        if unchanged is not None:
            self.settlement.accept_unchanged(route.key, segment, sum(unchanged))
            changed = [not same for same in unchanged]
            columns = tuple(compress(column, changed) for column in columns)
        return map(Entry, *columns, repeat(route.object), repeat(segment))

    def _take_slowly(self, lines: Sequence[bytes], entries: list[Entry]) -> Route | None:
        """Read and map lines one by one, whatever they are; the route of the last record among them."""
        route = None
        for line in lines:
            message = read_line(line)
            if isinstance(message, Record):
                route = self.routes.find(message)
                self._take_record(line, message, route, entries)
            elif isinstance(message, State):
                self.settlement.hold(message)
                self._load.hold(len(line))
            else:
                self.ignored[message.kind] += 1
        return route

    def _take_record(self, line: bytes, record: Record, route: Route, entries: list[Entry]) -> None:
        # Received before it is mapped: a rejection needs the segment that counts it.
        segment = self.settlement.receive(record.key)
        mapped = route.map(record)
        if isinstance(mapped, Rejection):
            self.settlement.settle(record, segment, mapped)
            return
        self.settlement.note_values(segment, mapped.notes)
        if not mapped.attachments and self.unchanged.mask(route.object, [mapped.key], [mapped.body]):
            self.settlement.accept_unchanged(record.key, segment, 1)
        else:
            entries.append(Entry(mapped.key, mapped.body, line, route.object, segment, mapped.attachments))

    def _assert_sent(self) -> None:
        """Raise `Interrupted` when a load was not begun because of a request to stop."""
        if not self.courier.away:
            self.stop.check()

    def _settle(self, report: DeliveryReport | None) -> list[bytes]:
        """Record what became of a load, if one came back; the states that may leave. Raises the error that ended the load early."""
        if report is None:
            return []
        if self.shops:
            for code, entries in report.sent.items():
                self.shops.watch(code, entries)
        self._record_outcomes(report)
        if report.error is not None:
            raise report.error
        return self._release_when_due(idle=False)

    def _record_outcomes(self, report: DeliveryReport) -> None:
        for code, entries in report.sent.items():
            self.record.lote_closed(code, len(entries))
        for entry, outcome in report.files:
            self.settlement.settle_attachment(entry.record, entry.segment, outcome)
        self.settlement.accept_all(report.outcomes.accepted)
        for entry, rejection in report.outcomes.rejected:
            self.settlement.settle(entry.record, entry.segment, rejection)

    def _release_when_due(self, *, idle: bool) -> list[bytes]:
        """The states that may leave. Rejections are made durable when they are due, and earlier while nothing else happens."""
        self._reject_what_shops_refused()
        if self.settlement.due or (idle and self.settlement.pending and not self.courier.away):
            self.settlement.flush()
        return self.settlement.release()

    def _reject_what_shops_refused(self) -> None:
        for record, rejection in self.shops.collect() if self.shops else ():
            self.settlement.reject_later(record, rejection)
            self.unchanged.forget(self.routes.find(record).object, rejection.key)

    def _wait_for_shops(self) -> None:
        """Put what the shops still refuse into the dead letter, after every state has left."""
        if self.shops is None:
            return
        if not self.shops.done:
            self.settlement.reporter.log(
                "INFO", "Everything is delivered and every state is emitted. Waiting for the shops."
            )
        latest = self._input_ended_at + END_SECONDS
        while not (self.shops.done or self.stop.requested or self.clock.monotonic() > latest):
            self.shops.wait()
            self._reject_what_shops_refused()
            if self.settlement.due:
                self.settlement.flush()
        self._reject_what_shops_refused()
        self.settlement.flush()

    def _patience(self) -> float | None:
        """Seconds to wait for lines; None, for ever, while nothing depends on the clock."""
        waiting = self._load.received or self.settlement.pending or self.courier.away
        return _TICK_SECONDS if waiting else None

    def _rescue(self, first: ClientesError) -> list[bytes]:
        """After an error: settle what is in flight; the states that may leave all the same."""
        try:
            report = self.courier.collect()
            if report is not None:
                self._record_outcomes(report)
            self._reject_what_shops_refused()
            self.settlement.flush()
            return self.settlement.release()
        except ClientesError as error:
            # A broken threshold, or a dead letter that cannot be written, would only be reported twice.
            if str(error) != str(first):
                self.settlement.reporter.log("WARN", f"While ending: {error}")
            return []

    def _shut_down(self) -> None:
        """On every way out, even when the caller closes the generator early: stop every thread and leave no lote open."""
        self.inbox.close()
        if self.shops:
            self.shops.close()
        if self.courier.away:
            self.stop.request()
            self.courier.collect()
        self.courier.finish()
        self.unchanged.close()
