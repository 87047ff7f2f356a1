"""How values are made to fit, and which are refused."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.cliente.coerce import CoercionRules, Misfit, make_coercer
from source_destination_clientes.manifest.objects import Field, Reader
from source_destination_clientes.rejection.outcome import Reason
from source_destination_clientes.settings import Values
from unit_tests.kit.manifests import shipped

CLIENTE = {field.name: field for field in shipped("cliente").fields["v3"]}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def fit(name: str, value: object, **rules: Any) -> object:
    return make_coercer(CLIENTE[name], CoercionRules(Values(**rules)))(value)


def misfit(name: str, value: object, **rules: Any) -> Misfit:
    with pytest.raises(Misfit) as caught:
        fit(name, value, **rules)
    return caught.value


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("Ana", "Ana"),
        ("  Ana  ", "Ana"),
        ("Ana\tde\r\nSouza", "Ana de Souza"),
        ("Ana\x00\u2028Souza", "Ana Souza"),
        ("João 🛒", "João 🛒"),
        (7, "7"),
        (7.0, "7"),
        (7.5, "7.5"),
        (-7, "-7"),
    ],
)
def test_text_is_trimmed_free_of_control_characters_and_made_of_numbers_too(value: object, sent: str) -> None:
    assert fit("nome", value) == sent


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (True, "is true or false where text is expected"),
        ([], "is a list where text is expected"),
        ({}, "is an object where text is expected"),
        (12345678901234567.0, "is a decimal number too large to be exact; send it as text or as an integer"),
        (-1e22, "is a decimal number too large to be exact; send it as text or as an integer"),
        (float("nan"), "is a number where text is expected"),
        (float("inf"), "is a number where text is expected"),
        (b"", "is something else where text is expected"),
    ],
)
def test_what_is_no_text_is_refused(value: object, says: str) -> None:
    refusal = misfit("nome", value)
    assert (refusal.reason, refusal.message) == (Reason.WRONG_TYPE, says)


def test_length_counts_characters_after_trimming() -> None:
    assert fit("numero", " " + "ç" * 15 + " ") == "ç" * 15
    refusal = misfit("numero", "x" * 16)
    assert (refusal.reason, refusal.message) == (Reason.TOO_LONG, "has 16 characters; the API takes 15")


def test_an_overlong_value_is_truncated_and_counted_when_the_config_says_so() -> None:
    rules = CoercionRules(Values(overlong="truncate"))
    coerce = make_coercer(CLIENTE["numero"], rules)
    assert coerce("12345678901234 567") == "12345678901234"
    assert coerce("123") == "123"
    assert coerce("x" * 99) == "x" * 15
    assert rules.truncated == {"numero": 2}


def test_a_key_is_never_truncated_for_two_clientes_could_become_one() -> None:
    assert misfit("idRetaguarda", "k" * 101, overlong="truncate").reason == Reason.TOO_LONG


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("01310-100", "01310100"),
        ("(11) 99887-7665", "11998877665"),
        (1310100, "1310100"),
        ("٠١", None),
        ("1٠2", "12"),
    ],
)
def test_postal_codes_and_telephones_keep_their_ascii_digits(value: object, sent: str | None) -> None:
    if sent is None:
        assert misfit("cep", value).message == "has no digits"
    else:
        assert fit("telefone", value) == sent


def test_digits_have_a_length_too() -> None:
    assert misfit("cep", "1" * 11).reason == Reason.TOO_LONG
    assert fit("cep", "1" * 11, overlong="truncate") == "1" * 10
    assert misfit("cep", ["01310-100"]).reason == Reason.WRONG_TYPE


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (10203040570, "10203040570"),
        (100200397, "00100200397"),
        (100200397.0, "00100200397"),
        (11222333000181, "11222333000181"),
        ("12.ABC.345/0001-88", "12ABC345000188"),
    ],
)
def test_a_document_that_came_as_a_number_gets_its_zeros_back(value: object, sent: str) -> None:
    assert fit("cpfCnpj", value) == sent


def test_a_document_that_came_as_text_gets_none() -> None:
    assert misfit("cpfCnpj", "100200397").reason == Reason.BAD_DOCUMENT


def test_check_digits_count_unless_the_config_says_otherwise() -> None:
    refusal = misfit("cpfCnpj", "10203040571")
    assert (refusal.reason, refusal.message) == (Reason.BAD_DOCUMENT, "has invalid check digits")
    assert fit("cpfCnpj", "10203040571", document_check="length_only") == "10203040571"


def test_a_boolean_is_no_document() -> None:
    assert misfit("cpfCnpj", value=True).reason == Reason.WRONG_TYPE


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("1990-01-31", "1990-01-31"),
        (" 1990-01-31 ", "1990-01-31"),
        ("1990-01-31T00:00:00", "1990-01-31"),
        ("1990-01-31T23:59:59.123456Z", "1990-01-31"),
        ("1990-01-31T23:00:00-03:00", "1990-01-31"),
        ("1990-01-31 00:00:00+14:00", "1990-01-31"),
        ("2000-02-29", "2000-02-29"),
    ],
)
def test_a_date_keeps_the_day_that_it_names(value: str, sent: str) -> None:
    assert fit("dataNascimento", value) == sent


@pytest.mark.parametrize(
    "value",
    [
        "31/01/1990",
        "1990-02-30",
        "1999-02-29",
        "19900131",
        "1990-W05-3",
        "0000-00-00",
        "1990-1-31",
        "1990-01",
        "１９９０-01-31",
        "ontem",
        633744000,
        1990.5,
        True,
        ["1990-01-31"],
    ],
)
def test_what_is_no_day_of_the_calendar_is_refused(value: object) -> None:
    assert misfit("dataNascimento", value).reason == Reason.BAD_DATE


@pytest.mark.parametrize("value", [3, 3.0, "3", " 3 ", "+3", "viúva", "Widow"])
def test_a_code_comes_as_a_number_a_numeric_text_or_a_word(value: object) -> None:
    assert fit("estadoCivil", value) == 3


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (7, Reason.NOT_IN_LIST),
        (-1, Reason.NOT_IN_LIST),
        ("7", Reason.NOT_IN_LIST),
        ("complicado", Reason.NOT_IN_LIST),
        (1e300, Reason.NOT_IN_LIST),
        ("9999999999", Reason.NOT_IN_LIST),
        (1.5, Reason.WRONG_TYPE),
        (True, Reason.WRONG_TYPE),
        ([1], Reason.WRONG_TYPE),
        ({}, Reason.WRONG_TYPE),
    ],
)
def test_what_is_no_code_is_refused(value: object, reason: Reason) -> None:
    assert misfit("estadoCivil", value).reason == reason


def test_a_refused_code_names_those_that_exist() -> None:
    assert misfit("sexo", 9).message == "is not one of the codes 0, 1, 2"


@pytest.mark.parametrize(
    ("value", "flag"), [(True, True), (False, False), ("S", True), ("não", False), (1, True), ("0", False)]
)
def test_a_flag_comes_as_a_boolean_or_a_word(value: object, flag: bool) -> None:
    assert fit("bloqueado", value) is flag


@pytest.mark.parametrize("value", [2, "talvez", 1.0, []])
def test_what_is_no_flag_is_refused(value: object) -> None:
    assert misfit("bloqueado", value).reason == Reason.WRONG_TYPE


def test_a_text_without_a_limit_may_have_any_length() -> None:
    free = Field("livre", "Free text")
    assert make_coercer(free, CoercionRules())("x" * 100_000) == "x" * 100_000
    digits = Field("livre", "Free digits", Reader.DIGITS)
    assert make_coercer(digits, CoercionRules())("1" * 100_000) == "1" * 100_000


@given(name=st.sampled_from(sorted(CLIENTE)), value=JSON)
def test_any_value_fits_or_is_refused_without_being_quoted(name: str, value: object) -> None:
    message = ""
    try:
        sent = fit(name, value)
    except Misfit as refusal:
        message = refusal.message
    else:
        assert isinstance(sent, str | int | bool)
        limit = CLIENTE[name].max_length
        assert limit is None or not isinstance(sent, str) or len(sent) <= limit
    assert not isinstance(value, str) or len(value) <= 4 or value not in message


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (1310100, "01310100"),
        (1310100.0, "01310100"),
        (69900970, "69900970"),
        ("1310100", "1310100"),
        ("01310-100", "01310100"),
    ],
)
def test_a_postal_code_that_came_as_a_number_gets_its_leading_zeros_back(value: object, sent: str) -> None:
    assert fit("cep", value) == sent
    assert fit("telefone", 1130001000) == "1130001000"


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (7, 7),
        (1.5, 1.5),
        ("12", 12),
        (" -3 ", -3),
        ("1.5", 1.5),
        ("1,5", 1.5),
        ("0,25", 0.25),
        ("1.2345", 1.2345),
        ("1234.5", 1234.5),
    ],
)
def test_a_number_is_read_where_it_has_one_reading(value: object, number: float) -> None:
    coerce = make_coercer(Field("taxa", "Rate", Reader.NUMBER), CoercionRules())
    assert coerce(value) == number
    assert type(coerce(value)) is type(number)


@pytest.mark.parametrize("value", ["1.234", "1,234", "1.234,5", "", "x", "1e5", True, [1], float("nan")])
def test_a_number_that_can_be_read_in_two_ways_or_is_none_is_refused(value: object) -> None:
    coerce = make_coercer(Field("taxa", "Rate", Reader.NUMBER), CoercionRules())
    with pytest.raises(Misfit) as raised:
        coerce(value)
    assert raised.value.reason is Reason.WRONG_TYPE


def test_every_reader_has_a_coercer() -> None:
    for reader in Reader:
        assert callable(make_coercer(Field("x", "X", reader, codes={1: "one"}), CoercionRules()))
