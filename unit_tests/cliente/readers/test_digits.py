"""Digits out of texts and numbers."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.cliente.readers.digits import read_digits
from source_destination_clientes.rejection.outcome import Reason
from unit_tests.kit.reading import misfit_of, read_or_none


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("1310100", "1310100"),
        ("01310-100", "01310100"),
        ("1310100.0", "1310100"),
        ("1310100,00", "1310100"),
        (1310100.0, "1310100"),
        (1310100, "1310100"),
        ("12.345.678-9", "123456789"),
        ("１２３", "123"),
        ("12\u200b3", "123"),
        ("1.2345678062E+10", "12345678062"),
        ("1,2E1", "12"),
        ("'00123", "00123"),
    ],
)
def test_digits_are_those_that_were_written(value: object, read: str) -> None:
    assert read_digits(value) == read


@pytest.mark.parametrize("value", ["1,19989E+10", "1.19989E+10", "1,31E+06", "1E+10", " 1,2e+13 "])
def test_an_exponent_is_never_reduced_to_digits(value: str) -> None:
    assert "spreadsheet" in misfit_of(read_digits, value).message


@pytest.mark.parametrize("value", ["não tem", "x", True, [], None])
def test_what_holds_no_digit_is_a_misfit(value: object) -> None:
    assert misfit_of(read_digits, value).reason is Reason.WRONG_TYPE


@given(st.text(st.sampled_from("0123456789.,-/ ()eE+'x")) | st.integers() | st.floats(allow_nan=False))
def test_there_are_never_more_digits_than_came_and_they_read_as_themselves(value: object) -> None:
    read = read_or_none(read_digits, value)
    if read is not None:
        assert re.fullmatch("[0-9]+", read)
        assert len(read) <= len(
            re.sub("[^0-9]", "", str(value) if not isinstance(value, float) else f"{value:f}")
        )
        assert read_digits(read) == read
