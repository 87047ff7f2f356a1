"""Which texts are a CPF or a CNPJ, and how they are sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.cliente.readers.documento import (
    InvalidDocumentError,
    compact,
    is_cpf,
    validate,
)
from unit_tests.kit.mapping import CNPJ, CPF, LETTERED_CNPJ


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("102.030.405-70", CPF),
        ("10203040570", CPF),
        (" 102 030 405 70 \r\n", CPF),
        ("11.222.333/0001-81", CNPJ),
        ("12.abc.345/0001-88", LETTERED_CNPJ),
        ("00100200397", "00100200397"),
    ],
)
def test_a_document_is_sent_without_punctuation_and_in_upper_case(written: str, sent: str) -> None:
    assert validate(written) == sent


def test_a_document_of_eleven_characters_is_a_persons() -> None:
    assert is_cpf(CPF)
    assert not is_cpf(CNPJ)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("10203040571", "invalid check digits"),
        ("11222333000182", "invalid check digits"),
        ("12ABC345000189", "invalid check digits"),
        ("1020304057", "has 10 characters; a CPF has 11, a CNPJ 14"),
        ("102030405700", "has 12 characters; a CPF has 11, a CNPJ 14"),
        ("", "is empty, apart from punctuation"),
        ("1", "has 1 character; a CPF has 11, a CNPJ 14"),
        ("1020304057A", "not all are digits"),
        ("1122233300018A", "its check digits are not digits"),
        ("00000000000000", "all zeros"),
        ("102_030_405-70", "characters that a CPF or CNPJ cannot have"),
        ("---", "is empty"),
    ],
)
def test_what_is_no_document_is_refused_with_its_cause(written: str, says: str) -> None:
    with pytest.raises(InvalidDocumentError, match=says):
        validate(written)


@pytest.mark.parametrize("digit", "0123456789")
def test_a_cpf_that_repeats_one_digit_is_refused_although_its_check_digits_fit(digit: str) -> None:
    with pytest.raises(InvalidDocumentError, match="is one digit repeated"):
        validate(digit * 11)


@pytest.mark.parametrize("foreign", ["١", "१", "１", "𝟏"])
def test_digits_of_other_scripts_are_refused(foreign: str) -> None:
    for document in (CPF, CNPJ):
        with pytest.raises(InvalidDocumentError, match="characters that a CPF or CNPJ cannot have"):
            validate(foreign + document[1:])


def test_without_check_digits_the_length_and_the_characters_still_count() -> None:
    assert validate("102.030.405-71", check_digits=False) == "10203040571"
    assert validate("12ABC345000189", check_digits=False) == "12ABC345000189"
    for written in ("1020304057", "11111111111", "1020304057A", "1122233300018A", "00000000000000"):
        with pytest.raises(InvalidDocumentError):
            validate(written, check_digits=False)


@given(st.text(max_size=20))
def test_a_text_is_a_document_or_refused_and_the_refusal_does_not_quote_it(text: str) -> None:
    message = ""
    try:
        document = validate(text)
    except InvalidDocumentError as refusal:
        message = str(refusal)
    else:
        assert validate(document) == document == compact(text)
        assert document.isascii()
        assert document.isalnum()
    assert len(text) <= 4 or text not in message
