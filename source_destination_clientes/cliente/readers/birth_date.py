"""Calendar days, and birth dates: days on which somebody alive can have been born.

>>> from datetime import date
>>> read = DateReader(date(2026, 1, 1), ("%d/%m/%Y",))
>>> [read("1990-01-31T00:00:00Z"), read("31/01/1990"), read("00/00/0000")]
['1990-01-31', '1990-01-31', '']
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from source_destination_clientes.cliente.readers.misfit import Misfit, SaysNothing, kind_of
from source_destination_clientes.cliente.readers.text import clean
from source_destination_clientes.rejection.outcome import Reason

EARLIEST: Final = "1900-01-02"
"""Before it are the days that systems write where they know none: 0001-01-01, 1753-01-01, 1899-12-30, 1900-01-01."""
UNIX_EPOCH: Final = "1970-01-01"
"""People were born on it, and it is what zero seconds make; sent, and worth a count."""

_ISO: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ].+)?")
_TIME: Final = re.compile(
    r"[T ]\s*[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?(?:\s?(?:[AaPp][Mm]|Z|UTC|[+-][0-9]{2}:?[0-9]{2}))?$"
)
_SHAPES: Final = (
    (re.compile(r"[0-9]{8}"), "%Y%m%d"),
    (re.compile(r"[0-9]{4}([-/.])[0-9]{1,2}\1[0-9]{1,2}"), "%Y{0}%m{0}%d"),
    (re.compile(r"[0-9]{1,2}([-/.])(?:1[3-9]|2[0-9]|3[01])\1[0-9]{4}"), "%m{0}%d{0}%Y"),
    (re.compile(r"[0-9]{1,2}([-/.])[0-9]{1,2}\1[0-9]{4}"), "%d{0}%m{0}%Y"),
    (re.compile(r"[0-9]{1,2}([-/.])[0-9]{1,2}\1[0-9]{2}"), "%d{0}%m{0}%y"),
)
_ANY_SHAPE: Final = "%d/%m/%Y"


@dataclass(frozen=True, slots=True)
class DateReader:
    """Reads birth dates: ISO days and timestamps, else days in `formats`, which are strptime's.

    `today` is the first day on which nobody whose data comes was born yet.
    """

    today: date
    formats: Sequence[str] = ()

    def __call__(self, value: object) -> str:
        """The day as YYYY-MM-DD; a mask or a date of zeros is nothing.

        Raises `Misfit` for what is no day or could be two, and `SaysNothing` for a day on which nobody alive was born.
        """
        if (
            type(value) is str
            and len(value) == 10
            and EARLIEST <= value < self.today.isoformat()
            and _is_day(value)
        ):
            return value
        text = _written(value, self.formats)
        day = _iso_day(text)
        if day is None:
            day = _formatted_day(text, self.formats, self.today)
        if day is None:
            raise Misfit(Reason.BAD_DATE, _no_day(text, self.formats))
        if day and not EARLIEST <= day < self.today.isoformat():
            raise SaysNothing(
                Reason.BAD_DATE, "is a day on which nobody alive was born, or one still to come"
            )
        return day


def read_day(value: object, formats: Sequence[str], today: date) -> str:
    """The day of a value in one of these formats, else of an ISO day or timestamp, as YYYY-MM-DD.

    A two-digit year that gives a day after `today` is of the century before. Raises `Misfit` for what is no day or could be two.
    """
    text = _written(value, formats)
    day = _formatted_day(text, formats, today)
    if day is None:
        day = _iso_day(text)
    if day is None:
        raise Misfit(Reason.BAD_DATE, _no_day(text, formats))
    return day


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return text[4] == text[7] == "-" and text.isascii()


def _written(value: object, formats: Sequence[str]) -> str:
    """The text of a value; a number is one where a format is known: 19900131."""
    if type(value) is str:
        return value if len(value) == 10 and value[4] == "-" else clean(value)
    if formats and type(value) is int:
        return str(value)
    raise Misfit(Reason.BAD_DATE, f"is {kind_of(value)} where a date is expected. {_remedy(str(value))}")


def _formatted_day(text: str, formats: Sequence[str], today: date) -> str | None:
    """The day in one of the formats; nothing for a mask or zeros, None when no format fits."""
    if not any(letter.isalnum() and letter != "0" for letter in text):
        return ""
    days = {day for form in formats for day in _days(text, form, today)}
    believable = {day for day in days if EARLIEST <= day <= today.isoformat()} or days
    if len(believable) > 1:
        raise Misfit(Reason.BAD_DATE, "could be two days, by two of the formats it may have")
    return believable.pop() if believable else None


def _iso_day(text: str) -> str | None:
    """The day of an ISO day or timestamp, of its own zone, so that no birthday moves; None for all else."""
    if not _ISO.fullmatch(text):
        return None
    if not text.strip("0-+T:. Z"):
        return ""
    try:
        moment = datetime.fromisoformat(text) if len(text) > 10 else date.fromisoformat(text)
    except ValueError:
        if text.startswith("0000"):
            raise SaysNothing(Reason.BAD_DATE, "has the year 0000") from None
        return None
    if isinstance(moment, datetime) and _is_midnight_elsewhere(moment):
        raise Misfit(
            Reason.BAD_DATE,
            "is an evening in its own time zone and midnight of the next day in UTC, so it could be two days",
        )
    return text[:10]


def _is_midnight_elsewhere(moment: datetime) -> bool:
    """Midnight in UTC, shown in the local time of a zone west of it: the day that was meant is the next one."""
    offset = moment.utcoffset()
    if not offset or offset >= timedelta(0) or moment.hour < 20:
        return False
    return (moment.replace(tzinfo=None) - offset).time() == datetime.min.time()


def _days(text: str, form: str, today: date) -> list[str]:
    """The day a text names in this form, its time of day cut off where the form has none; no day when it does not fit."""
    for written in (text, _TIME.sub("", text)):
        try:
            day = datetime.strptime(written, form).date()  # noqa: DTZ007 - a calendar day has no zone
        except ValueError:
            continue
        if "%y" in form and day > today:
            day = _a_century_earlier(day)
        return [day.isoformat()]
    return []


def _a_century_earlier(day: date) -> date:
    try:
        return day.replace(year=day.year - 100)
    except ValueError:
        # Of the leap years that are centuries, 2000 has none a hundred years before it.
        return day.replace(year=day.year - 100, day=28)


def _no_day(text: str, formats: Sequence[str]) -> str:
    if formats:
        return f"does not read as {' or '.join(formats)}, and is no date in the form YYYY-MM-DD"
    if len(text) == 10 and _ISO.fullmatch(text):
        return "is no date of the calendar"
    return f"is no date in the form YYYY-MM-DD. {_remedy(text)}"


def _remedy(text: str) -> str:
    """What to write into the config, with the format that a text seems to have."""
    bare = _TIME.sub("", text.strip())
    for shape, form in _SHAPES:
        match = shape.fullmatch(bare)
        if match:
            found = form.format(*match.groups())
            break
    else:
        found = _ANY_SHAPE
    return f"List its format in values.date_formats, for example {found}, or read it with {{{{ record.column | date('{found}') }}}}"
