"""How many calls of one API may be under way, and until when nobody may start one.

A server that refuses because it is busy speaks to all workers: none of them starts a call before the moment it names, and then half
as many calls go on, one more for each lote without trouble, as in congestion control (RFC 5681 section 3.1). A server that gets
slower with each further call shows it by the calls it finishes in a second: another number is tried for a while, and kept if it
was faster.
"""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

_FIRST_PATIENCE: Final = 25
"""Lotes between two rounds of trying other numbers. Doubles after each round that changed nothing."""

_LONGEST_PATIENCE: Final = 400


class _Move(NamedTuple):
    """Another number to try, and how many times the calls a second must be finished for it to be kept."""

    step: Callable[[int], int]
    needed: float


_MOVES: Final = (
    _Move(lambda number: number // 2, 1.1),
    _Move(lambda number: number - 1, 1.03),
    # To rise is the rule: as many calls as the config allows, unless they are clearly slower.
    _Move(lambda number: number + 1, 0.97),
)


class Ticket(NamedTuple):
    """A call under way: how often the number had been halved when it began, and when that was."""

    halvings: int
    began: float


@dataclass(slots=True)
class _Measure:
    """What was finished with one number of calls. Seconds: `busy` while any call was under way, `spent` by all calls together."""

    number: int
    peak: int = 0
    finished: int = 0
    busy: float = 0.0
    spent: float = 0.0

    @property
    def tells(self) -> bool:
        """The number was reached, and for long enough."""
        return self.finished >= 2 * self.number and self.peak >= self.number and self.busy > 0

    @property
    def rate(self) -> float:
        """Calls finished in a second."""
        return self.finished / self.busy


@dataclass(slots=True)
class Pace:
    """The gate of one API. Safe to share between threads.

    At most `most` calls are under way, and one is always allowed. A call is between `acquire` and `release`; the wait for another
    attempt is outside of it, so that who waits keeps nobody from calling. `monotonic` counts seconds.
    """

    most: int = 32
    monotonic: Callable[[], float] = time.monotonic
    allowed: int = field(init=False)
    under_way: int = field(default=0, init=False)
    paused_until: float = field(default=-math.inf, init=False)
    _ceiling: int = field(init=False)
    _halvings: int = field(default=0, init=False)
    _troubled: bool = field(default=False, init=False)
    _measure: _Measure = field(init=False)
    _since: float = field(default=0.0, init=False)
    _quickest: float = field(default=math.inf, init=False)
    _before: _Measure | None = field(default=None, init=False)
    _move: int = field(default=0, init=False)
    _patience: int = field(default=0, init=False)
    _patience_next: int = field(default=_FIRST_PATIENCE, init=False)
    _changed: threading.Condition = field(default_factory=threading.Condition, init=False)

    def __post_init__(self) -> None:
        self.most = max(1, self.most)
        self.allowed = self._ceiling = self.most
        self._measure = _Measure(self.allowed)

    def acquire(self, sleep: Callable[[float], None]) -> Ticket:
        """Begin a call as soon as one may begin. `sleep` waits, and raises when the wait must not go on."""
        while True:
            begun = self.try_acquire()
            if isinstance(begun, Ticket):
                return begun
            sleep(begun if math.isfinite(begun) else 0)
            if math.isinf(begun):
                with self._changed:
                    self._changed.wait_for(lambda: self.under_way < self.allowed, 1.0)

    def try_acquire(self) -> Ticket | float:
        """Begin a call if one may begin now. Else the seconds until the pause ends, or infinity: another call must end first."""
        with self._changed:
            now = self.monotonic()
            if now < self.paused_until:
                return self.paused_until - now
            if self.under_way >= self.allowed:
                return math.inf
            if not self.under_way:
                self._since = now
            self.under_way += 1
            self._measure.peak = max(self._measure.peak, self.under_way)
            return Ticket(self._halvings, now)

    def force(self) -> Ticket:
        """Begin a call whatever the bounds: one too many does less harm than what stays open without it."""
        with self._changed:
            self.under_way += 1
            return Ticket(self._halvings, self.monotonic())

    def release(self, ticket: Ticket) -> None:
        """End a call, however it ended."""
        with self._changed:
            now = self.monotonic()
            self._quickest = min(self._quickest, now - ticket.began)
            self._measure.finished += 1
            self._measure.busy += now - self._since
            self._measure.spent += now - ticket.began
            self._since = now
            self.under_way -= 1
            self._changed.notify_all()

    def pause(self, seconds: float) -> None:
        """Let nobody begin a call for this long."""
        with self._changed:
            self.paused_until = max(self.paused_until, self.monotonic() + seconds)

    def trouble(self, ticket: Ticket) -> None:
        """Halve the calls under way, unless that was done since this one began: what it met has been answered then."""
        with self._changed:
            if ticket.halvings != self._halvings:
                return
            self._halvings += 1
            self._troubled = True
            self._ceiling = max(1, self.allowed - 1)
            self.allowed = max(1, self.allowed // 2)
            self._begin(None)
            # One more than was too many is tried again, but not soon.
            self._move, self._patience = len(_MOVES) - 1, _FIRST_PATIENCE

    def lote_went_well(self) -> None:
        """Tell of a lote that was closed: the calls under way rise by one, or another number is tried, unless there was trouble."""
        with self._changed:
            troubled, self._troubled = self._troubled, False
            if troubled:
                return
            if self.allowed < self._ceiling:
                self.allowed += 1
                self._begin(None)
            else:
                self._patience -= 1
                self._judge()
            self._changed.notify_all()

    def _judge(self) -> None:
        """Keep or undo what was tried, and try the next."""
        now, before = self._measure, self._before
        if not now.tells:
            return
        if before is None:
            if self._patience > 0:
                self._begin(None)
            else:
                self._try(now)
        elif now.rate < before.rate * _MOVES[self._move].needed:
            self.allowed = self._ceiling = before.number
            self._try_next(before)
        else:
            self._patience_next = _FIRST_PATIENCE
            self._try(now)

    def _try(self, known: _Measure) -> None:
        """Make the present move from here, if it can be made and can gain anything."""
        number = _MOVES[self._move].step(self.allowed)
        # Fewer calls finish more in a second only where each takes longer than it would alone, and by more than their number.
        hopeless = (
            number < self.allowed and known.spent / known.finished * number < self._quickest * self.allowed
        )
        if not 1 <= number <= self.most or hopeless:
            self._try_next(known)
            return
        self.allowed = self._ceiling = number
        self._begin(known)

    def _try_next(self, known: _Measure) -> None:
        """Go on to the next move; after the last one, leave things as they are for a while."""
        self._move = (self._move + 1) % len(_MOVES)
        if self._move:
            self._try(known)
            return
        self._begin(None)
        self._patience = self._patience_next
        self._patience_next = min(_LONGEST_PATIENCE, 2 * self._patience_next)

    def _begin(self, before: _Measure | None) -> None:
        """Measure anew."""
        self._before = before
        self._measure = _Measure(self.allowed, self.under_way)
        self._since = self.monotonic()
