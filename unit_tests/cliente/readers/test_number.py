"""Numbers, and texts that are numbers in one reading only."""

import pytest

from source_destination_clientes.cliente.readers.number import read_number
from source_destination_clientes.rejection.outcome import Reason
from unit_tests.kit.reading import misfit_of


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
    read = read_number(value)
    assert read == number
    assert type(read) is type(number)


@pytest.mark.parametrize(
    "value", ["1.234", "1,234", "1.234,5", "", "x", "1e5", True, [1], float("nan"), float("inf")]
)
def test_a_number_that_can_be_read_in_two_ways_or_is_none_is_refused(value: object) -> None:
    assert misfit_of(read_number, value).reason is Reason.WRONG_TYPE
