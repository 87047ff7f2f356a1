"""Texts go out as people see them."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.cliente.readers.text import clean, read_text
from source_destination_clientes.rejection.outcome import Reason
from unit_tests.kit.reading import misfit_of

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("Ana", "Ana"),
        ("  Ana   Teste ", "Ana Teste"),
        ("\u200b", ""),
        ("Ana\u200b Teste", "Ana Teste"),
        ("\ufeffAna Teste", "Ana Teste"),
        ("Ana\u00a0Teste", "Ana Teste"),
        ("Ana\u2003\u2009Teste\u3000", "Ana Teste"),
        ("Ana\u200f Teste\u202c", "Ana Teste"),
        ("Ana\u00ad Teste", "Ana Teste"),
        ("Ana\x00 Teste\r\n", "Ana Teste"),
        ("APTO 1\nBLOCO B", "APTO 1 BLOCO B"),
        ("Ana\u2028Teste\x85", "Ana Teste"),
        ("Joa\u0303o Conceic\u0327a\u0303o", "João Conceição"),
        ("Joa\u200b\u0303o", "João"),
        ("\u3164", ""),
        ("\u2800\u115f", ""),
        ("JOÃO", "JOÃO"),
        ("Ana 🌻 Teste", "Ana 🌻 Teste"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("👩🏽\u200d🚀", "👩🏽\u200d🚀"),
        ("❤️\u200d🔥", "❤️\u200d🔥"),
        ("Ana\u200dTeste", "AnaTeste"),
        ("1042.0", "1042"),
        ("0042.0", "0042"),
        ("1.000", "1.000"),
        ("1042,0", "1042,0"),
        ("'7210448301122", "7210448301122"),
        ("'+5511998877665", "+5511998877665"),
        ("'s Hertogenbosch", "'s Hertogenbosch"),
        ("D'Ávila", "D'Ávila"),
        (7, "7"),
        (7.0, "7"),
        (7.5, "7.5"),
        (-7, "-7"),
    ],
)
def test_a_text_is_composed_and_has_single_blanks_and_nothing_invisible(value: object, read: str) -> None:
    assert read_text(value) == read


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (True, "is true or false where text is expected"),
        ([], "is a list where text is expected"),
        ({}, "is an object where text is expected"),
        (12345678901234567.0, "too large to be exact"),
        (float("nan"), "is a number where text is expected"),
        ("Ana \ud83c", "holds half a character"),
    ],
)
def test_what_is_no_text_is_a_misfit(value: object, says: str) -> None:
    refusal = misfit_of(read_text, value)
    assert refusal.reason is Reason.WRONG_TYPE
    assert says in refusal.message


@given(TEXTS)
def test_a_text_that_was_cleaned_is_clean(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    assert cleaned == " ".join(cleaned.split())


@given(TEXTS)
def test_letters_and_digits_are_neither_lost_nor_won(text: str) -> None:
    def solid(written: str) -> str:
        composed = unicodedata.normalize("NFC", written)
        return "".join(each for each in composed if unicodedata.category(each) in {"Lu", "Ll", "Nd"})

    letters = "".join(each for each in text if unicodedata.category(each) not in {"Mn", "Mc", "Me"})
    assert solid(clean(letters)) == solid(letters)


@given(st.text() | st.integers() | st.floats(allow_nan=False))
def test_what_was_read_reads_as_itself(value: Any) -> None:
    try:
        first = read_text(value)
    except Exception:  # noqa: BLE001 - a misfit is another test's business
        return
    assert read_text(first) == first
