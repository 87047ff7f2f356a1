"""When too much is rejected for the sync to go on. Judged before a state leaves, so that the next sync sends those records again."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Final, Protocol

from source_destination_clientes.rejection.outcome import Rejection, Stage
from source_destination_clientes.rejection.privacy import mask_key

JUDGED_FROM: Final = 100
"""Records that must have come before a share of them means anything."""

_EXAMPLES: Final = 3


class RejectionLimits(Protocol):
    """What is read here of the section `rejections`, which is above this room."""

    fail_when_all_rejected: bool
    fail_above_percent: float | None
    fail_above_records: int | None


@dataclass(slots=True)
class Thresholds:
    """Counts outcomes and judges them."""

    limits: RejectionLimits
    _accepted: int = 0
    _rejected: int = 0
    _sent_and_rejected: int = 0
    _reasons: Counter[str] = field(default_factory=Counter)
    _examples: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def accepted(self, count: int = 1) -> None:
        """Count accepted records."""
        self._accepted += count

    def rejected(self, rejection: Rejection) -> None:
        """Count one rejected record."""
        self._rejected += 1
        self._sent_and_rejected += rejection.stage is not Stage.MAPPING
        self._reasons[rejection.reason] += 1
        examples = self._examples[rejection.reason]
        if rejection.key and len(examples) < _EXAMPLES:
            examples.append(mask_key(rejection.key))

    def may_release(self) -> bool:
        """Whether a state may leave: the records that came so far can no longer break a threshold.

        States wait only while every record with an outcome was rejected, or while the share of rejected ones is above
        `fail_above_percent`.
        """
        if not self._rejected:
            return True
        if self.limits.fail_when_all_rejected and not self._accepted:
            return False
        percent = self.limits.fail_above_percent
        return percent is None or self._percent_of(self._received) <= percent

    def verdict(self, *, at_end: bool, undecided: int = 0) -> str | None:
        """Say which threshold is broken, why, and what to do; None when none is.

        `undecided` records came and have no outcome yet. Mapping rejects at once, while good records still have to be sent, so
        they count as not rejected. Only when many records were sent and rejected are the undecided ones expected to fail too.
        """
        broken = self._broken(at_end=at_end, undecided=undecided)
        if broken is None:
            return None
        return (
            f"{broken} {self._why()} No further state is emitted. Fix the cause: the next sync sends again everything after the last "
            "state, and `destination-clientes replay` sends what was rejected before it. To accept the rejections instead, change "
            "the thresholds in rejections."
        )

    def _broken(self, *, at_end: bool, undecided: int) -> str | None:
        limits = self.limits
        judged = self._received >= JUDGED_FROM
        telling = not undecided or self._sent_and_rejected >= JUDGED_FROM
        if limits.fail_when_all_rejected and judged and not self._accepted and telling:
            return f"All {self._received} records were rejected, which is nearly always a mistake in the mapping."
        if limits.fail_above_records is not None and self._rejected > limits.fail_above_records:
            return f"{self._rejected} records were rejected, more than rejections.fail_above_records ({limits.fail_above_records})."
        percent = limits.fail_above_percent
        if percent is not None and (judged or (at_end and self._received)):
            share = self._percent_of(self._received + undecided)
            if share > percent:
                return (
                    f"{self._rejected} of {self._received + undecided} records ({share:.1f} %) were rejected, more than "
                    f"rejections.fail_above_percent ({percent:g})."
                )
        return None

    @property
    def _received(self) -> int:
        return self._accepted + self._rejected

    def _percent_of(self, records: int) -> float:
        return 100 * self._rejected / records if records else 0.0

    def _why(self) -> str:
        parts = []
        for reason, count in self._reasons.most_common(3):
            examples = ", ".join(self._examples[reason])
            parts.append(f"{reason} {count}" + (f" (for example {examples})" if examples else ""))
        return f"Reasons: {'; '.join(parts)}." if parts else ""
