"""The mapper and the bulk mapper side by side, as a route wires them."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from source_destination_clientes.cliente.bulk.learner import make_learner
from source_destination_clientes.cliente.mapped import Mapped, MappedSlice, ValueCounts
from source_destination_clientes.cliente.mapper import Mapper, build_mapper
from source_destination_clientes.cliente.mapping import MapperOptions, compile_mapping
from source_destination_clientes.rejection.outcome import Rejection

GOOD: dict[str, Any] = {
    "idRetaguarda": "C-1",
    "nome": "Márcia D'Ávila",
    "cpfCnpj": "529.982.247-25",
    "endereco": "Rua das Palmeiras",
    "cep": "01310-100",
    "email": None,
    "dataNascimento": "1980-02-29",
    "sexo": 2,
    "situacao": None,
    "bloqueado": False,
    "whatever": {"nested": [1]},
}
"""A record that the bulk mapper takes once it has seen one like it."""


def encode(record: dict[str, Any]) -> bytes:
    return json.dumps(record, ensure_ascii=False).encode(errors="surrogatepass")


def reader_of(row: type[Any]) -> Callable[[bytes], Any]:
    """Lines are nothing but the records themselves."""
    return msgspec.json.Decoder(row).decode


def plainly(answer: Mapped | Rejection) -> object:
    """An answer that can be compared whatever the order of its fields."""
    if isinstance(answer, Rejection):
        return answer
    return answer.key, json.loads(answer.body + b"}"), answer.attachments


class BulkBench:
    """A mapper with its learner, and a mapper of the same options that stands alone."""

    def __init__(self, options: MapperOptions, *seen: dict[str, Any]) -> None:
        mapping = compile_mapping(options)
        counts = ValueCounts(mapping.judged)
        self.learner = make_learner(mapping, reader_of, counts)
        self.mapper = Mapper(mapping, self.learner.learn if self.learner else None, counts)
        self.alone = build_mapper(options)
        for record in seen:
            assert isinstance(self.answer(record), Mapped)

    def map_all(self, lines: Sequence[bytes]) -> Sequence[MappedSlice]:
        return self.learner.map_all(lines) if self.learner else ()

    def taken(self, lines: Sequence[bytes]) -> dict[int, Mapped]:
        """The lines that the bulk mapper mapped, by position."""
        return {
            mapped.start + at: Mapped(key, body)
            for mapped in self.map_all(lines)
            for at, (key, body) in enumerate(zip(mapped.keys, mapped.bodies, strict=True))
        }

    def takes(self, record: dict[str, Any]) -> bool:
        return bool(self.taken([encode(record)]))

    def answers(self, *records: dict[str, Any]) -> list[Mapped | Rejection]:
        """What a sync makes of records that come together."""
        lines = [encode(record) for record in records]
        taken = self.taken(lines)
        return [taken.get(at) or self.mapper.map(line) for at, line in enumerate(lines)]

    def answer(self, record: dict[str, Any]) -> Mapped | Rejection:
        return self.answers(record)[0]

    def compare(self, *records: dict[str, Any]) -> None:
        """See that records which come together have the answers of the mapper that stands alone."""
        known, known_alone = _fitting(self.mapper), _fitting(self.alone)
        expected = [plainly(self.alone.map(encode(record))) for record in records]
        assert [plainly(answer) for answer in self.answers(*records)] == expected
        assert self.mapper.counts.notes == self.alone.counts.notes
        assert _fitting(self.mapper) - known == _fitting(self.alone) - known_alone
        assert self.mapper.left_out == self.alone.left_out


def _fitting(mapper: Mapper) -> Counter[str]:
    """How many records were mapped so far, and how many values of each field fitted."""
    counts = mapper.counts
    return Counter({"": counts.records, **counts.fits})
