"""How a field's reader, its length and the config decide about a value."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.cliente.coerce import (
    CoercionRules,
    Overlong,
    make_coercer,
    may_be_cut,
    may_be_omitted,
)
from source_destination_clientes.cliente.readers.misfit import Misfit, SaysNothing
from source_destination_clientes.manifest.objects import Field, Reader
from source_destination_clientes.rejection.outcome import Reason
from source_destination_clientes.settings import Values
from unit_tests.kit.manifests import shipped
from unit_tests.kit.reading import misfit_of

V2 = {field.name: field for field in shipped("cliente").fields["v2"]}
V3 = {field.name: field for field in shipped("cliente").fields["v3"]}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
UNFIT = Misfit(Reason.WRONG_TYPE, "does not fit")
PLACEHOLDER = SaysNothing(Reason.BAD_DATE, "is a placeholder")
TOO_LONG = Overlong(16, 15, "x" * 15)
OPTIONAL = sorted(
    name
    for name, field in V2.items()
    if not field.required and name not in {"bloqueado", "pendenteAnaliseCredito"}
)


CONTENT = next(field for field in shipped("anexo").fields["v3"] if field.name == "fileContent")


@pytest.mark.parametrize("value", ["********", "null", "N/A", "====", "TmFk\u00c3\u00a9", "QUJD\nREVG"])
def test_the_bytes_of_a_file_are_never_taken_for_nothing_nor_changed(value: str) -> None:
    assert make_coercer(CONTENT, CoercionRules(Values()))(value) == value


def test_what_is_no_text_is_no_base64() -> None:
    assert misfit_of(make_coercer(CONTENT, CoercionRules(Values())), ["a"]).reason is Reason.WRONG_TYPE


def coerced(name: str, value: object, **values: Any) -> object:
    return make_coercer(V3[name], CoercionRules(Values(**values), id_inquilino="tenant"))(value)


@pytest.mark.parametrize(
    ("name", "value", "sent"),
    [
        ("nome", " Ana  Teste ", "Ana Teste"),
        ("cpfCnpj", "CPF 123.456.780-62", "12345678062"),
        ("pessoaFisica", "PJ", 0),
        ("situacao", "Inativo", 0),
        ("endereco", 7, "7"),
        ("numero", "120.0", "120"),
        ("estado", "São Paulo", "SP"),
        ("cep", 1310100, "01310100"),
        ("telefone", "0xx11 3222-1100", "1132221100"),
        ("email", "a@example.com; b@example.com", "a@example.com"),
        ("dataNascimento", "1990-01-31T00:00:00", "1990-01-31"),
        ("sexo", "Masc.", 1),
        ("estadoCivil", "Separado judicialmente", 4),
        ("tipoEndereco", "cobrança", 2),
        ("bloqueado", "VERDADEIRO", True),
        ("idInquilino", " tenant ", "tenant"),
    ],
)
def test_every_kind_of_field_has_its_reader(name: str, value: object, sent: object) -> None:
    assert coerced(name, value) == sent


@pytest.mark.parametrize("name", sorted(V3))
def test_what_stands_for_nothing_is_nothing_in_every_field(name: str) -> None:
    assert coerced(name, "N/A") == ""
    assert coerced(name, "(__) _____-____") == ""
    assert coerced(name, "\u200b") == ""


@pytest.mark.parametrize("reader", Reader)
def test_every_reader_can_be_declared(reader: Reader) -> None:
    assert callable(make_coercer(Field("x", "X", reader, codes={1: "one"}), CoercionRules()))


def test_a_text_without_a_limit_may_have_any_length() -> None:
    free = Field("livre", "Free text")
    assert make_coercer(free, CoercionRules())("x" * 100_000) == "x" * 100_000
    digits = Field("livre", "Free digits", Reader.DIGITS)
    assert make_coercer(digits, CoercionRules())("1" * 100_000) == "1" * 100_000


@given(name=st.sampled_from(sorted(V3)), value=JSON)
def test_any_value_fits_or_is_refused_without_being_quoted(name: str, value: object) -> None:
    message = ""
    try:
        sent = coerced(name, value)
    except Misfit as refusal:
        message = refusal.message
    else:
        assert isinstance(sent, str | int | bool)
        limit = V3[name].max_length
        assert limit is None or not isinstance(sent, str) or len(sent) <= limit
    assert not isinstance(value, str) or len(value) <= 4 or value not in message


def test_length_counts_characters_after_reading_and_a_misfit_says_what_would_fit() -> None:
    assert coerced("numero", " " + "ç" * 15 + " ") == "ç" * 15
    refusal = misfit_of(lambda value: coerced("numero", value), "x" * 14 + " y")
    assert isinstance(refusal, Overlong)
    assert (refusal.reason, refusal.message) == (Reason.TOO_LONG, "has 16 characters; the API takes 15")
    assert refusal.cut == "x" * 14


def test_another_tenant_is_refused() -> None:
    assert misfit_of(lambda value: coerced("idInquilino", value), "other").reason is Reason.NOT_IN_LIST


@pytest.mark.parametrize("name", OPTIONAL)
def test_an_optional_value_that_does_not_fit_may_be_left_out_by_default(name: str) -> None:
    assert may_be_omitted(V2[name], UNFIT, Values())
    assert not may_be_omitted(V2[name], UNFIT, Values(optional_misfit="reject"))
    assert may_be_omitted(V2[name], PLACEHOLDER, Values(optional_misfit="reject"))


@pytest.mark.parametrize(
    "name",
    [
        "idInquilino",
        "idProprietario",
        "idRetaguarda",
        "nome",
        "cpfCnpj",
        "situacao",
        "bloqueado",
        "pendenteAnaliseCredito",
    ],
)
def test_what_must_not_be_missing_in_silence_rejects(name: str) -> None:
    assert not may_be_omitted(V2[name], UNFIT, Values())


def test_a_wrong_document_rejects_even_where_none_is_needed_and_a_placeholder_does_not() -> None:
    assert not may_be_omitted(V3["cpfCnpj"], UNFIT, Values())
    assert may_be_omitted(V3["cpfCnpj"], PLACEHOLDER, Values())
    assert not may_be_omitted(V2["cpfCnpj"], PLACEHOLDER, Values())


def test_an_unknown_word_for_the_person_is_left_to_the_document_and_an_unknown_code_is_not() -> None:
    assert may_be_omitted(V2["pessoaFisica"], PLACEHOLDER, Values())
    assert not may_be_omitted(V2["pessoaFisica"], UNFIT, Values())


@pytest.mark.parametrize("name", ["endereco", "numero", "complemento", "bairro", "cidade", "atividade"])
def test_texts_of_addresses_are_cut_unless_the_config_rejects_them(name: str) -> None:
    assert may_be_cut(V2[name], Values())
    assert not may_be_cut(V2[name], Values(overlong="reject"))
    assert not may_be_omitted(V2[name], TOO_LONG, Values(overlong="reject"))


@pytest.mark.parametrize(
    "name", ["nome", "email", "telefone", "cep", "rgInscricao", "idRetaguarda", "IdRetaguardaPraca"]
)
def test_names_keys_and_codes_are_never_cut(name: str) -> None:
    assert not may_be_cut(V2[name], Values())
