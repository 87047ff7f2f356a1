"""The proactive rate limit."""

import pytest

from source_destination_clientes.errors import Interrupted
from source_destination_clientes.http.throttle import make_throttle


def refuse(seconds: float) -> None:
    raise Interrupted(str(seconds))


@pytest.mark.parametrize("limit", [None, 0, 0.0])
def test_without_a_limit_nobody_waits(limit: float | None) -> None:
    throttle = make_throttle(limit, refuse)
    for _ in range(1000):
        throttle()


def test_the_next_request_waits_for_its_turn_and_a_stop_ends_the_wait() -> None:
    throttle = make_throttle(0.01, refuse)
    throttle()
    with pytest.raises(Interrupted, match="100"):
        throttle()


def test_the_wait_is_repeated_until_a_turn_comes() -> None:
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            raise Interrupted

    throttle = make_throttle(0.02, wait)
    throttle()
    with pytest.raises(Interrupted):
        throttle()
    assert waits == [50, 50, 50]


def test_two_throttles_do_not_share_their_turns() -> None:
    make_throttle(0.01, refuse)()
    make_throttle(0.01, refuse)()


def test_a_step_of_the_wall_clock_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    passed = [0.0]
    monkeypatch.setattr("pyrate_limiter.clocks.monotonic", lambda: 1000 + passed[0])
    monkeypatch.setattr("pyrate_limiter.clocks.time", lambda: 1e9 - 3600 * passed[0])
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        passed[0] += seconds
        assert len(waits) < 50, "the wait does not end"

    throttle = make_throttle(0.5, wait)
    for _ in range(5):
        throttle()
    assert len(waits) <= 8
