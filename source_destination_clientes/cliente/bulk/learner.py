"""Learning the columns and types of a stream from the records that the mapper mapped."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from source_destination_clientes.cliente.bulk.compiler import ReaderOf, compile_bulk_mapper
from source_destination_clientes.cliente.bulk.mapper import BulkMapper
from source_destination_clientes.cliente.bulk.plan import Plan, make_plan
from source_destination_clientes.cliente.mapped import MappedSlice, ValueCounts
from source_destination_clientes.cliente.mapping import StreamMapping

_MOST_COLUMNS: Final = 500
_MOST_COMPILATIONS: Final = 50
"""After so many, the columns or types of a source keep changing, and all its records are left to the mapper."""


@dataclass(slots=True)
class ColumnLearner:
    """Compiles a bulk mapper for the columns and types seen so far.

    The mapper tells it each mapped record (`on_mapped`), since only those show what good records look like.
    """

    plan: Plan
    reader_of: ReaderOf
    counts: ValueCounts = field(default_factory=ValueCounts)
    bulk_mapper: BulkMapper | None = None
    _lenient_mapper: BulkMapper | None = None
    _types: dict[str, type | None] = field(default_factory=dict)
    _compilations: int = 0

    def learn(self, record: Mapping[str, Any]) -> None:
        """Note the columns and types of a mapped record; recompile the bulk mapper when they changed."""
        if self._compilations >= _MOST_COMPILATIONS:
            return
        changed = False
        for column, value in record.items():
            known = self._types.get(column)
            merged = _merged(known, _type_of(value))
            if merged is not known or column not in self._types:
                changed, self._types[column] = True, merged
        if len(self._types) > _MOST_COLUMNS:
            self.bulk_mapper, self._compilations = None, _MOST_COMPILATIONS
        elif changed:
            self.bulk_mapper = compile_bulk_mapper(self.plan, self._types, self.reader_of, self.counts)
            self._lenient_mapper = None
            self._compilations += 1

    def map_all(self, lines: Sequence[bytes]) -> Sequence[MappedSlice]:
        """Map the lines that can be mapped together; the caller maps the rest one by one."""
        if self.bulk_mapper is None:
            return ()
        clean, unfit = self.bulk_mapper.map_all(lines)
        if not unfit:
            return clean
        rest = self._map_leniently([lines[line] for line in unfit])
        for found in rest:
            self.counts.add(note for notes in found.notes.values() for note in notes)
        return sorted([*clean, *_in_their_places(rest, unfit)], key=lambda found: found.start)

    def _map_leniently(self, lines: Sequence[bytes]) -> Sequence[MappedSlice]:
        """Map lines that have a value which does not fit, or takes reading; compiled for the first of them."""
        if self._lenient_mapper is None:
            self._lenient_mapper = compile_bulk_mapper(
                self.plan, self._types, self.reader_of, self.counts, lenient=True
            )
        return self._lenient_mapper.map_all(lines)[0] if self._lenient_mapper else ()


def _in_their_places(slices: Iterable[MappedSlice], lines: Sequence[int]) -> Iterator[MappedSlice]:
    """Slices of lines that were picked out of others, one for each line, where it was."""
    for found in slices:
        for at, (key, body) in enumerate(zip(found.keys, found.bodies, strict=True), start=found.start):
            notes = {lines[at]: found.notes[at]} if at in found.notes else {}
            yield MappedSlice(lines[at], [key], [body], notes)


def make_learner(
    mapping: StreamMapping, reader_of: ReaderOf, counts: ValueCounts | None = None
) -> ColumnLearner | None:
    """The learner of a stream, which adds to `counts`; None when its mapping is not for the bulk mapper."""
    plan = make_plan(mapping)
    return ColumnLearner(plan, reader_of, counts or ValueCounts(mapping.judged)) if plan else None


def _type_of(value: object) -> type | None:
    """The type of a value, `date` for a text that looks like a day; None for a null, which shows nothing."""
    if type(value) is str:
        return date if len(value) == 10 and value[4] == value[7] == "-" else str
    return None if value is None else type(value)


def _merged(known: type | None, seen: type | None) -> type | None:
    """The type of a column that has both; `object` when they have nothing in common."""
    if known is None or seen is None or known is seen:
        return seen if known is None else known
    return str if {known, seen} == {date, str} else object
