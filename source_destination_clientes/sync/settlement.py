"""Giving each record its outcome, and releasing the states whose records are settled.

A rejection counts as settled once the dead letter holds it. A state leaves once all its records are settled and no threshold of
`rejections` can still be broken by them.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Final, Protocol

from msgspec import structs

from source_destination_clientes.cliente.mapped import Change, Note
from source_destination_clientes.errors import ClientesError, ConfigError, FatalError
from source_destination_clientes.protocol.checkpoint import Checkpoint, Segment
from source_destination_clientes.protocol.messages import Record, State, StreamKey, state_message
from source_destination_clientes.protocol.output import Reporter
from source_destination_clientes.rejection.dead_letter import DeadLetter
from source_destination_clientes.rejection.outcome import ACCEPTED, Outcome, Rejection
from source_destination_clientes.rejection.retention import Retention
from source_destination_clientes.rejection.row import JobIdentity, Origin, make_row, without_secrets
from source_destination_clientes.rejection.tally import Tally
from source_destination_clientes.rejection.thresholds import Thresholds
from source_destination_clientes.runtime.clock import Clock
from source_destination_clientes.sync.kept_record import NOTHING
from source_destination_clientes.sync.misfits import MisfitWatch

_MOST_UNDURABLE: Final = 10_000
"""Rejections noted but not yet durable, whatever their size: this bounds the memory when no dead letter is configured."""

_STATISTICS: Final[Mapping[Change, str]] = {
    Change.NULLED: "nulledValueCount",
    Change.TRUNCATED: "truncatedValueCount",
}
"""Airbyte's names for counts of values in the statistics of a state."""


class Countable(Protocol):
    """A record, and the segment that counts it for its state."""

    segment: Segment

    @property
    def record(self) -> Record:
        """The message as it arrived."""


