"""Columns whose values do not fit their field: a warning with the remedy, and the end of a sync one of whose columns never fits.

That most values of a column do not fit is a mistake in the mapping, not dirty data: dates that are written day first, for example.
Placeholders for values that are not known do not count.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from source_destination_clientes.cliente.mapped import ValueCounts
from source_destination_clientes.protocol.messages import StreamKey
from source_destination_clientes.rejection.outcome import Reason
from source_destination_clientes.rejection.thresholds import JUDGED_FROM

_WARNED_ABOVE: Final = 0.2
"""The share of values that do not fit from which on they are no accidents."""

_MOST_HELD: Final = 1_000
"""Records of a stream for which states wait while no value of a column fits: a column that is rarely filled must not hold them for ever."""

_REMEDIES: Final = {
    Reason.BAD_DATE: 'Say in values.date_formats how its dates are written, for example ["%d/%m/%Y"].',
    Reason.NOT_IN_LIST: "Map its words to codes with the filter code, or map another column.",
    Reason.TOO_LONG: "Map a shorter column, or shorten it with the filter cut.",
}
_REMEDY: Final = "Map another column, or an expression; `destination-clientes preview` shows what comes."

_Column: TypeAlias = tuple[StreamKey, str]


@dataclass(frozen=True, slots=True)
class ColumnMisfits:
    """How the values of one field were in one stream. `reason` is the most frequent one of those that do not fit."""

    stream: StreamKey
    field: str
    misfits: int
    fits: int
    reason: str

    @property
    def share(self) -> float:
        """The share of values that do not fit."""
        return self.misfits / (self.misfits + self.fits)

    def sentence(self) -> str:
        """What is wrong and what to do."""
        many = "All" if not self.fits else f"{self.share:.0%} of"
        come = self.misfits + self.fits
        remedy = _REMEDIES.get(Reason(self.reason), _REMEDY)
        return f"{many} {come:,} values for {self.field} in stream {self.stream[1]} do not fit ({self.reason}) and are left out. {remedy}"


@dataclass(slots=True)
class MisfitWatch:
    """Watches the columns of a sync. `fails` says whether one that never fits ends the sync."""

    streams: Iterable[tuple[StreamKey, ValueCounts]] = ()
    fails: bool = True
    _warned: set[_Column] = field(default_factory=set)

    def warnings(self, *, at_end: bool) -> Iterator[str]:
        """A sentence for each column with too many misfits that has had none yet; few values are judged at the end only."""
        for column in self._columns():
            known = (column.stream, column.field) in self._warned
            judged = at_end or column.misfits + column.fits >= JUDGED_FROM
            if not known and judged and column.share > _WARNED_ABOVE:
                self._warned.add((column.stream, column.field))
                yield column.sentence()

    def may_release(self) -> bool:
        """Whether a state may leave. It waits while no value of a column fits, within limits."""
        if not self.fails:
            return True
        return not any(
            not column.fits and counts.records < _MOST_HELD
            for stream, counts in self.streams
            for column in columns_of(stream, counts)
        )

    def verdict(self) -> str | None:
        """Say which column never fits, and what to do; None when each does, or too few values came to tell."""
        broken = [each for each in self._columns() if not each.fits and each.misfits >= JUDGED_FROM]
        if not broken or not self.fails:
            return None
        said = " ".join(each.sentence() for each in broken)
        return (
            f"{said} No further state is emitted; the next sync sends again everything after the last one. To send clientes without "
            "these values, set rejections.fail_when_column_misfits to false."
        )

    def _columns(self) -> Iterator[ColumnMisfits]:
        for stream, counts in self.streams:
            yield from columns_of(stream, counts)


def columns_of(stream: StreamKey, counts: ValueCounts) -> Iterator[ColumnMisfits]:
    """The fields of which values did not fit."""
    reasons: dict[str, Counter[str]] = {}
    for note, count in counts.misfits():
        reasons.setdefault(note.field, Counter())[note.reason] += count
    for name, found in reasons.items():
        yield ColumnMisfits(stream, name, found.total(), counts.fits[name], found.most_common(1)[0][0])
