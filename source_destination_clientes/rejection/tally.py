"""Counting outcomes, and logging the first rejections of each reason, without a person's data."""

from collections import Counter
from dataclasses import dataclass, field
from typing import TypeAlias

from source_destination_clientes.rejection.outcome import Rejection
from source_destination_clientes.rejection.privacy import mask_key

StreamKey: TypeAlias = tuple[str | None, str]
"""Namespace and name, as `protocol.messages` has them; neither of the two rooms imports the other."""


Cause: TypeAlias = tuple[str, str, str | None]
"""Stage, reason and field of a rejection."""


@dataclass(slots=True)
class StreamTally:
    """What became of the records of one stream.

    `unchanged` counts the accepted ones that were not sent, since they were delivered before just so. `attached` counts files that came with clientes. `causes_later` counts rejections of what belongs to accepted records: their
    files, and the records at single shops.
    """

    accepted: int = 0
    unchanged: int = 0
    attached: int = 0
    causes: Counter[Cause] = field(default_factory=Counter)
    causes_later: Counter[Cause] = field(default_factory=Counter)

    @property
    def rejected(self) -> int:
        """Records that were rejected, for whatever reason."""
        return self.causes.total()

    @property
    def reasons(self) -> Counter[str]:
        """Rejected records by reason alone."""
        return _by_reason(self.causes)

    @property
    def later(self) -> Counter[str]:
        """Rejections of what belongs to accepted records, by reason alone."""
        return _by_reason(self.causes_later)


@dataclass(slots=True)
class Tally:
    """The counts of one sync, by stream. Only the first `logged_per_reason` rejections of each reason are logged."""

    logged_per_reason: int
    streams: dict[StreamKey, StreamTally] = field(default_factory=dict)
    _logged: Counter[str] = field(default_factory=Counter)

    def accept(self, stream: StreamKey, count: int = 1, *, unchanged: bool = False) -> None:
        """Count accepted records."""
        tally = self._tally(stream)
        tally.accepted += count
        tally.unchanged += count if unchanged else 0

    def attach(self, stream: StreamKey) -> None:
        """Count one file that came with a record and is attached now."""
        self._tally(stream).attached += 1

    def note(
        self, rejection: Rejection, stream: StreamKey, *, row: str | None = None, later: bool = False
    ) -> str | None:
        """Count one rejection; return the line to log, or None when enough of this reason were logged.

        `row` is the id of its row in the dead letter: where the key may not be shown, an operator finds the record by it.
        """
        tally = self._tally(stream)
        causes = tally.causes_later if later else tally.causes
        causes[rejection.stage, rejection.reason, rejection.field] += 1
        self._logged[rejection.reason] += 1
        logged = self._logged[rejection.reason]
        if logged > self.logged_per_reason:
            return None
        last = (
            " Further rejections for this reason are counted, not logged."
            if logged == self.logged_per_reason
            else ""
        )
        return f"Rejected {_who(rejection, stream, row)}: {rejection.reason}{_where(rejection)}. {rejection.message}{last}"

    def _tally(self, stream: StreamKey) -> StreamTally:
        tally = self.streams.get(stream)
        if tally is None:
            tally = self.streams[stream] = StreamTally()
        return tally


def _by_reason(causes: Counter[Cause]) -> Counter[str]:
    reasons: Counter[str] = Counter()
    for (_, reason, _), count in causes.items():
        reasons[reason] += count
    return reasons


def _who(rejection: Rejection, stream: StreamKey, row: str | None) -> str:
    shown = mask_key(rejection.key or "")
    key = f"record {shown}" if shown else "a record without key"
    hidden = not shown or shown != rejection.key
    return f"{key}{f' (row {row})' if row and hidden else ''} of stream {stream[1]}"


def _where(rejection: Rejection) -> str:
    field_name = f", field {rejection.field}" if rejection.field else ""
    lote = f", lote {rejection.lote}" if rejection.lote else ""
    return f"{field_name}{lote}"