@dataclass(slots=True)
class Settlement:
    """The accounts of one sync. Used by its main thread only. `streams` are those of the catalog; None stands for every stream."""

    dead_letter: DeadLetter
    tally: Tally
    thresholds: Thresholds
    reporter: Reporter
    identity_of: Callable[[Record], JobIdentity]
    clock: Clock
    new_id: Callable[[], str]
    kept: Callable[[Record, Rejection], bytes]
    retention: Retention
    observe: Callable[[Record, Outcome], None] | None = None
    streams: Collection[StreamKey] | None = None
    misfits: MisfitWatch = field(default_factory=MisfitWatch)
    checkpoint: Checkpoint[State] = field(default_factory=Checkpoint)
    states_released: int = 0
    _undecided: int = 0
    _broken: str | None = None
    _undurable: list[tuple[Segment, str | None]] = field(default_factory=list)

    def receive(self, stream: StreamKey, count: int = 1) -> Segment:
        """Count records of this stream that came; return the segment that takes their outcomes."""
        self._undecided += count
        return self.checkpoint.receive(stream, count)

    def hold(self, state: State) -> None:
        """Keep a state until every record before it is settled.

        A state of a stream that the catalog does not have (from a source that leaves the namespace out, for example) could mean
        any record, so it waits for all of them.
        """
        known = self.streams is None or state.stream in self.streams
        self.checkpoint.hold(state, state.stream if known else None)

    def settle(self, record: Record, segment: Segment, outcome: Outcome) -> None:
        """Give one record its outcome."""
        if isinstance(outcome, Rejection):
            self._undecided -= 1
            self._reject(record, segment, outcome)
        else:
            self._accept(record, segment, 1)
        if self.observe:
            self.observe(record, outcome)

    def accept_all(self, accepted: Sequence[Countable]) -> None:
        """Give these records their outcome, counted by segment, since there are many of them."""
        segments = list(map(attrgetter("segment"), accepted))
        samples = dict(zip(segments, accepted, strict=True))
        for segment, count in Counter(segments).items():
            self._accept(samples[segment].record, segment, count)
        if self.observe:
            for each in accepted:
                self.observe(each.record, ACCEPTED)

    def note_values(self, segment: Segment, notes: Iterable[Note]) -> None:
        """Count values that were left out or cut, for the state of their records."""
        for note in notes:
            if name := _STATISTICS.get(note.change):
                segment.notes[name] += 1

    def accept_unchanged(self, stream: StreamKey, segment: Segment, count: int) -> None:
        """Accept records that are not sent, since the tills have them just so."""
        self._undecided -= count
        segment.accepted += count
        segment.notes["unchangedCount"] += count
        self.tally.accept(stream, count, unchanged=True)
        self.thresholds.accepted(count)

    def _accept(self, record: Record, segment: Segment, count: int) -> None:
        self._undecided -= count
        segment.accepted += count
        self.tally.accept(record.key, count)
        self.thresholds.accepted(count)

    def _reject(self, record: Record, segment: Segment, rejection: Rejection) -> None:
        self._keep(record, rejection)
        self.thresholds.rejected(rejection)
        self._undurable.append((segment, rejection.reason))

    def settle_attachment(self, record: Record, segment: Segment, outcome: Outcome) -> None:
        """Give a file that a cliente brought along its outcome. The state of the cliente waits until a rejection is durable."""
        if not isinstance(outcome, Rejection):
            self.tally.attach(record.key)
            segment.notes["attachments_accepted"] += 1
            return
        segment.notes[f"attachments_rejected_{outcome.reason}"] += 1
        self.reject_later(record, outcome)
        segment.waiting += 1
        self._undurable.append((segment, None))

    def reject_later(self, record: Record, rejection: Rejection) -> None:
        """Log and store a rejection of a record that has its outcome, as shops do it. It counts neither in a state nor for a threshold."""
        self._keep(record, rejection, later=True)

    def _keep(self, record: Record, rejection: Rejection, *, later: bool = False) -> None:
        """Put the rejection into the dead letter, if there is one, and log it."""
        row = self._store(record, rejection) if self.dead_letter.storage else None
        warning = self.tally.note(rejection, record.key, row=row, later=later)
        if warning:
            self.reporter.log("WARN", warning)

    def _store(self, record: Record, rejection: Rejection) -> str:
        """The id of the row that keeps the rejection."""
        kept = self.kept(record, rejection)
        origin = Origin(record.stream, record.namespace, record.emitted_at, kept, bytes(record.meta))
        identity, now = self.identity_of(record), self.clock.now()
        if kept == NOTHING:
            # Others' words quote records, too.
            rejection = structs.replace(rejection, raw=None)
        row = make_row(
            without_secrets(rejection, self.reporter.masked),
            origin=origin,
            identity=identity,
            now=now,
            new_id=self.new_id,
        )
        self.dead_letter.append(row)
        return row.id

    @property
    def pending(self) -> bool:
        """There are rejections that are not durable yet."""
        return bool(self._undurable) or self.dead_letter.pending > 0

    @property
    def due(self) -> bool:
        """It is time to make rejections durable. Without a dead letter there is nothing to wait for."""
        only_counted = bool(self._undurable) and not self.dead_letter.pending
        return only_counted or len(self._undurable) >= _MOST_UNDURABLE or self.dead_letter.due()

    def flush(self) -> None:
        """Make every rejection durable, and only then count it."""
        self.dead_letter.flush()
        for segment, reason in self._undurable:
            if reason is None:
                segment.waiting -= 1
            else:
                segment.reject(reason)
        self._undurable.clear()

    def release(self) -> list[bytes]:
        """The STATE messages that may leave now.

        Raises `ConfigError` when a threshold is broken: then no state leaves any more, whatever becomes of the records that were
        still under way, so that the same records come again once the cause is fixed.
        """
        self._judge(at_end=False)
        return self._released() if self.thresholds.may_release() and self.misfits.may_release() else []

    def conclude(self) -> list[bytes]:
        """Make everything durable and judge the thresholds for the last time; the last STATE messages that may leave."""
        self.flush()
        self._judge(at_end=True)
        return self._released()

    def assert_complete(self) -> None:
        """Raise `FatalError` when a record has no outcome: a sync that succeeds would pass it off as delivered."""
        if self.checkpoint.unsettled or self.checkpoint.waiting:
            raise FatalError(
                f"{self.checkpoint.unsettled} records ended without an outcome, and {self.checkpoint.waiting} states were held back for "
                "them. Run the sync again: it sends these records again.",
            )

    def tidy(self) -> None:
        """Delete from the dead letter what is too old. It is a help: when it fails, that is logged and changes nothing."""
        try:
            self.retention.tidy(self.clock.now())
        except ClientesError as error:
            self.reporter.log("WARN", f"Old rejected records could not be deleted. {error}")

    def _released(self) -> list[bytes]:
        messages: list[bytes] = []
        for released in self.checkpoint.release():
            rejected = {f"rejected_{reason}": count for reason, count in released.reasons.items()}
            further = {**rejected, **released.notes}
            messages.append(state_message(released.state, released.accepted, released.rejected, further))
        self.states_released += len(messages)
        return messages

    def _judge(self, *, at_end: bool) -> None:
        for warning in self.misfits.warnings(at_end=at_end):
            self.reporter.log("WARN", warning)
        if self._broken is None:
            verdict = self.thresholds.verdict(at_end=at_end, undecided=self._undecided)
            self._broken = verdict or self.misfits.verdict()
        if self._broken is not None:
            self.flush()
            raise ConfigError(self._broken)
