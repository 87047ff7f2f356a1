"""When a state may leave, and with what counts."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.protocol.checkpoint import Checkpoint, Segment


def accept(segment: Segment) -> None:
    segment.accepted += 1


def test_a_state_without_records_before_it_leaves_at_once() -> None:
    checkpoint: Checkpoint[str] = Checkpoint()
    checkpoint.hold("s1", "a")
    assert [(r.state, r.accepted, r.rejected) for r in checkpoint.release()] == [("s1", 0, 0)]


def test_a_state_waits_for_every_record_of_its_stream() -> None:
    checkpoint: Checkpoint[str] = Checkpoint()
    first, second = checkpoint.receive("a"), checkpoint.receive("a")
    checkpoint.hold("s1", "a")
    accept(first)
    assert checkpoint.release() == []
    second.reject("too_long")
    released = checkpoint.release()
    assert [(r.state, r.accepted, r.rejected, dict(r.reasons)) for r in released] == [
        ("s1", 1, 1, {"too_long": 1})
    ]
    assert checkpoint.waiting == 0


def test_a_state_of_one_stream_does_not_wait_for_another_stream() -> None:
    checkpoint: Checkpoint[str] = Checkpoint()
    checkpoint.receive("slow")
    accept(checkpoint.receive("quick"))
    checkpoint.hold("slow state", "slow")
    checkpoint.hold("quick state", "quick")
    assert [r.state for r in checkpoint.release()] == ["quick state"]


def test_a_later_state_waits_for_an_earlier_one_of_its_stream() -> None:
    checkpoint: Checkpoint[str] = Checkpoint()
    held_up = checkpoint.receive("a")
    checkpoint.hold("s1", "a")
    accept(checkpoint.receive("a"))
    checkpoint.hold("s2", "a")
    assert checkpoint.release() == []
    accept(held_up)
    assert [(r.state, r.accepted) for r in checkpoint.release()] == [("s1", 1), ("s2", 1)]


def test_a_global_state_waits_for_all_streams_and_counts_them_together() -> None:
    checkpoint: Checkpoint[str] = Checkpoint()
    one, other = checkpoint.receive("a"), checkpoint.receive("b")
    checkpoint.hold("g1", None)
    accept(one)
    assert checkpoint.release() == []
    other.reject("bad_date")
    assert [(r.state, r.accepted, r.rejected) for r in checkpoint.release()] == [("g1", 1, 1)]


def test_a_stream_state_behind_a_global_one_waits_for_it() -> None:
    checkpoint: Checkpoint[str] = Checkpoint()
    late = checkpoint.receive("a")
    checkpoint.hold("g1", None)
    checkpoint.hold("s1", "b")
    assert checkpoint.release() == []
    accept(late)
    assert [r.state for r in checkpoint.release()] == ["g1", "s1"]


def test_releasing_a_state_asserts_that_each_record_has_one_outcome() -> None:
    checkpoint: Checkpoint[str] = Checkpoint()
    segment = checkpoint.receive("a")
    segment.accepted = 2
    checkpoint.hold("s1", "a")
    assert checkpoint.release() == []
    assert checkpoint.waiting == 1


events = st.lists(
    st.one_of(
        st.tuples(st.just("record"), st.sampled_from("abc")),
        st.tuples(st.just("state"), st.sampled_from(["a", "b", "c", None])),
    ),
    max_size=60,
)


@given(events, st.randoms(use_true_random=False))
def test_no_interleaving_of_settlements_releases_early_or_loses_a_count(
    script: list[tuple[str, str | None]], chance: random.Random
) -> None:
    checkpoint: Checkpoint[int] = Checkpoint()
    unsettled: list[tuple[int, str, Segment]] = []
    arrival: dict[int, tuple[int, str | None]] = {}
    totals = {"received": 0, "covered": 0, "released": 0}
    pending_since_state: dict[str, int] = {}
    for position, (kind, name) in enumerate(script):
        if kind == "record":
            assert name is not None
            unsettled.append((position, name, checkpoint.receive(name)))
            totals["received"] += 1
            pending_since_state[name] = pending_since_state.get(name, 0) + 1
        else:
            arrival[position] = (position, name)
            checkpoint.hold(position, name)
            for stream in [name] if name is not None else list(pending_since_state):
                totals["covered"] += pending_since_state.pop(stream, 0)
        while unsettled and chance.random() < 0.5:
            _, _, segment = unsettled.pop(chance.randrange(len(unsettled)))
            if chance.random() < 0.3:
                segment.reject("reason")
            else:
                segment.accepted += 1
        for released in checkpoint.release():
            _, scope = arrival.pop(released.state)
            early = [p for p, stream, _ in unsettled if p < released.state and scope in (None, stream)]
            assert not early, "a state left before its records were settled"
            before = [
                p
                for p, (_, s) in arrival.items()
                if p < released.state and (s is None or scope is None or s == scope)
            ]
            assert not before, "a state overtook an earlier one of its scope"
            totals["released"] += released.accepted + released.rejected
    for _, _, segment in unsettled:
        segment.accepted += 1
    totals["released"] += sum(r.accepted + r.rejected for r in checkpoint.release())
    assert checkpoint.waiting == 0
    assert totals["released"] == totals["covered"]


@pytest.mark.parametrize("accepted", [0, 1])
def test_unsettled_counts_what_has_no_outcome(accepted: int) -> None:
    checkpoint: Checkpoint[str] = Checkpoint()
    segment = checkpoint.receive("a")
    checkpoint.hold("s", "a")
    checkpoint.receive("b")
    segment.accepted = accepted
    assert checkpoint.unsettled == 2 - accepted
