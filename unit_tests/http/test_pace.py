"""One gate for all calls of an API: bounds, pauses, and how many calls a server takes best."""

import heapq
import math
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from itertools import count

import pytest

from source_destination_clientes.errors import Interrupted
from source_destination_clientes.http.pace import Pace, Ticket

Server = Callable[[int], tuple[float, bool]]
"""What becomes of a call that is the nth under way: the seconds it takes, and whether it is refused."""


@dataclass
class Simulation:
    """Calls in virtual time: each lote has this many, of which as many are under way as the pace allows."""

    pace: Pace
    server: Server
    now: float = 0.0
    calls: int = 0
    refused: int = 0
    most_seen: int = 0
    refused_by_lote: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pace.monotonic = lambda: self.now

    def run(self, lotes: int, calls: int, rng: random.Random | None = None) -> float:
        """Seconds for this many lotes; with `rng`, some servers ask for a pause and some calls run out of time."""
        started = self.now
        for _ in range(lotes):
            before = self.calls, self.refused
            self._lote(calls, rng)
            self.refused_by_lote.append((self.calls - before[0], self.refused - before[1]))
            self.pace.lote_went_well()
        return self.now - started

    def _lote(self, todo: int, rng: random.Random | None) -> None:
        ends: list[tuple[float, int, Ticket, bool]] = []
        numbers = count()
        while todo or ends:
            begun: Ticket | float = math.inf
            while todo and isinstance(begun := self.pace.try_acquire(), Ticket):
                todo -= 1
                self.calls += 1
                self.most_seen = max(self.most_seen, len(ends) + 1)
                seconds, refused = self.server(len(ends) + 1)
                heapq.heappush(ends, (self.now + seconds, next(numbers), begun, refused))
            moment = ends[0][0] if ends else math.inf
            if todo and isinstance(begun, float):
                moment = min(moment, self.now + begun)
            assert math.isfinite(moment), "nobody is calling and nobody may begin"
            self.now = moment
            while ends and ends[0][0] <= self.now:
                _, _, ticket, refused = heapq.heappop(ends)
                if refused:
                    self.refused += 1
                    todo += 1
                    self.pace.trouble(ticket)
                    self.pace.pause(rng.choice([0.0, 0.1, 3.0]) if rng else 1.0)
                self.pace.release(ticket)


def slower_beyond_eight(under_way: int) -> tuple[float, bool]:
    return 0.02 * max(1.0, (under_way / 8) ** 2), False


def refuses_more_than_five(under_way: int) -> tuple[float, bool]:
    return (0.001, True) if under_way > 5 else (0.02, False)


class Fixed(Pace):
    """A pace that stays as it is set."""

    def lote_went_well(self) -> None:
        """Change nothing."""


@cache
def fixed(number: int, calls: int) -> float:
    """Seconds that the lotes take with always this many calls under way."""
    return Simulation(Fixed(number), slower_beyond_eight).run(150, calls)


@pytest.mark.parametrize("most", [4, 8, 12, 16, 32])
@pytest.mark.parametrize("calls", [10, 40, 100])
def test_a_server_that_gets_slower_is_called_as_it_takes_it_best(most: int, calls: int) -> None:
    best = min(fixed(number, calls) for number in range(1, most + 1))
    assert best >= 0.9 * Simulation(Pace(most), slower_beyond_eight).run(150, calls) > 0


@pytest.mark.parametrize("most", [6, 8, 16, 32])
@pytest.mark.parametrize("calls", [10, 40, 100])
def test_a_server_that_refuses_is_hardly_ever_asked_for_too_much(most: int, calls: int) -> None:
    simulation = Simulation(Pace(most), refuses_more_than_five)
    simulation.run(200, calls)
    assert simulation.refused_by_lote[0][1], "the server was not asked for too much even once"
    later = simulation.refused_by_lote[10:]
    assert sum(refused for _, refused in later) < 0.02 * sum(calls for calls, _ in later)


def test_a_server_that_takes_everything_is_never_called_less() -> None:
    simulation = Simulation(Pace(4), lambda _under_way: (0.02, False))
    assert simulation.run(100, 40) == pytest.approx(100 * 10 * 0.02)


@pytest.mark.parametrize("seed", range(1000))
def test_bounds_are_kept_and_nobody_waits_for_ever(seed: int) -> None:
    rng = random.Random(seed)
    most = rng.randint(1, 32)
    trouble = rng.choice([0.0, 0.02, 0.3, 0.9])
    simulation = Simulation(Pace(most), lambda _under_way: (rng.expovariate(20), rng.random() < trouble))
    for _ in range(rng.randint(1, 6)):
        simulation.run(rng.randint(1, 5), rng.randint(1, 60), rng)
        assert 1 <= simulation.pace.allowed <= most
    assert 1 <= simulation.most_seen <= most
    assert simulation.pace.under_way == 0
    assert bool(simulation.refused) <= bool(trouble)


def held(pace: Pace, calls: int) -> list[Ticket]:
    tickets = [pace.try_acquire() for _ in range(calls)]
    return [ticket for ticket in tickets if isinstance(ticket, Ticket)]


def test_trouble_halves_once_however_many_calls_meet_it() -> None:
    pace = Pace(8, lambda: 0.0)
    tickets = held(pace, 8)
    for ticket in tickets:
        pace.trouble(ticket)
        pace.release(ticket)
    assert pace.allowed == 4
    (again,) = held(pace, 1)
    pace.trouble(again)
    assert pace.allowed == 2


def test_calls_rise_by_one_for_each_lote_without_trouble() -> None:
    pace = Pace(16, lambda: 0.0)
    pace.trouble(held(pace, 1)[0])
    allowed = []
    for _ in range(5):
        pace.lote_went_well()
        allowed.append(pace.allowed)
    assert allowed == [8, 9, 10, 11, 12], "the lote that had the trouble does not count"


def test_nobody_begins_a_call_before_the_moment_the_server_named() -> None:
    now = [0.0]
    pace = Pace(4, lambda: now[0])
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    pace.pause(3)
    pace.pause(1)
    for _ in range(3):
        assert isinstance(pace.acquire(sleep), Ticket)
    assert slept == [3]


def test_who_waits_for_another_call_to_end_begins_when_it_does() -> None:
    pace = Pace(1)
    first = held(pace, 1)[0]
    asked = threading.Event()
    second: list[Ticket] = []
    waiting = threading.Thread(target=lambda: second.append(pace.acquire(lambda _seconds: asked.set())))
    waiting.start()
    assert asked.wait(60)
    assert second == []
    pace.release(first)
    waiting.join(60)
    assert len(second) == 1


def test_a_request_to_stop_ends_the_wait() -> None:
    def stop(_seconds: float) -> None:
        raise Interrupted

    pace = Pace(1)
    held(pace, 1)
    with pytest.raises(Interrupted):
        pace.acquire(stop)
    assert pace.under_way == 1
