"""Planned misbehaviour and its accounting."""

from typing import Any

import pytest

from source_destination_clientes.sandbox.faults import KINDS, OPERATIONS, Fault, Faults, UnknownFaultError


def plan(**changes: Any) -> Fault:
    return Fault.plan({"operation": "send", "kind": "status", **changes})


def test_a_fault_fires_as_often_as_planned_after_letting_some_calls_pass() -> None:
    faults = Faults([plan(times=2, after=1)])
    assert [faults.fire("send") is not None for _ in range(5)] == [False, True, True, False, False]
    assert faults.planned[0].as_json() == {
        "operation": "send",
        "kind": "status",
        "status": 500,
        "planned": 2,
        "fired": 2,
        "complete": True,
    }


def test_a_fault_that_never_fired_can_be_seen() -> None:
    faults = Faults([plan()])
    assert faults.fire("open") is None
    assert not faults.planned[0].complete


def test_faults_of_one_operation_fire_one_after_the_other() -> None:
    first, second = plan(status=500), plan(status=429)
    faults = Faults([first, second])
    assert [faults.fire("send") for _ in range(3)] == [first, second, None]


@pytest.mark.parametrize(
    ("odd", "trouble"),
    [
        ("send", "is an object"),
        ({"operation": "sing", "kind": "status"}, "operation must be one of token, open"),
        ({"operation": "send", "kind": "sulk"}, "kind must be one of status, reset"),
        ({"operation": "send", "kind": "status", "seen": 5}, "unknown: seen; known: after"),
        ({"operation": "send", "kind": "status", "times": "two"}, "whole numbers"),
    ],
)
def test_what_is_not_understood_is_not_planned(odd: object, trouble: str) -> None:
    with pytest.raises(UnknownFaultError, match=trouble):
        Fault.plan(odd)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_operation_can_misbehave_in_every_way(operation: str, kind: str) -> None:
    assert Fault.plan({"operation": operation, "kind": kind}).complete is False
