"""Giving each record its outcome, and states their leave.

A rejection counts as settled only once the dead letter holds it; a state leaves only once all its records are settled and no
threshold of `rejections` can still be broken by them.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Final, Protocol

from source_destination_clientes.errors import ConfigError, FatalError
from source_destination_clientes.protocol.checkpoint import Checkpoint, Segment
from source_destination_clientes.protocol.messages import Record, State, StreamKey, state_message
from source_destination_clientes.protocol.output import Reporter
from source_destination_clientes.rejection.dead_letter import DeadLetter
from source_destination_clientes.rejection.outcome import ACCEPTED, Outcome, Rejection
from source_destination_clientes.rejection.row import JobIdentity, Origin, make_row
from source_destination_clientes.rejection.tally import Tally
from source_destination_clientes.rejection.thresholds import Thresholds
from source_destination_clientes.runtime.clock import Clock

_MOST_UNDURABLE: Final = 10_000
"""Rejections noted but not yet durable, whatever their size; bounds the memory when no dead letter is configured."""


class Carried(Protocol):
    """A record on its way, and the segment that counts it."""

    segment: Segment

    @property
    def record(self) -> Record:
        """The message as it arrived."""


@dataclass(slots=True)
class Settlement:
    """The books of one sync. Used by its main thread only. `streams` are those of the catalog; None takes any for one of them."""

    dead_letter: DeadLetter
    tally: Tally
    thresholds: Thresholds
    reporter: Reporter
    identity_of: Callable[[Record], JobIdentity]
    clock: Clock
    new_id: Callable[[], str]
    observe: Callable[[Record, Outcome], None] | None = None
    streams: Collection[StreamKey] | None = None
    checkpoint: Checkpoint[State] = field(default_factory=Checkpoint)
    _undecided: int = 0
    _undurable: list[tuple[Segment, str | None]] = field(default_factory=list)

    def receive(self, stream: StreamKey, number: int = 1) -> Segment:
        """Note records of this stream that came; their outcomes are given to the segment returned."""
        self._undecided += number
        return self.checkpoint.receive(stream, number)

    def hold(self, state: State) -> None:
        """Keep a state until what it promises is true.

        One of a stream that the catalog does not have (a source that leaves the namespace out, say) could speak for any
        record, so it waits for all.
        """
        known = self.streams is None or state.stream in self.streams
        self.checkpoint.hold(state, state.stream if known else None)

    def settle(self, record: Record, segment: Segment, outcome: Outcome) -> None:
        """Give one record its outcome."""
        if isinstance(outcome, Rejection):
            self._undecided -= 1
            self._reject(record, segment, outcome)
        else:
            assert outcome is ACCEPTED
            self._accept(record, segment, 1)
        if self.observe:
            self.observe(record, outcome)

    def accept_all(self, accepted: Sequence[Carried]) -> None:
        """Note that these records were accepted: counted by segment, since there are many of them."""
        segments = list(map(attrgetter("segment"), accepted))
        samples = dict(zip(segments, accepted, strict=True))
        for segment, number in Counter(segments).items():
            self._accept(samples[segment].record, segment, number)
        if self.observe:
            for carried in accepted:
                self.observe(carried.record, ACCEPTED)

    def _accept(self, record: Record, segment: Segment, number: int) -> None:
        self._undecided -= number
        segment.accepted += number
        self.tally.accept(record.key, number)
        self.thresholds.accepted(number)

    def _reject(self, record: Record, segment: Segment, rejection: Rejection) -> None:
        self._tell(record, rejection)
        self.thresholds.rejected(rejection)
        self._keep(record, rejection)
        self._undurable.append((segment, rejection.reason))

    def attachment(self, record: Record, segment: Segment, outcome: Outcome) -> None:
        """Note what became of a file that a cliente brought along; its state waits until a refusal is durable."""
        if not isinstance(outcome, Rejection):
            self.tally.attach(record.key)
            segment.notes["attachments_accepted"] += 1
            return
        segment.notes[f"attachments_rejected_{outcome.reason}"] += 1
        self.report(record, outcome)
        segment.waiting += 1
        self._undurable.append((segment, None))

    def report(self, record: Record, rejection: Rejection) -> None:
        """Keep a rejection that comes after the record was settled, as those at the stores do: its counts have left."""
        self._tell(record, rejection, later=True)
        self._keep(record, rejection)

    def _tell(self, record: Record, rejection: Rejection, *, later: bool = False) -> None:
        warning = self.tally.note(rejection, record.key, later=later)
        if warning:
            self.reporter.log("WARN", warning)

    def _keep(self, record: Record, rejection: Rejection) -> None:
        if self.dead_letter.storage is None:
            return
        origin = Origin(
            record.stream, record.namespace, record.emitted_at, bytes(record.data), bytes(record.meta)
        )
        identity, now = self.identity_of(record), self.clock.now()
        self.dead_letter.append(
            make_row(rejection, origin=origin, identity=identity, now=now, new_id=self.new_id)
        )

    @property
    def pending(self) -> bool:
        """Rejections wait to become durable."""
        return bool(self._undurable) or self.dead_letter.pending > 0

    @property
    def due(self) -> bool:
        """Rejections have waited long enough to be made durable; where they are only counted there is nothing to wait for."""
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

    def release(self) -> Iterator[bytes]:
        """Yield the STATE messages that may leave.

        Raises `ConfigError` when a threshold is broken: then no state leaves, so that the same records come again once the
        cause is mended.
        """
        self._judge(at_end=False)
        if self.thresholds.may_release():
            yield from self._released()

    def conclude(self) -> Iterator[bytes]:
        """Make everything durable, judge the thresholds for the last time, and yield the last states.

        Raises `FatalError` when a record has no outcome even now: ending well would pass it off as delivered.
        """
        self.flush()
        self._judge(at_end=True)
        yield from self._released()
        if self.checkpoint.unsettled or self.checkpoint.waiting:
            raise FatalError(
                f"{self.checkpoint.unsettled} records ended without an outcome, and {self.checkpoint.waiting} states were kept "
                "back for them. The next sync sends them again.",
            )

    def _released(self) -> Iterator[bytes]:
        for released in self.checkpoint.release():
            rejected = {f"rejected_{reason}": count for reason, count in released.reasons.items()}
            further = {**rejected, **released.notes}
            yield state_message(released.state, released.accepted, released.rejected, further)

    def _judge(self, *, at_end: bool) -> None:
        verdict = self.thresholds.verdict(at_end=at_end, undecided=self._undecided)
        if verdict is not None:
            self.flush()
            raise ConfigError(verdict)
