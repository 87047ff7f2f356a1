"""Planned misbehaviour, as typed resources with accounting: a fault that never fired can be seen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias, get_args

Operation: TypeAlias = Literal["token", "open", "send", "close", "status", "customers", "attach", "files"]
Kind: TypeAlias = Literal["status", "reset", "drop_after", "stall", "empty_body", "not_json"]

OPERATIONS: Final[tuple[str, ...]] = get_args(Operation)
KINDS: Final[tuple[str, ...]] = get_args(Kind)
"""`status`: answer with a status, without doing the work. `reset`: break the connection before the work. `drop_after`: do the work
and hang up. `stall`: wait, then do the work and answer. `empty_body`, `not_json`: do the work and answer 200 with nothing, or HTML."""

_FIELDS: Final = frozenset(
    {"operation", "kind", "times", "after", "status", "body", "content_type", "headers", "seconds"}
)


class UnknownFaultError(ValueError):
    """A fault that cannot be planned; the text says why."""


@dataclass(slots=True)
class Fault:
    """One planned misbehaviour of one operation: `times` calls, after letting the first `after` pass."""

    operation: str
    kind: str
    times: int = 1
    after: int = 0
    status: int = 500
    body: str = ""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 1.0
    seen: int = 0
    fired: int = 0

    @classmethod
    def plan(cls, plan: object) -> "Fault":
        """Read a plan. Raises `UnknownFaultError` for anything that is not understood."""
        if not isinstance(plan, dict):
            raise UnknownFaultError("a fault is an object")
        unknown = set(plan) - _FIELDS
        if unknown:
            raise UnknownFaultError(
                f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(sorted(_FIELDS))}"
            )
        if plan.get("operation") not in OPERATIONS:
            raise UnknownFaultError(f"operation must be one of {', '.join(OPERATIONS)}")
        if plan.get("kind") not in KINDS:
            raise UnknownFaultError(f"kind must be one of {', '.join(KINDS)}")
        if not all(isinstance(plan.get(name, 1), int) for name in ("times", "after", "status")):
            raise UnknownFaultError("times, after and status are whole numbers")
        return cls(**plan)

    @property
    def complete(self) -> bool:
        """It fired as often as planned."""
        return self.fired >= self.times

    def as_json(self) -> dict[str, Any]:
        """For the control routes."""
        return {
            "operation": self.operation,
            "kind": self.kind,
            "status": self.status if self.kind == "status" else None,
            "planned": self.times,
            "fired": self.fired,
            "complete": self.complete,
        }


@dataclass(slots=True)
class Faults:
    """The faults that are planned, in order."""

    planned: list[Fault] = field(default_factory=list)

    def fire(self, operation: str) -> Fault | None:
        """The fault that this call of an operation meets; it counts as fired."""
        for fault in self.planned:
            if fault.operation != operation or fault.complete:
                continue
            fault.seen += 1
            if fault.seen > fault.after:
                fault.fired += 1
                return fault
        return None
