"""Digits out of what people, spreadsheets and data frames write."""

import re
import unicodedata
from typing import Final

from source_destination_clientes.cliente.readers.misfit import Misfit
from source_destination_clientes.cliente.readers.text import clean, text_of_number
from source_destination_clientes.rejection.outcome import Reason

_NOT_DIGITS: Final = re.compile(r"[^0-9]+")
_WHOLE: Final = re.compile(r"([0-9]+)[.,]0+")
_EXPONENT: Final = re.compile(r"[+-]?[0-9](?:[.,]([0-9]+))?[eE]\+?([0-9]{1,3})")
SPREADSHEET: Final = (
    "is in scientific notation, as a spreadsheet shows long numbers: digits are lost. "
    "Format the column as text or number and export it again"
)


def read_digits(value: object) -> str:
    """The digits of a value, those of `1310100.0` without the decimal.

    Raises `Misfit` when there is none, or when an exponent took some away.
    """
    if type(value) is str and value.isdigit() and value.isascii():
        return value
    text = written(value)
    return whole_part(text) or digits_in(text)


def written(value: object) -> str:
    """A value as the text in which digits are looked for: in plain characters, an exact exponent written out.

    Raises `Misfit` for other types, and for an exponent that took digits away.
    """
    if isinstance(value, float) and not value.is_integer():
        raise Misfit(Reason.WRONG_TYPE, "is a number with decimals where digits are expected")
    if type(value) is not str:
        return text_of_number(value)
    text = clean(unicodedata.normalize("NFKC", value))
    exponent = _EXPONENT.fullmatch(text.replace(" ", ""))
    if exponent is None:
        return text
    decimals, shift = exponent[1] or "", int(exponent[2])
    # A spreadsheet drops the digits it does not show. Only where all of them are there, the number is known.
    if len(decimals) != shift:
        raise Misfit(Reason.WRONG_TYPE, SPREADSHEET)
    return text.lstrip("+-")[0] + decimals


def whole_part(text: str) -> str:
    """The digits of a whole number written with decimals, `1310100.0` or `1310100,00`; empty for all else."""
    match = _WHOLE.fullmatch(text)
    return match[1] if match else ""


def digits_in(text: str) -> str:
    """All digits of a text. Raises `Misfit` when there is none."""
    digits = _NOT_DIGITS.sub("", text)
    if not digits:
        raise Misfit(Reason.WRONG_TYPE, "holds no digit")
    return digits
