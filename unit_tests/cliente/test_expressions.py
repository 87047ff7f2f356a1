"""What fills a field: columns, paths, literals and expressions."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.cliente.expressions import MappingError, compile_value
from source_destination_clientes.cliente.filters import FILTERS
from source_destination_clientes.errors import ConfigError


def produce(value: str, record: Mapping[str, Any] | None = None) -> object:
    return compile_value(value, "streams[0], field nome")(record or {})


def test_a_name_is_a_column() -> None:
    assert produce("name", {"name": "Ana"}) == "Ana"
    assert produce(" name ", {"name": "Ana"}) == "Ana"
    assert produce("name", {}) is None


def test_dots_lead_into_objects_and_lists() -> None:
    record = {"address": {"city": "Recife", "phones": [{"n": "1"}, {"n": "2"}]}}
    assert produce("address.city", record) == "Recife"
    assert produce("address.phones.1.n", record) == "2"
    assert produce("address.phones.2.n", record) is None
    assert produce("address.phones.²", record) is None
    assert produce("address.city.name", record) is None
    assert produce("address.street", {"address": None}) is None


def test_a_column_whose_name_has_dots_wins_over_the_path() -> None:
    assert produce("address.city", {"address.city": "Olinda", "address": {"city": "Recife"}}) == "Olinda"


def test_a_column_is_found_in_lower_or_upper_case_besides() -> None:
    assert produce("A1_NOME", {"a1_nome": "Ana"}) == "Ana"
    assert produce("mailingCity", {"MAILINGCITY": "Recife"}) == "Recife"
    assert produce("address.city", {"ADDRESS": {"City": 1, "CITY": "Recife"}}) == "Recife"
    assert produce("{{ record.A1_NOME }}", {"a1_nome": "Ana"}) == "Ana"
    assert produce("{{ record.Nome }}", {"NOME": "Ana"}) == "Ana"


def test_the_exact_name_wins_even_when_it_is_null() -> None:
    assert produce("Nome", {"nome": "b", "Nome": None}) is None
    assert produce("{{ record.Nome }}", {"nome": "b", "Nome": None}) is None


@pytest.mark.parametrize(
    ("value", "literal"), [("'S/N'", "S/N"), ('"S/N"', "S/N"), ("''", ""), (" 'a.b' ", "a.b")]
)
def test_quotes_make_a_literal(value: str, literal: str) -> None:
    assert produce(value, {"S/N": "no"}) == literal


@pytest.mark.parametrize(
    ("value", "result"),
    [
        ("{{ record.number }}", 7),
        ("{{ record.number + 1 }}", 8),
        ("{{ record.flag }}", True),
        ("{{ record.nothing }}", None),
        ("{{ record.absent }}", None),
        ("{{ record.absent or 'S/N' }}", "S/N"),
        ("{{ record['given name'] }}", "Ana"),
        ("{{ record.nested.city }}", "Recife"),
        ("{{ (record.nothing or {}).city }}", None),
        ("{{ record.list[1] }}", "b"),
        ("{{ 'x' if record.flag else 'y' }}", "x"),
        ("{{ 'x' if not record.flag }}", None),
        ("{{ record.absent | default('none') }}", "none"),
        ("{{ record['given name'] | upper }}", "ANA"),
    ],
)
def test_an_expression_alone_keeps_the_type_of_its_value(value: str, result: object) -> None:
    record = {
        "number": 7,
        "flag": True,
        "nothing": None,
        "given name": "Ana",
        "nested": {"city": "Recife"},
        "list": ["a", "b"],
    }
    assert produce(value, record) == result


def test_within_text_expressions_become_text() -> None:
    assert produce("{{ record.a }}-{{ record.b }}", {"a": 1, "b": "x"}) == "1-x"
    assert produce("Cliente {{ record.a }}", {"a": 1}) == "Cliente 1"
    assert produce("{% if record.a %}sim{% else %}nao{% endif %}", {"a": 1}) == "sim"


def test_a_null_is_empty_wherever_text_is_put_together() -> None:
    assert produce("{{ record.a ~ record.b ~ record.c }}", {"a": "x", "b": None}) == "x"
    assert produce("{{ record.a }} {{ record.b }}", {"a": "x", "b": None}) == "x "


def test_a_column_named_like_a_method_is_a_column() -> None:
    assert produce("{{ record.items }}", {"items": "Ana"}) == "Ana"
    assert produce("{{ record.get('name') }}", {"name": "Ana"}) == "Ana"


@pytest.mark.parametrize(
    "value",
    [
        "{{ record.absent.city }}",
        "{{ record.number + record.text }}",
        "{{ 1 / 0 }}",
        "{{ record.text() }}",
        "{{ lookup('x') }}",
        "{{ record.text | hash('no such') }}",
        "{{ record.text | base64decode }}",
        "Rua {{ record.absent.city }}",
    ],
)
def test_an_expression_that_fails_says_how_and_not_on_what(value: str) -> None:
    with pytest.raises(MappingError, match="the expression fails with") as caught:
        produce(value, {"number": 1, "text": "segredo"})
    assert "segredo" not in str(caught.value)


@pytest.mark.parametrize(
    "value",
    [
        "{{ record.name | }}",
        "{{ record.name | shout }}",
        "{{ record.name",
        "{% if record.name %}",
        "{{ record. }}",
        "{% include 'x' %}{{",
    ],
)
def test_an_expression_that_does_not_compile_names_its_place(value: str) -> None:
    with pytest.raises(
        ConfigError, match=r"streams\[0\], field nome: the expression does not compile \(line 1\)"
    ):
        produce(value)


def test_the_position_is_the_line_of_the_expression() -> None:
    with pytest.raises(ConfigError, match=r"\(line 3\)"):
        produce("{{ record.a\n   or\n   | }}")


@pytest.mark.parametrize(
    "value",
    [
        "{{ record.__class__.__mro__ }}",
        "{{ ''.__class__.__base__.__subclasses__() }}",
        "{{ record.name.__init__.__globals__ }}",
        "{{ '{0.__class__}'.format(record) | length > 20 }}",
        "{{ range(10) }}",
        "{{ cycler('a') }}",
        "{{ record.update({'nome': 'x'}) }}",
        "{{ record.pop('name') }}",
    ],
)
def test_an_expression_reaches_nothing_but_the_record_and_does_not_change_it(value: str) -> None:
    record = {"name": "Ana"}
    try:
        result = produce(value, record)
    except MappingError:
        result = None
    assert not result
    assert record == {"name": "Ana"}


FILTER_EXAMPLES: list[tuple[str, Any, object]] = [
    ("digits", "(11) 9-8", "1198"),
    ("digits", 1310100, "1310100"),
    ("digits", "１2", "12"),
    ("digits", "1310100.0", "1310100"),
    ("trim", "  a b ", "a b"),
    ("cut(3)", "abcdef", "abc"),
    ("cut(3)", "ab def", "ab"),
    ("date('%Y%m%d')", "19900131", "1990-01-31"),
    ("date('%Y%m%d')", 19900131, "1990-01-31"),
    ("date('%d/%m/%Y')", " 31/01/1990 ", "1990-01-31"),
    ("date('%Y%m%d')", "        ", ""),
    ("date('%Y%m%d')", "00000000", ""),
    ("date('%Y%m%d')", "1990-01-31T00:00:00", "1990-01-31"),
    ("date('%d/%m/%y')", "31/01/68", "1968-01-31"),
    ("date('%m-%d-%Y', '%d/%m/%Y')", "01-31-1990T00:00:00", "1990-01-31"),
    ("code({'Atacado': 1, 'Varejo': 2})", "ATACADO", 1),
    ("code({'Física': 'F'})", "fisica", "F"),
    ("code({1: 'F', 2: 'J'})", 2, "J"),
    ("code({1: 'F', 2: 'J'})", "2", "J"),
    ("code({true: 0, false: 1})", True, 0),
    ("code({true: 0, false: 1})", "false", 1),
    ("code({'a': 1})", "b", None),
    ("first_name", "  Ana Maria Teste", "Ana"),
    ("first_name", "", ""),
    ("last_name", "Ana Maria  Teste", "Maria Teste"),
    ("last_name", "Ana", ""),
    ("after_last(',')", "Rua A, casa, 12 ", "12"),
    ("after_last(',')", "Rua A", ""),
    ("before_last(',')", "Rua A, casa, 12", "Rua A, casa"),
    ("before_last(',')", " Rua A ", "Rua A"),
    ("phone", "+55 (11) 99887-7665", "11998877665"),
    ("phone", "551132221100", "1132221100"),
    ("phone", "(55) 99887-7665", "55998877665"),
    ("phone", "3222-1100", "32221100"),
    ("phone('011')", "3222-1100", "1132221100"),
    ("mobile", "+5511998877665", "11998877665"),
    ("mobile", "1132221100", ""),
    ("mobile", "não tem", ""),
    ("landline", "1132221100", "1132221100"),
    ("landline", "+5511998877665", ""),
    ("cep", 1310100, "01310100"),
    ("cep", "_____-___", ""),
    ("email", "Ana <ana@example.com>", "ana@example.com"),
    ("document", "CPF 123.456.780-62", "12345678062"),
    ("document", "Oficina Auto 99", ""),
    ("find_document", "vip, cpf:12345678062", "12345678062"),
    ("house_number", "Rua A, 120 - Fundos", "120"),
    ("street", "Rua A, 120 - Fundos", "Rua A"),
    ("after_number", "Rua A, 120 - Fundos", "Fundos"),
    ("pick('main')", [{"a": 1}, {"a": 2, "main": True}], {"a": 2, "main": True}),
    ("pick('main')", '[{"a": 1}]', {"a": 1}),
    ("pick('main')", "x", ""),
    ("uf", "São Paulo", "SP"),
    ("uf", "SP", "SP"),
    ("uf", "Ontario", "Ontario"),
    ("string", 7, "7"),
    ("regex_search('[0-9]+')", "Rua 12", "12"),
    ("regex_search('n ([0-9]+)')", "Rua n 12", "12"),
    ("regex_search('[0-9]+')", "Rua", ""),
    ("hash", "a", "0cc175b9c0f1b6a831c399e269772661"),
    (
        "hash('sha256', 'sal')",
        "a",
        "183bd29192c3ec4d68808646001f1e641ff2edf03fc330ecd36ff6f1b3249c82",
    ),
    ("base64encode", "ação", "YcOnw6Nv"),
    ("base64decode", "YcOnw6Nv", "ação"),
]


@pytest.mark.parametrize(("use", "value", "result"), FILTER_EXAMPLES)
def test_a_filter_does_what_its_name_says(use: str, value: object, result: object) -> None:
    assert produce("{{ record.value | " + use + " }}", {"value": value}) == result


def test_every_filter_has_an_example() -> None:
    assert {use.partition("(")[0] for use, _, _ in FILTER_EXAMPLES} == set(FILTERS)


@pytest.mark.parametrize("value", [None, "absent"])
@pytest.mark.parametrize(
    "use", sorted({use for use, _, _ in FILTER_EXAMPLES} - {"hash", "hash('sha256', 'sal')"})
)
def test_filters_take_a_null_and_an_absent_column_for_empty(use: str, value: str | None) -> None:
    record = {} if value else {"value": None}
    assert produce("{{ record.value | " + use + " }}", record) in ("", None)


@given(st.text("{}%#|.,:'\\~()[] \n\x00éif0129_recordx") | st.builds("{{{{ {} }}}}".format, st.text()))
def test_any_text_compiles_or_is_an_error_of_the_config(value: str) -> None:
    try:
        made = compile_value(value, "here")
    except ConfigError:
        return
    try:
        made({"a": 1})
    except MappingError:
        return
