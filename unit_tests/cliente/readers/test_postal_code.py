"""The CEP."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.cliente.readers.postal_code import read_postal_code
from unit_tests.kit.reading import misfit_of, read_or_none


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("01310100", "01310100"),
        ("01310-100", "01310100"),
        ("01.310-100", "01310100"),
        ("CEP 01310-100", "01310100"),
        ("CEP: 01310-100 SP", "01310100"),
        (1310100, "01310100"),
        (1310100.0, "01310100"),
        ("1310100", "01310100"),
        ("1310-100", "01310100"),
        ("9670-000", "09670000"),
        ("1310100.0", "01310100"),
        ("1310100,00", "01310100"),
        ("01310.000", "01310000"),
        ("9670.000", "09670000"),
        ("01310100.0", "01310100"),
        ("０１３１０１００", "01310100"),
        ("00000-000", ""),
        ("00000000", ""),
        ("0", ""),
        (0, ""),
    ],
)
def test_a_cep_has_eight_digits(value: object, read: str) -> None:
    assert read_postal_code(value) == read


@pytest.mark.parametrize(
    "value",
    [
        "01310",
        "013101000",
        "0131010",
        "131010",
        "SW1A 1AA",
        "C1425",
        "1,31E+06",
        "01310-100/01310-200",
        1310,
        True,
        "x",
    ],
)
def test_any_other_length_is_a_misfit(value: object) -> None:
    assert misfit_of(read_postal_code, value)


@given(st.text(st.sampled_from("0123456789.,- ")) | st.integers(0, 10**9))
def test_a_cep_is_eight_digits_or_nothing_and_reads_as_itself(value: object) -> None:
    read = read_or_none(read_postal_code, value)
    if read:
        assert re.fullmatch("[0-9]{8}", read)
        assert read_postal_code(read) == read
        assert read.lstrip("0") in re.sub("[^0-9]", "", str(value))
