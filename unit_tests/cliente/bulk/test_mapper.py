"""The bulk mapper gives the mapper's own answer, or none."""

from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from source_destination_clientes.cliente.bulk.column_coercers import Rows
from source_destination_clientes.cliente.bulk.mapper import PessoaFisicaRule
from source_destination_clientes.cliente.expressions import simple_value
from source_destination_clientes.cliente.mapping import MapperOptions
from source_destination_clientes.cliente.preset import PRESETS, load_preset
from source_destination_clientes.manifest.objects import ApiVersion
from source_destination_clientes.manifest.read import with_objects
from source_destination_clientes.manifest.shipped import shipped_manifest
from unit_tests.kit.bulk import GOOD, BulkBench, encode
from unit_tests.kit.manifests import PLANO
from unit_tests.kit.mapping import make_options


def trained(*records: dict[str, Any], **options: Any) -> BulkBench:
    """A bench that has seen a few records."""
    return BulkBench(make_options(**options), *(records or (GOOD,)))


def test_records_like_those_before_are_mapped_in_bulk() -> None:
    assert trained().takes({**GOOD, "idRetaguarda": "C-2", "nome": "João", "email": "j@example.com"})


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
def test_values_that_only_need_their_coercer_are_mapped_in_bulk(changes: dict[str, Any]) -> None:
    bench = trained()
    assert bench.takes({**GOOD, **changes})
    bench.compare({**GOOD, **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"nome": 'the "one"'},
        {"nome": "JoÃ£o"},
        {"nome": "x" * 201},
        {"nome": None},
        {"cpfCnpj": "111.111.111-11"},
        {"cpfCnpj": "CPF 52998224725"},
        {"cpfCnpj": 52998224725},
        {"pessoaFisica": "J"},
        {"novo": "a column nobody saw before"},
        {"CPF_CNPJ": "529.982.247-25"},
        {"_ab_cdc_deleted_at": "2026-01-01"},
        {"_AB_CDC_DELETED_AT": "2026-01-01"},
        {"attachments": ["file_1"]},
    ],
)
def test_every_other_record_is_left_to_the_mapper(changes: dict[str, Any]) -> None:
    bench = trained()
    assert not bench.takes({**GOOD, **changes})
    bench.compare({**GOOD, **changes})


@pytest.mark.parametrize("column", ["attachments", "ATTACHMENTS", "_ab_cdc_deleted_at"])
def test_a_column_that_calls_for_the_mapper_does_so_only_where_it_has_a_value(column: str) -> None:
    bench = trained({**GOOD, column: None})
    assert bench.takes({**GOOD, column: None})
    assert not bench.takes({**GOOD, column: "x"})


@pytest.mark.parametrize(
    "changes",
    [
        {"nome": "a\tb"},
        {"nome": "a\u2028b"},
        {"nome": "a\x7fb"},
        {"nome": "Joa\u0303o"},
        {"nome": 7},
        {"numero": "nan"},
        {"numero": "1" * 16},
        {"endereco": "- - -"},
        {"dataNascimento": "1980-02-30"},
        {"dataNascimento": "1900-01-01"},
        {"dataNascimento": "1980-02-29T23:30:00-03:00"},
        {"dataNascimento": "19800229"},
        {"sexo": "feminino"},
        {"sexo": 9},
        {"sexo": True},
        {"bloqueado": 1},
        {"email": "naotem"},
        {"email": "a@example.com;b@example.com"},
        {"celular": "NAO TEM"},
        {"celular": "(11) 3222-1100 / 99887-7665"},
        {"cep": "013"},
        {"estado": "São Paulo"},
        {"estado": "Rio/SP"},
    ],
)
def test_a_value_that_is_left_out_or_takes_reading_keeps_its_record_on_the_bulk_path(
    changes: dict[str, Any],
) -> None:
    full = GOOD | {"email": "a@example.com", "celular": "11998877665", "estado": "SP", "numero": "12"}
    record = {**full, **changes}
    assert set(trained(full).taken([encode(full), encode(record), encode(full)])) == {0, 1, 2}
    trained(full).compare(full, record, full)


def test_lines_that_cannot_be_read_leave_gaps_between_the_others() -> None:
    good = [encode({**GOOD, "idRetaguarda": f"C-{number}"}) for number in range(5)]
    wrong = encode({**GOOD, "situacao": 9})
    lines = [b"no JSON", good[0], good[1], b"{", b"[]", good[2], good[3], wrong, good[4]]
    assert [(mapped.start, mapped.keys) for mapped in trained().map_all(lines)] == [
        (1, ["C-0", "C-1"]),
        (5, ["C-2", "C-3"]),
        (8, ["C-4"]),
    ]


def test_lines_of_which_none_can_be_read_make_nothing() -> None:
    assert list(trained().map_all([b"no JSON", b"{}", b""])) == []


def test_a_line_that_is_not_utf_8_is_left_with_those_beside_it_to_a_reader_of_whole_lines() -> None:
    broken = encode(GOOD).replace(b"nested", b"n\xffsted")
    bench = trained()
    assert bench.taken([encode(GOOD)])
    assert not bench.taken([encode(GOOD), broken])


@pytest.mark.parametrize(
    ("given", "expected", "rejected"),
    [
        (None, [1, 0, None], {2}),
        ([None, None, None], [1, 0, None], {2}),
        ([0, 1, 1], [1, 0, 1], {0, 1}),
        ([None, 1, None], [1, 0, None], {1, 2}),
    ],
)
def test_pessoa_fisica_is_the_documents_and_a_contradiction_is_for_the_mapper(
    given: list[int | None] | None, expected: list[int | None], rejected: set[int]
) -> None:
    values: list[Any] = [["52998224725", "11222333000181", None], *([given] if given else [])]
    rows = Rows()
    PessoaFisicaRule(code=1, document=0, given=1 if given else None).apply(values, rows)
    assert (values[1], rows.rejected) == (expected, rejected)


