"""The same mapping for many records at once, several times as fast.

Nearly all records of a source have the same columns and values of the same types. For those, a struct is compiled that decodes a
record in one go and checks lengths, codes and dates on the way. Without it, Python code would look at every single value. The
decoded records are then coerced column by column and encoded together. Whether their texts hold characters that the mapper would
replace is seen by one look at the encoded text.

Every other record is left to the mapper: the bulk mapper gives exactly the mapper's answer or none.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import msgspec

from source_destination_clientes.cliente.bulk import column_coercers
from source_destination_clientes.cliente.bulk.column_coercers import Column, ColumnCoercer, Rows
from source_destination_clientes.cliente.mapped import MappedSlice, Note, ValueCounts
from source_destination_clientes.cliente.readers import documento
from source_destination_clientes.cliente.readers.garbled import MOJIBAKE

LineReader: TypeAlias = Callable[[bytes], Any]
"""Reads a record from a line as the struct it was made for; raises one of `NOT_READ` for every other line."""

NOT_READ: Final = (msgspec.DecodeError, UnicodeError, RecursionError)

_CLEAN: Final = bytes(range(0x20, 0x7F)).replace(b"\\", b"\n")
_COMPOSED: Final = re.compile(
    "[\u00a1-\u00ac\u00ae-\u024f\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2116\u2122\U0001f300-\U0001f64f]+"
)
"""Characters that are visible, composed, and compose with no other."""
_ENTITY: Final = re.compile(rb"&[#a-zA-Z0-9]{2,8};")
_ENCODER: Final = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """One column: its position in the record's struct, and the coercers that its values go through in turn."""

    position: int
    coercers: tuple[ColumnCoercer, ...]

    def apply(self, columns: Sequence[Column], rows: Rows) -> Column:
        """The coerced values."""
        column = columns[self.position]
        for coerce in self.coercers:
            column = coerce(column, rows)
        return column


@dataclass(frozen=True, slots=True)
class PessoaFisicaRule:
    """Fills in pessoaFisica by the document, with `code` for a person.

    `document` and `given` are the positions of cpfCnpj and pessoaFisica among the values. `given` is None when no column
    has it: it is then the last of the values.
    """

    code: int
    document: int
    given: int | None

    def apply(self, values: list[Column], rows: Rows) -> None:
        """Fill it in; reject the rows that have no document and say nothing, and those it has to correct."""
        person, company, length = self.code, 1 - self.code, documento.CPF_LENGTH
        filled: Column = [
            None if document is None else person if len(document) == length else company
            for document in values[self.document]
        ]
        if self.given is None:
            values.append(filled)
        else:
            given = values[self.given]
            rows.rejected.update(
                row
                for row, (deduced, said) in enumerate(zip(filled, given, strict=True))
                if said is not None and deduced is not None and said != deduced
            )
            filled = [
                said if deduced is None else deduced for deduced, said in zip(filled, given, strict=True)
            ]
            values[self.given] = filled
        column_coercers.required(filled, rows)


