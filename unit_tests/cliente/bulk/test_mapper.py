"""The fast way through the mapping gives the mapper's own answer, or none."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from source_destination_clientes.cliente.mapped import Mapped
from source_destination_clientes.cliente.mapper import Mapper, MapperOptions, build_mapper
from source_destination_clientes.rejection.outcome import Rejection

OPTIONS = MapperOptions(id_inquilino="tenant", id_proprietario="owner")
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


def encode(record: dict[str, Any]) -> bytes:
    return json.dumps(record, ensure_ascii=False).encode(errors="surrogatepass")


def reader_of(row: type[Any]) -> Callable[[bytes], Any]:
    """Lines are nothing but the records themselves."""
    return msgspec.json.Decoder(row).decode


def make_mapper(options: MapperOptions = OPTIONS) -> Mapper:
    return build_mapper(options, reader_of)


def answer(mapper: Mapper, record: dict[str, Any]) -> Mapped | Rejection:
    """What a sync makes of a record."""
    return answers(mapper, [record])[0]


def answers(mapper: Mapper, records: Sequence[dict[str, Any]]) -> list[Mapped | Rejection]:
    """What a sync makes of records that come together."""
    lines = [encode(record) for record in records]
    quickly = taken(mapper, lines)
    return [quickly.get(at) or mapper.map(line) for at, line in enumerate(lines)]


def taken(mapper: Mapper, lines: Sequence[bytes]) -> dict[int, Mapped]:
    """What the express makes of lines, by their position."""
    return {
        run.start + at: Mapped(key, body)
        for run in mapper.map_all(lines)
        for at, (key, body) in enumerate(zip(run.keys, run.bodies, strict=True))
    }


def trained(options: MapperOptions = OPTIONS, *records: dict[str, Any]) -> Mapper:
    """A mapper that has seen a few records."""
    mapper = make_mapper(options)
    for record in records or (GOOD,):
        assert isinstance(answer(mapper, record), Mapped)
    return mapper


def plainly(answer: Mapped | Rejection) -> object:
    return (
        answer
        if isinstance(answer, Rejection)
        else (answer.key, json.loads(answer.body + b"}"), answer.attachments)
    )


def express_takes(mapper: Mapper, record: dict[str, Any]) -> bool:
    return bool(taken(mapper, [encode(record)]))


def same(options: MapperOptions, mapper: Mapper, record: dict[str, Any]) -> None:
    assert plainly(answer(mapper, record)) == plainly(build_mapper(options).map(encode(record)))


def test_records_like_those_before_take_the_fast_way() -> None:
    assert express_takes(trained(), {**GOOD, "idRetaguarda": "C-2", "nome": "João", "email": "j@example.com"})


@pytest.mark.parametrize(
    "changes",
    [
        {"nome": "  Ana  "},
        {"endereco": " "},
        {"endereco": ""},
        {"cpfCnpj": "11.222.333/0001-81"},
        {"cpfCnpj": "12.ABC.345/01DE-35"},
        {"cep": " 01310100 "},
    ],
)
def test_values_that_only_need_their_coercer_do_so_too(changes: dict[str, Any]) -> None:
    mapper = trained(OPTIONS, GOOD)
    assert express_takes(mapper, {**GOOD, **changes})
    same(OPTIONS, mapper, {**GOOD, **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"nome": "a\tb"},
        {"nome": 'the "one"'},
        {"nome": "a\u2028b"},
        {"nome": "a\x7fb"},
        {"nome": "x" * 201},
        {"nome": None},
        {"nome": 7},
        {"cpfCnpj": "111.111.111-11"},
        {"dataNascimento": "1980-02-30"},
        {"dataNascimento": "1980-02-29T23:30:00-03:00"},
        {"dataNascimento": "19800229"},
        {"sexo": "feminino"},
        {"sexo": 9},
        {"sexo": True},
        {"bloqueado": 1},
        {"novo": "a column nobody saw before"},
        {"CPF_CNPJ": "529.982.247-25"},
        {"_ab_cdc_deleted_at": "2026-01-01"},
        {"_AB_CDC_DELETED_AT": "2026-01-01"},
        {"attachments": ["file_1"]},
    ],
)
def test_what_is_not_that_simple_is_left_to_the_mapper(changes: dict[str, Any]) -> None:
    mapper = trained(OPTIONS, GOOD)
    assert not express_takes(mapper, {**GOOD, **changes})
    same(OPTIONS, mapper, {**GOOD, **changes})


def test_columns_and_types_that_turn_up_later_are_learnt() -> None:
    mapper = trained()
    later = {**GOOD, "numero": 12, "idRetaguarda": 77, "sexo": "F", "dataNascimento": "1980-02-29T00:00:00Z"}
    answer(mapper, later)
    assert express_takes(mapper, later)
    assert express_takes(mapper, GOOD)
    same(OPTIONS, mapper, later)


def test_a_source_whose_columns_never_repeat_is_soon_left_to_the_mapper() -> None:
    mapper = make_mapper()
    for number in range(700):
        assert isinstance(answer(mapper, {**GOOD, f"column_{number}": 1}), Mapped)
    assert not express_takes(mapper, {**GOOD, "column_699": 1})


def test_an_expression_takes_the_mappers_way() -> None:
    options = replace(OPTIONS, fields=[("nome", "{{ record.first ~ ' ' ~ record.last }}")])
    record = {**GOOD, "first": "Ana", "last": "Lima"}
    assert not express_takes(trained(options, record), record)


FIELDS = [("nome", "full_name"), ("numero", "'S/N'"), ("IdRetaguardaPraca", "idRetaguarda")]
NAMES = [
    "idRetaguarda",
    "nome",
    "NOME",
    "full_name",
    "FULL_NAME",
    "cpfCnpj",
    "cpf_cnpj",
    "situacao",
    "pessoaFisica",
    "cep",
]
NAMES += [
    "dataNascimento",
    "email",
    "sexo",
    "bloqueado",
    "idInquilino",
    "numero",
    "extra",
    "attachments",
    "_ab_cdc_deleted_at",
]
values = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.text(alphabet=' "\\\t\x00\x7f\u2028éA1', max_size=6),
    st.integers(-5, 10**12),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(
        ["529.982.247-25", "52998224725", "11222333000181", "1990-01-31", "x" * 90, "M", "01310-100", [], {}]
    ),
)
records = st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, values)).map(
    lambda record: {
        "idRetaguarda": "C-1",
        "nome": "Ana",
        "full_name": "Ana",
        "cpfCnpj": "52998224725",
        **record,
    }
)


@settings(deadline=None)  # building an express takes its time on a busy machine
@given(
    st.lists(records, min_size=2, max_size=8),
    st.sampled_from(["v2", "v3"]),
    st.booleans(),
    st.sampled_from(["reject", "truncate"]),
)
def test_whatever_came_before_every_record_is_mapped_as_by_a_mapper_that_saw_nothing(
    seen: list[dict[str, Any]], version: Any, configured: bool, overlong: Any
) -> None:
    options = replace(
        OPTIONS, api_version=version, overlong=overlong, fields=FIELDS if configured else (), attachments=True
    )
    mapper = make_mapper(options)
    for record in seen:
        same(options, mapper, record)


@settings(deadline=None)  # building an express takes its time on a busy machine
@given(
    st.lists(records, min_size=1, max_size=4),
    st.lists(records, min_size=1, max_size=12),
    st.sampled_from(["v2", "v3"]),
    st.sampled_from(["reject", "truncate"]),
)
def test_records_that_come_together_are_mapped_as_one_by_one(
    before: list[dict[str, Any]], together: list[dict[str, Any]], version: Any, overlong: Any
) -> None:
    options = replace(OPTIONS, api_version=version, overlong=overlong, attachments=True)
    mapper, alone = make_mapper(options), build_mapper(options)
    for record in before:
        assert plainly(answer(mapper, record)) == plainly(alone.map(encode(record)))
    assert [plainly(each) for each in answers(mapper, together)] == [
        plainly(alone.map(encode(record))) for record in together
    ]
    assert mapper.truncated == alone.truncated


def test_lines_that_cannot_be_read_leave_gaps_between_the_others() -> None:
    mapper = trained()
    good = [encode({**GOOD, "idRetaguarda": f"C-{number}"}) for number in range(5)]
    lines = [
        b"no JSON",
        good[0],
        good[1],
        b"{",
        b"[]",
        good[2],
        good[3],
        encode({**GOOD, "sexo": 9}),
        good[4],
    ]
    assert [(run.start, run.keys) for run in mapper.map_all(lines)] == [
        (1, ["C-0", "C-1"]),
        (5, ["C-2", "C-3"]),
        (8, ["C-4"]),
    ]


def test_lines_of_which_none_can_be_read_make_nothing() -> None:
    assert list(trained().map_all([b"no JSON", b"{}", b""])) == []


def test_a_line_that_is_no_text_is_left_with_those_beside_it_to_whoever_reads_all_of_it() -> None:
    broken = encode(GOOD).replace(b"nested", b"n\xffsted")
    mapper = trained()
    assert taken(mapper, [encode(GOOD)])
    assert not taken(mapper, [encode(GOOD), broken])


@given(records.map(lambda record: {name: value for name, value in record.items() if value not in ([], {})}))
def test_a_record_seen_before_is_mapped_the_same_again(record: dict[str, Any]) -> None:
    mapper = make_mapper()
    assert plainly(answer(mapper, record)) == plainly(answer(mapper, record))