# Properties

SOURCES = {"idRetaguarda": "C-1", "nome": "Ana", "cpfCnpj": "52998224725"}
"""What a record needs, by field."""

OTHER_COLUMNS = (
    *("idRetaguarda", "nome", "NOME", "cpfCnpj", "cpf_cnpj", "situacao", "pessoaFisica", "cep"),
    *("dataNascimento", "email", "sexo", "bloqueado", "idInquilino", "numero", "extra", "attachments"),
    "_ab_cdc_deleted_at",
)
CONFIGURABLE = ("nome", "numero", "IdRetaguardaPraca", "pessoaFisica", "dataNascimento", "cep")
values = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.text(alphabet=' "\\\t\x00\x7f\u2028éA1', max_size=6),
    st.integers(-5, 10**12),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["529.982.247-25", "52998224725", "11222333000181", "1990-01-31", "x" * 90, "M"]),
    st.sampled_from(["01310-100", [], {}]),
)


def needing_more(preset: str) -> list[str]:
    """The fields of a preset whose values are expressions or paths."""
    if preset == "none":
        return []
    return [name for name, value in load_preset(preset) if simple_value(value) is None]


def simple_options(preset: str) -> st.SearchStrategy[MapperOptions]:
    """Options of columns and literals only: the entries of a preset that need more are replaced by the config's."""

    def entry(name: str) -> st.SearchStrategy[tuple[str, str]]:
        source = st.just(f"source_{name}")
        return st.tuples(st.just(name), source if name in SOURCES else source | st.just("'1'"))

    further = st.lists(st.sampled_from(CONFIGURABLE), unique=True, max_size=3)
    chosen = further.map(lambda names: sorted({*needing_more(preset), *names}))
    return st.builds(
        make_options,
        preset=st.just(preset),
        fields=chosen.flatmap(lambda names: st.tuples(*map(entry, names))),
        api_version=st.sampled_from(get_args(ApiVersion)),
        overlong=st.sampled_from(["reject", "truncate"]),
        document_check=st.sampled_from(["check_digits", "length_only"]),
        pessoa_fisica_code=st.sampled_from([0, 1]),
        attachments=st.booleans(),
    )


def records_for(bench: BulkBench) -> st.SearchStrategy[dict[str, Any]]:
    """Records with the columns that the mapping names, nearly all of them good enough to be mapped."""
    named = {
        name: column for name, text in bench.mapper.mapping.entries.items() if (column := column_of(text))
    }
    needed = {named.get(name, name): value for name, value in SOURCES.items()}
    columns = sorted({*OTHER_COLUMNS, *named.values(), *map(str.upper, named.values())})
    return st.fixed_dictionaries({}, optional=dict.fromkeys(columns, values)).map(
        lambda record: {**needed, **record}
    )


def column_of(text: str) -> str | None:
    simple = simple_value(text)
    return simple[1] if simple and simple[0] == "column" else None


@pytest.mark.parametrize("preset", ["none", *PRESETS])
@settings(deadline=None, max_examples=10)  # compiling takes its time on a busy machine
@given(data=st.data())
def test_records_that_come_together_are_mapped_as_one_by_one(preset: str, data: st.DataObject) -> None:
    bench = BulkBench(data.draw(simple_options(preset)))
    records = records_for(bench)
    for record in data.draw(st.lists(records, min_size=1, max_size=4)):
        bench.compare(record)
    bench.compare(*data.draw(st.lists(records, min_size=1, max_size=8)))


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_whose_expressions_are_replaced_by_columns_is_mapped_in_bulk(preset: str) -> None:
    fields = [(name, f"source_{name}") for name in needing_more(preset)]
    bench = BulkBench(make_options(preset=preset, fields=fields))
    columns = {name: column_of(text) or name for name, text in bench.mapper.mapping.entries.items()}
    record = {columns.get(name, name): value for name, value in SOURCES.items()}
    bench.compare(record)
    assert bench.takes(record)


@settings(deadline=None)  # compiling takes its time on a busy machine
@given(data=st.data())
def test_a_record_seen_before_is_mapped_the_same_again(data: st.DataObject) -> None:
    bench = BulkBench(make_options())
    record = data.draw(records_for(bench))
    bench.compare(record)
    bench.compare(record)


PLANO_VALUES = {
    "descricao": st.sampled_from(["Ouro", " Prata ", "", None, "x" * 61, 7]),
    "taxa": st.sampled_from([1, 1.5, "1,5", "1.234", None, "x", True]),
    "nivel": st.sampled_from([1, 2, 3, "2", None, "gold"]),
    "desde": st.sampled_from(["2026-01-31", "2026-01-31T10:00:00Z", "31/01/2026", None]),
    "situacao": st.sampled_from([0, 1, None, "inativo"]),
    "_ab_cdc_deleted_at": st.sampled_from([None, "2026-01-31"]),
}


@given(records=st.lists(st.fixed_dictionaries({}, optional=PLANO_VALUES), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_a_declared_object_is_mapped_in_bulk_as_it_is_mapped_alone(records: list[dict[str, Any]]) -> None:
    plano = with_objects(shipped_manifest(), PLANO).get("plano")
    good = {"idRetaguarda": "P-1", "descricao": "Ouro", "taxa": 1.5, "nivel": 2, "desde": "2026-01-31"}
    bench = BulkBench(make_options(object=plano), good)
    assert bench.takes(good)
    bench.compare(*({"idRetaguarda": f"P-{number}", **record} for number, record in enumerate(records)))
