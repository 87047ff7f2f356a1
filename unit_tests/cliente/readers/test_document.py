"""CPF and CNPJ in whatever dress."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.br import cnpj, cpf

from source_destination_clientes.cliente.readers.document import DocumentReader, find_document
from source_destination_clientes.cliente.readers.misfit import SaysNothing
from source_destination_clientes.rejection.outcome import Reason
from unit_tests.kit.reading import misfit_of, read_or_none

READ = DocumentReader()
CPF, CNPJ = "12345678062", "11222333000181"


@pytest.mark.parametrize(
    "value",
    [
        "12345678062",
        "123.456.780-62",
        " 123 456 780 62 ",
        "'12345678062",
        "’12345678062",
        "CPF: 123.456.780-62",
        "CPF nº 123.456.780-62",
        "C.P.F. 123.456.780-62",
        "cpf12345678062",
        "123.456.780-62 (CPF)",
        "123.456.780–62",
        "12345678062\u200b",
        "123,456,780-62",
        "１２３４５６７８０６２",
        "00012345678062",
        "000012345678062",
        "12345678062.0",
        "12345678062,00",
        "1.2345678062E+10",
        12345678062,
        12345678062.0,
    ],
)
def test_a_cpf_is_read_in_any_dress(value: object) -> None:
    assert READ(value) == CPF


@pytest.mark.parametrize(
    "value",
    [
        "11222333000181",
        "11.222.333/0001-81",
        "CNPJ 11.222.333/0001-81",
        "CNPJ/MF nº 11.222.333/0001-81",
        "CPF/CNPJ: 11222333000181",
        "011222333000181",
        11222333000181,
    ],
)
def test_a_cnpj_is_read_in_any_dress(value: object) -> None:
    assert READ(value) == CNPJ


@pytest.mark.parametrize(
    "value", ["12.ABC.345/01DE-35", "12abc34501de35", "CNPJ 12.ABC.345/01DE-35", "012ABC34501DE35"]
)
def test_a_cnpj_with_letters_keeps_them(value: str) -> None:
    assert READ(value) == "12ABC34501DE35"


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (1234567890, "01234567890"),
        ("1234567890", "01234567890"),
        ("12.345.678-90", "01234567890"),
        (360305000104, "00360305000104"),
        ("9157211000107", "09157211000107"),
        ("00000000000191", "00000000000191"),
        ("00.000.000/0001-91", "00000000000191"),
    ],
)
def test_zeros_that_were_lost_come_back_where_one_reading_fits(value: object, read: str) -> None:
    assert READ(value) == read


@pytest.mark.parametrize("value", [191, "191"])
def test_where_both_readings_fit_the_person_decides(value: object) -> None:
    assert READ(value, is_person=True) == "00000000191"
    assert READ(value, is_person=False) == "00000000000191"
    assert "both a CPF and a CNPJ" in misfit_of(READ, value).message


def test_a_padded_cpf_that_fits_as_a_cnpj_too_is_the_persons() -> None:
    assert READ("00000000000191", is_person=True) == "00000000191"


def test_a_typing_error_in_a_persons_cpf_is_not_read_as_a_padded_cnpj() -> None:
    assert READ("12345000165", is_person=False) == "00012345000165"
    assert "check digits" in misfit_of(READ, "12345000165", is_person=True).message


@pytest.mark.parametrize(
    "value",
    [
        "000.000.000-00",
        "0",
        0,
        "00000000000000",
        "111.111.111-11",
        "99999999999",
        "ISENTO",
        "NAO TEM",
        "CPF:",
        "AB123456",
        "Passaporte AB123456",
        "Oficina Auto 99",
    ],
)
def test_a_placeholder_says_nothing(value: object) -> None:
    assert isinstance(misfit_of(READ, value), SaysNothing)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("12345678900", "check digits that do not fit"),
        ("11222333000182", "check digits that do not fit"),
        ("965.724.920-1X", "like a CPF, but not all are digits"),
        ("1,23457E+10", "spreadsheet"),
        ("1,12223E+13", "spreadsheet"),
        ("***.456.780-**", "characters that no CPF or CNPJ has"),
        ("123.456.780-62 / 210.203.405-41", "has 22 characters"),
        (-191, "negative"),
        (True, "true or false"),
        ([], "a list"),
        ("12345678062\u0661", "characters that no CPF or CNPJ has"),
    ],
)
def test_what_is_no_document_is_a_misfit_that_says_why(value: object, says: str) -> None:
    refusal = misfit_of(READ, value)
    assert (refusal.reason, isinstance(refusal, SaysNothing)) == (Reason.BAD_DOCUMENT, False)
    assert says in refusal.message


def test_without_check_digits_the_length_decides() -> None:
    read = DocumentReader(check_digits=False)
    assert read("123.456.789-00") == "12345678900"
    assert read(1234567890) == "01234567890"
    assert read(1234567890, is_person=False) == "00001234567890"
    assert "10 characters" in misfit_of(read, "1234567890").message


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("CPF: 123.456.780-62", CPF),
        ("vip, cpf:12345678062", CPF),
        ("cliente antigo 11.222.333/0001-81, pagar até 10", CNPJ),
        ("tel 12345678062", ""),
        ("123.456.780-62 e 11.222.333/0001-81", ""),
        ("123.456.780-63", ""),
        ("", ""),
    ],
)
def test_a_document_is_found_in_free_text_by_its_mask_or_its_name(text: str, found: str) -> None:
    assert find_document(text) == found


def _readings(digits: str) -> set[str]:
    """By python-stdnum alone: which documents these digits can be."""
    bare = digits.lstrip("0")
    padded = [(cpf, bare.zfill(11)), (cnpj, bare.zfill(14))]
    return {text for module, text in padded if module.is_valid(text) and len(set(text)) > 1}


def _with_check_digits(base: str) -> str:
    """A CPF's nine digits, or a CNPJ's twelve, with the two that follow from them, and without zeros in front."""
    module = cpf if len(base) == 9 else cnpj
    return next(f"{base}{end:02}" for end in range(100) if module.is_valid(f"{base}{end:02}")).lstrip("0")


BASES = st.from_regex("0{0,5}[1-9][0-9]{8}|0{3,8}[1-9][0-9]{3}0001", fullmatch=True)
WITH_LOST_ZEROS = BASES.map(
    lambda digits: _with_check_digits(digits[: 9 if len(digits) < 12 else 12].zfill(9))
)


@given(st.text("0123456789", min_size=1, max_size=14) | WITH_LOST_ZEROS)
def test_digits_are_accepted_if_and_only_if_one_reading_fits_or_they_fit_as_they_stand(text: str) -> None:
    digits = re.sub("[^0-9]", "", text)
    readings = _readings(digits)
    read = read_or_none(READ, text)
    if digits in readings:
        assert read == digits
    elif len(readings) == 1:
        assert {read} == readings
    else:
        assert read is None


@given(st.text() | st.integers() | st.floats())
def test_a_document_reads_as_itself(value: Any) -> None:
    read = read_or_none(READ, value)
    if read is not None:
        assert READ(read) == read
