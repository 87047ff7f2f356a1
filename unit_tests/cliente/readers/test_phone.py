"""Telephones as the tills keep them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.cliente.readers.phone import is_mobile, read_phone
from unit_tests.kit.reading import misfit_of, read_or_none


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("11998877665", "11998877665"),
        ("(11) 99887-7665", "11998877665"),
        ("(11)  99887-7665", "11998877665"),
        ("11 9 9887 7665", "11998877665"),
        ("(11) 9-9887 7665", "11998877665"),
        ("3222-1100", "32221100"),
        (11998877665, "11998877665"),
        (11998877665.0, "11998877665"),
        ("11998877665.0", "11998877665"),
        ("3222.0000", "32220000"),
        ("'+5511998877665", "11998877665"),
    ],
)
def test_a_number_goes_out_as_its_digits(value: object, read: str) -> None:
    assert read_phone(value) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("+55 (11) 99887-7665", "11998877665"),
        ("5511998877665", "11998877665"),
        ("005511998877665", "11998877665"),
        ("0055 11 3222-1100", "1132221100"),
        ("+55 (031) 99887-7665", "31998877665"),
        ("+55 99887-7665", "998877665"),
        ("0xx11 3222-1100", "1132221100"),
        ("(0XX11) 3222-1100", "1132221100"),
        ("0**11 3222 1100", "1132221100"),
        ("011 99887-7665", "11998877665"),
        ("0 15 11 3222-1100", "1132221100"),
        ("021 11 99887-7665", "11998877665"),
        ("055 11 99887-7665", "11998877665"),
        ("03222-1100", "32221100"),
    ],
)
def test_country_trunk_zero_and_carrier_come_off(value: str, read: str) -> None:
    assert read_phone(value) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("55 99887-7665", "55998877665"),
        ("5532221100", "5532221100"),
        ("(55) 3222-1100", "5532221100"),
        ("0800 591 9210", "08005919210"),
        ("+55 0800 591 9210", "08005919210"),
        ("0300 123 4567", "03001234567"),
        ("4004-1234", "40041234"),
        ("+1 415 307 4864", "14153074864"),
        ("+351 912 345 678", "351912345678"),
        ("00351912345678", "351912345678"),
        ("351912345678", "351912345678"),
        ("+54 9 11 2345-6789", "5491123456789"),
    ],
)
def test_what_belongs_to_the_number_stays(value: str, read: str) -> None:
    assert read_phone(value) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("(11) 99887-7665 / (11) 99887-7666", "11998877665"),
        ("(11) 9 8765-4321 / (11) 3222-1100", "11987654321"),
        ("(11) 3222-1100 / 99887-7665", "1132221100"),
        ("(11) 99887-7665 (11) 99887-7666", "11998877665"),
        ("(11) 3222-1100  (11) 99887-7665", "1132221100"),
        ("3222-1100/3222-1101", "32221100"),
        ("(11) 3222-1100/01", "1132221100"),
        ("11 3222-1100; 11 99887-7665", "1132221100"),
        ("11 3222-1100, 11 99887-7665", "1132221100"),
        ("11 3222-1100 | 11 99887-7665", "1132221100"),
        ("11 3222-1100 e 3222-1101", "1132221100"),
        ("11 99887-7665 ou 3222-1100", "11998877665"),
        ("11 99887-7665\n11 3222-1100", "11998877665"),
        ("99887-7665 3222-1100", "998877665"),
        ("98 / 3222-1100", "9832221100"),
        ("(11) 3222-1100 ramal 214", "1132221100"),
        ("(11) 3222-1100 R: 21", "1132221100"),
        ("(11) 3222-1100 r.21", "1132221100"),
        ("(11) 3222-1100r21", "1132221100"),
        ("(11) 3222-1100 ext. 12", "1132221100"),
        ("(11) 3222-1100 x12", "1132221100"),
        ("(11) 3222-1100 #12", "1132221100"),
        ("tel1: 11 3222-1100", "1132221100"),
        ("WhatsApp (11) 99887-7665", "11998877665"),
        ("(11) 99887-7665 (Maria)", "11998877665"),
    ],
)
def test_the_first_number_counts_and_an_extension_is_none_of_it(value: str, read: str) -> None:
    assert read_phone(value) == read


@pytest.mark.parametrize("value", ["0", 0, "(00) 00000-0000", "(11) 0000-0000", "000000000"])
def test_zeros_are_nothing(value: object) -> None:
    assert read_phone(value) == ""


@pytest.mark.parametrize(
    "value",
    [
        "NAO TEM",
        "12345",
        "190",
        "1132221100214",
        "1132221100998877665",
        "443222110021",
        "1,19989E+10",
        True,
        [],
        "119988776650",
    ],
)
def test_what_is_no_telephone_or_runs_two_together_is_a_misfit(value: object) -> None:
    assert misfit_of(read_phone, value)


@pytest.mark.parametrize(
    ("value", "area", "read"),
    [
        ("3222-1100", "011", "1132221100"),
        ("998877665", "81 ", "81998877665"),
        ("998877665", 81, "81998877665"),
        ("(11) 99887-7665", "11", "11998877665"),
        ("0800 591 9210", "11", "08005919210"),
        ("4004-1234", "11", "40041234"),
        ("+1 415 307 4864", "11", "14153074864"),
        ("3222-1100", "", "32221100"),
        ("3222-1100", None, "32221100"),
        ("3222-1100", "00", "32221100"),
        ("3222-1100", "000011", "1132221100"),
    ],
)
def test_an_area_code_is_put_before_a_number_that_lacks_one(value: str, area: object, read: str) -> None:
    assert read_phone(value, area) == read


@pytest.mark.parametrize(
    ("number", "mobile"),
    [
        ("11998877665", True),
        ("998877665", True),
        ("1132221100", False),
        ("32221100", False),
        ("14153074864", False),
        ("08005919210", False),
    ],
)
def test_a_mobile_has_nine_digits_that_begin_with_nine(number: str, mobile: bool) -> None:
    assert is_mobile(number) is mobile


@given(st.text(st.sampled_from("0123456789 ()-+/.;xXrR,e")) | st.integers(0, 10**16))
def test_a_number_has_digits_that_came_in_their_order_and_reads_as_itself(value: object) -> None:
    read = read_or_none(read_phone, value)
    if read:
        assert re.fullmatch("[0-9]{8,15}", read)
        assert read_or_none(read_phone, read) in {read, None} or len(read) > 11


@given(
    st.from_regex("[1-9][1-9]9[0-9]{8}", fullmatch=True),
    st.sampled_from(["{0}", "+55 {0}", "0{0}", "0055{0}", "55{0}", "{0} ramal 3"]),
)
def test_a_mobile_is_found_behind_whatever_stands_before_it(number: str, dress: str) -> None:
    if number[3:].strip("0"):
        assert read_phone(dress.format(number)) == number
