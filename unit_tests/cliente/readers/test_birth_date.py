"""Birth dates."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.cliente.readers.birth_date import DateReader, read_day
from source_destination_clientes.cliente.readers.misfit import SaysNothing
from source_destination_clientes.rejection.outcome import Reason
from unit_tests.kit.reading import misfit_of

TODAY = date(2026, 11, 25)
ISO = DateReader(TODAY)
BRAZIL = DateReader(TODAY, ("%d/%m/%Y", "%d/%m/%y"))


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("1990-01-31", "1990-01-31"),
        (" 1990-01-31 ", "1990-01-31"),
        ("1990-01-31T00:00:00", "1990-01-31"),
        ("1990-01-31T00:00:00.000000", "1990-01-31"),
        ("1990-01-31 00:00:00", "1990-01-31"),
        ("1990-01-31T00:00:00Z", "1990-01-31"),
        ("1990-01-31T03:00:00Z", "1990-01-31"),
        ("1990-01-31T00:00:00-03:00", "1990-01-31"),
        ("1990-01-30T21:30:00-03:00", "1990-01-30"),
        ("1970-01-01", "1970-01-01"),
        ("1900-01-02", "1900-01-02"),
        ("2026-11-24", "2026-11-24"),
    ],
)
def test_an_iso_day_or_timestamp_keeps_its_day(value: str, read: str) -> None:
    assert ISO(value) == read


@pytest.mark.parametrize(
    "value",
    [
        "0000-00-00",
        "0000-00-00T00:00:00",
        "00/00/0000",
        "00000000",
        "  /  /    ",
        "__/__/____",
        "00/00/0000 00:00:00",
    ],
)
def test_a_mask_and_zeros_are_nothing(value: str) -> None:
    assert ISO(value) == ""
    assert BRAZIL(value) == ""
    assert read_day(value, ("%d/%m/%Y",), TODAY) == ""


@pytest.mark.parametrize(
    "value",
    [
        "1900-01-01",
        "1899-12-30",
        "1753-01-01",
        "0001-01-01",
        "0007-01-05",
        "0000-01-01",
        "9999-12-31",
        "2090-05-01",
        "2026-11-25",
        "1900-01-01T00:00:00",
    ],
)
def test_a_day_on_which_nobody_alive_was_born_says_nothing(value: str) -> None:
    assert isinstance(misfit_of(ISO, value), SaysNothing)


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("31/01/1990", "%d/%m/%Y"),
        ("31-01-1990", "%d-%m-%Y"),
        ("31.01.1990", "%d.%m.%Y"),
        ("31/01/90", "%d/%m/%y"),
        ("1990/01/31", "%Y/%m/%d"),
        ("19900131", "%Y%m%d"),
        ("01-31-1990T00:00:00", "%m-%d-%Y"),
        ("1990-01-31 00:00:00 UTC", "%Y-%m-%d"),
        (633744000000, "%d/%m/%Y"),
    ],
)
def test_another_form_is_left_out_with_the_remedy(value: object, form: str) -> None:
    refusal = misfit_of(ISO, value)
    assert refusal.reason is Reason.BAD_DATE
    assert f"date('{form}')" in refusal.message
    assert "values.date_formats" in refusal.message


def test_a_day_that_the_calendar_lacks_is_no_date() -> None:
    assert misfit_of(ISO, "1990-02-31").message == "is no date of the calendar"


@pytest.mark.parametrize(
    "value", ["1990-01-30T21:00:00-03:00", "1990-01-30T20:00:00-04:00", "1990-01-30T22:00:00-02:00"]
)
def test_midnight_in_utc_shown_in_brazilian_time_could_be_two_days(value: str) -> None:
    assert "midnight" in misfit_of(ISO, value).message


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("31/01/1990", "1990-01-31"),
        ("1990-01-31", "1990-01-31"),
        ("31/01/90", "1990-01-31"),
        ("31/01/68", "1968-01-31"),
        ("31/01/35", "1935-01-31"),
        ("29/02/28", "1928-02-29"),
        ("13/01/2019 08:15:00", "2019-01-13"),
        ("13/01/2019 8:15", "2019-01-13"),
    ],
)
def test_the_formats_of_the_config_are_read_and_no_two_digit_year_is_in_the_future(
    value: str, read: str
) -> None:
    assert BRAZIL(value) == read


def test_a_day_that_two_formats_read_differently_is_left_out() -> None:
    read = DateReader(TODAY, ("%d/%m/%Y", "%m/%d/%Y"))
    assert read("31/01/1990") == "1990-01-31"
    assert read("05/05/1990") == "1990-05-05"
    assert "two days" in misfit_of(read, "05/06/1990").message


def test_a_format_that_gives_a_day_long_past_does_not_stand_in_the_way_of_another() -> None:
    assert DateReader(TODAY, ("%Y%m%d", "%d%m%Y"))("20101112") == "2010-11-12"


def test_the_filters_format_comes_before_iso() -> None:
    assert read_day("1990-05-06", ("%Y-%d-%m",), TODAY) == "1990-06-05"
    assert read_day("1990-01-31T00:00:00.000000", ("%Y%m%d",), TODAY) == "1990-01-31"
    assert read_day(19900131, ("%Y%m%d",), TODAY) == "1990-01-31"


@pytest.mark.parametrize("value", ["31/02/1980", "1990", "ontem", True, 1.5, []])
def test_what_no_format_fits_is_a_misfit(value: object) -> None:
    assert misfit_of(BRAZIL, value).reason is Reason.BAD_DATE


@given(st.dates(date(1900, 1, 2), TODAY - timedelta(days=1)))
def test_every_day_somebody_was_born_on_is_read_in_every_form(day: date) -> None:
    assert ISO(day.isoformat()) == day.isoformat()
    assert BRAZIL(day.strftime("%d/%m/%Y")) == day.isoformat()


@given(st.text())
def test_what_was_read_is_a_day_that_reads_as_itself(text: str) -> None:
    try:
        read = BRAZIL(text)
    except Exception:  # noqa: BLE001 - a misfit is another test's business
        return
    assert read == "" or BRAZIL(read) == read
