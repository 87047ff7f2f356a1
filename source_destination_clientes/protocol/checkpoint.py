"""The gate for states: which may leave, and with what counts.

A state leaves when every record before it, in its scope, is settled: accepted inside a closed lote, or rejected and
durable in the dead letter. Scopes are Airbyte's: a STREAM state covers its stream, GLOBAL and LEGACY ones cover all.
"""

from collections import Counter, deque
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar

S = TypeVar("S")

Scope: TypeAlias = Hashable | None
"""What a state covers: a stream, or None for every stream."""


@dataclass(slots=True, eq=False)
class Segment:
    """The records of one stream between two states, as counts.

    `waiting` counts what else must become durable before the state may leave; `notes` are further counts, by name.
    """

    received: int = 0
    accepted: int = 0
    rejected: int = 0
    waiting: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)

    def reject(self, reason: str) -> None:
        """Note that one record is rejected and durable in the dead letter."""
        self.rejected += 1
        self.reasons[reason] += 1

    @property
    def settled(self) -> bool:
        """Every record has its outcome, and nothing else is waited for."""
        return self.accepted + self.rejected == self.received and not self.waiting


@dataclass(frozen=True, slots=True)
class Released(Generic[S]):
    """A state that may leave, with what became of the records since the state before it in its scope."""

    state: S
    accepted: int
    rejected: int
    reasons: Counter[str]
    notes: Counter[str]


@dataclass(frozen=True, slots=True)
class _Held(Generic[S]):
    state: S
    scope: Scope
    segments: tuple[Segment, ...]


@dataclass(slots=True)
class Checkpoint(Generic[S]):
    """Counts records per stream, holds states back, and releases them in order within each scope."""

    _open: dict[Hashable, Segment] = field(default_factory=dict)
    _held: deque[_Held[S]] = field(default_factory=deque)

    def receive(self, stream: Hashable, number: int = 1) -> Segment:
        """Note further records of `stream`; their outcomes are later reported to the segment returned."""
        segment = self._open.get(stream)
        if segment is None:
            segment = self._open[stream] = Segment()
        segment.received += number
        return segment

    def hold(self, state: S, scope: Scope) -> None:
        """Take a state that arrived; it covers the records of its scope that no earlier state covers."""
        if scope is None:
            segments = tuple(self._open.values())
            self._open.clear()
        else:
            segment = self._open.pop(scope, None)
            segments = (segment,) if segment else ()
        self._held.append(_Held(state, scope, segments))

    def release(self) -> list[Released[S]]:
        """Release, oldest first, the states whose records and predecessors are all settled."""
        blocked: set[Scope] = set()
        kept: deque[_Held[S]] = deque()
        released: list[Released[S]] = []
        for held in self._held:
            if _is_blocked(held.scope, blocked) or not all(segment.settled for segment in held.segments):
                blocked.add(held.scope)
                kept.append(held)
            else:
                released.append(_released(held))
        self._held = kept
        return released

    @property
    def waiting(self) -> int:
        """States held back."""
        return len(self._held)

    @property
    def unsettled(self) -> int:
        """Records without an outcome, whether or not a state waits for them."""
        segments = [segment for held in self._held for segment in held.segments]
        return sum(s.received - s.accepted - s.rejected for s in (*segments, *self._open.values()))


def _is_blocked(scope: Scope, blocked: set[Scope]) -> bool:
    """Whether a state must wait for an earlier one: of its own scope, or a global one, which covers every scope."""
    if scope is None:
        return bool(blocked)
    return scope in blocked or None in blocked


def _released(held: _Held[S]) -> Released[S]:
    accepted = sum(segment.accepted for segment in held.segments)
    rejected = sum(segment.rejected for segment in held.segments)
    received = sum(segment.received for segment in held.segments)
    assert accepted + rejected == received, "every record has exactly one outcome"
    reasons = sum((segment.reasons for segment in held.segments), Counter[str]())
    notes = sum((segment.notes for segment in held.segments), Counter[str]())
    return Released(held.state, accepted, rejected, reasons, notes)