@dataclass(frozen=True, slots=True)
class BulkMapper:
    """Maps the records that have the columns it was compiled for.

    `columns` are sent, in their order; `watched` only decide which rows are rejected. `head` opens every body with the values
    that are the same in all. `key` is the position of idRetaguarda among the columns, None where the object has none. `judged` are the
    positions of the fields whose values are counted in `counts`.
    """

    read: LineReader
    columns: tuple[ColumnPlan, ...]
    watched: tuple[ColumnPlan, ...]
    make: Callable[..., Any]
    head: bytes
    key: int | None
    person: PessoaFisicaRule | None
    judged: Mapping[str, int]
    counts: ValueCounts

    def map_all(self, lines: Sequence[bytes]) -> tuple[list[MappedSlice], list[int]]:
        """Map the lines that it can. Of the others, name those of which one that looks at each value could make more.

        A line in neither is for the mapper, or for another stream.
        """
        records, unread = self._read_all(lines)
        if not records:
            return [], unread
        rows = Rows()
        values = self._coerce(records, rows)
        bodies = self._encode(values, rows)
        self._count(values, rows)
        keys = [""] * len(bodies) if self.key is None else list(values[self.key])
        gaps = set(unread)
        line_of_row = [line for line in range(len(lines)) if line not in gaps]
        gaps.update(line_of_row[row] for row in rows.rejected | rows.unfit)
        notes = {line_of_row[row]: tuple(found) for row, found in rows.notes.items()}
        for line in unread:
            keys.insert(line, "")
            bodies.insert(line, b"")
        unfit = sorted({*unread, *(line_of_row[row] for row in rows.unfit - rows.rejected)})
        return _slices(keys, bodies, gaps, notes), unfit

    def _read_all(self, lines: Sequence[bytes]) -> tuple[list[Any], list[int]]:
        """The records that could be read, and the positions of the lines that could not, in order."""
        records: list[Any] = []
        unread: list[int] = []
        rest = iter(lines if _are_utf8(lines) else ())
        while True:
            try:
                # Records read before an error stay in the list, and the iterator goes on after the line at fault.
                records.extend(map(self.read, rest))
            except NOT_READ:
                unread.append(len(records) + len(unread))
            else:
                return records, unread

    def _coerce(self, records: Sequence[Any], rows: Rows) -> list[Column]:
        """The values to send, by column."""
        columns = list(zip(*map(msgspec.structs.astuple, records), strict=True))
        values = [plan.apply(columns, rows) for plan in self.columns]
        for plan in self.watched:
            plan.apply(columns, rows)
        if self.person is not None:
            self.person.apply(values, rows)
        return values

    def _count(self, values: Sequence[Column], rows: Rows) -> None:
        """Count the values of the rows that are mapped here, by field."""
        others = rows.rejected | rows.unfit
        counts, received = self.counts, len(values[0])
        counts.records += received - len(others)
        for name, at in self.judged.items():
            column = values[at]
            filled = received if all(column) else received - column.count(None)
            counts.fits[name] += filled - sum(column[row] is not None for row in others)

    def _encode(self, values: Sequence[Column], rows: Rows) -> list[bytes]:
        """The bodies; a row is rejected where a text has what the mapper would replace."""
        encoded = _ENCODER.encode_lines(list(map(self.make, *values)))
        clean = _is_clean(encoded)
        objects = encoded.split(b"\n")
        objects.pop()
        if not clean:
            rows.unfit.update(row for row, each in enumerate(objects) if not _is_clean(each))
        head = self.head
        return [head + each[1:-1] for each in objects]


def _slices(
    keys: Sequence[str], bodies: Sequence[bytes], gaps: set[int], notes: Mapping[int, tuple[Note, ...]]
) -> list[MappedSlice]:
    slices: list[MappedSlice] = []
    start = 0
    for gap in (*sorted(gaps), len(bodies)):
        if gap > start:
            noted = {line: notes[line] for line in notes if start <= line < gap}
            slices.append(MappedSlice(start, keys[start:gap], bodies[start:gap], noted))
        start = gap + 1
    return slices


def _are_utf8(lines: Sequence[bytes]) -> bool:
    """Whether all of every line is UTF-8: the reader skips parts of a line that the dead letter may need one day."""
    together = b"\n".join(lines)
    if together.isascii():
        return True
    try:
        together.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_clean(encoded: bytes) -> bool:
    """Whether no text has what a reader would change or note: all that is not plain Latin letters and symbols."""
    if b"&" in encoded and _ENTITY.search(encoded):
        return False
    rest = encoded.translate(None, _CLEAN)
    if not rest:
        return True
    text = "" if b"\\" in rest else rest.decode()
    return _COMPOSED.fullmatch(text) is not None and not MOJIBAKE.search(text)
