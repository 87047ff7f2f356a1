r"""Text as people see it: composed, without invisible characters, with single blanks.

>>> clean(" Ana\u200b  Conceic\u0327a\u0303o\r\n")
'Ana Conceição'
"""

import math
import re
import unicodedata
from typing import Final

from source_destination_clientes.cliente.readers.misfit import Misfit, kind_of
from source_destination_clientes.rejection.outcome import Reason

INEXACT: Final = 2.0**53
"""From here on neighbouring integers become the same float, and two keys one cliente."""

_ZWJ: Final = "\u200d"
_UNSEEN: Final = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]")
"""Letters, marks and symbols without a shape: names made of them look empty. Unicode has no category for them."""
_WHOLE: Final = re.compile(r"[0-9]+\.0")
_QUOTED_DIGITS: Final = re.compile(r"'\+?[0-9]+")


def read_text(value: object) -> str:
    """The text of a value; a number is fine.

    `1042.0`, as pandas writes a whole number, is 1042, and the quote by which spreadsheets keep digits as text is dropped. Raises `Misfit` for what is neither text nor number, and for half a character.
    """
    text = clean(value) if type(value) is str else text_of_number(value)
    if text[-2:] == ".0" and _WHOLE.fullmatch(text):
        return text[:-2]
    if text[:1] == "'" and _QUOTED_DIGITS.fullmatch(text):
        return text[1:]
    return text


def read_built_key(value: object) -> str:
    """A key that an expression joined of columns: blanks within it stay, as the codes of fixed width that it is made of have them.

    >>> read_built_key("123   01 ")
    '123   01'
    """
    if type(value) is not str:
        return read_text(value)
    return " ".join(clean(part) for part in value.split(" ")).strip()


def clean(text: str) -> str:
    """A text in NFC, without format characters except between emoji, every run of blanks and controls one blank."""
    if text.isprintable() and "  " not in text:
        if text.isascii():
            return text.strip(" ")
        if unicodedata.is_normalized("NFC", text) and not _UNSEEN.search(text):
            return text.strip(" ")
    return _clean_thoroughly(text)


def text_of_number(value: object) -> str:
    """A number as text, without exponent and without the `.0` of a whole one. Raises `Misfit` for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, float) and math.isfinite(value):
        if abs(value) >= INEXACT:
            raise Misfit(
                Reason.WRONG_TYPE,
                "is a decimal number too large to be exact; send it as text or as an integer",
            )
        return str(int(value)) if value.is_integer() else repr(value)
    raise Misfit(Reason.WRONG_TYPE, f"is {kind_of(value)} where text is expected")


def _clean_thoroughly(text: str) -> str:
    kept: list[str] = []
    for at, character in enumerate(text):
        category = unicodedata.category(character)
        if category == "Cs":
            raise Misfit(Reason.WRONG_TYPE, "holds half a character (a lone surrogate)")
        if category in {"Cc", "Zs", "Zl", "Zp"} or _UNSEEN.match(character):
            kept.append(" ")
        elif category != "Cf" or (character == _ZWJ and _joins_emoji(text, at)):
            kept.append(character)
    return " ".join(unicodedata.normalize("NFC", "".join(kept)).split())


def _joins_emoji(text: str, at: int) -> bool:
    before, after = text[:at].rstrip("\ufe0f")[-1:], text[at + 1 : at + 2]
    return _is_symbol(before) and _is_symbol(after)


def _is_symbol(character: str) -> bool:
    return bool(character) and unicodedata.category(character) in {"So", "Sk"}
