"""What the log says about rejections: the first of each reason in words, the rest as numbers; never a person's data."""

from collections import Counter
from dataclasses import dataclass, field

from source_destination_clientes.rejection.outcome import Rejection
from source_destination_clientes.rejection.privacy import mask_key

StreamKey = tuple[str | None, str]


@dataclass(slots=True)
class StreamTally:
    """What became of the records of one stream.

    `attached` counts files that clientes brought along, `later` refusals of what belongs to records that were accepted.
    """

    accepted: int = 0
    attached: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    later: Counter[str] = field(default_factory=Counter)

    @property
    def rejected(self) -> int:
        """Records that were refused, for whatever reason."""
        return self.reasons.total()


@dataclass(slots=True)
class Journal:
    """Tells of the first `logged_per_reason` rejections of each reason, and counts all."""

    logged_per_reason: int
    tallies: dict[StreamKey, StreamTally] = field(default_factory=dict)
    _told: Counter[str] = field(default_factory=Counter)

    def accept(self, stream: StreamKey, number: int = 1) -> None:
        """Count accepted records."""
        self._tally(stream).accepted += number

    def attach(self, stream: StreamKey) -> None:
        """Count one file that a record brought along and that is attached now."""
        self._tally(stream).attached += 1

    def note(self, rejection: Rejection, stream: StreamKey, *, later: bool = False) -> str | None:
        """Count one rejection; return what to log about it, None when enough was said of its reason."""
        tally = self._tally(stream)
        (tally.later if later else tally.reasons)[rejection.reason] += 1
        self._told[rejection.reason] += 1
        told = self._told[rejection.reason]
        if told > self.logged_per_reason:
            return None
        last = " Further ones of this reason are only counted." if told == self.logged_per_reason else ""
        return f"Rejected {_who(rejection, stream)}: {rejection.reason}{_where(rejection)}. {rejection.message}{last}"

    def _tally(self, stream: StreamKey) -> StreamTally:
        tally = self.tallies.get(stream)
        if tally is None:
            tally = self.tallies[stream] = StreamTally()
        return tally


def _who(rejection: Rejection, stream: StreamKey) -> str:
    key = f"record {mask_key(rejection.key)}" if rejection.key else "a record without key"
    return f"{key} of stream {stream[1]}"


def _where(rejection: Rejection) -> str:
    field_name = f", field {rejection.field}" if rejection.field else ""
    lote = f", lote {rejection.lote}" if rejection.lote else ""
    return f"{field_name}{lote}"
