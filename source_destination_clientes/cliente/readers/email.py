"""The e-mail address: one, the first of a list.

>>> read_email("Ana <ana@example.com>; bia@example.com")
'ana@example.com'
"""

import re
import unicodedata
from typing import Final

from source_destination_clientes.cliente.readers.misfit import Misfit, kind_of
from source_destination_clientes.cliente.readers.text import clean
from source_destination_clientes.rejection.outcome import Reason

PLAIN: Final = re.compile(r"[A-Za-z0-9_%+&=-]+(?:\.[A-Za-z0-9_%+&=-]+)*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_WORD: Final = r"[^\s@.,;:<>()\[\]|/\\\"'`]+"
_ADDRESS: Final = re.compile(rf"{_WORD}(?:['.]{_WORD})*@{_WORD}(?:\.{_WORD})+")
_BETWEEN: Final = re.compile(r"[\s,;:<>()\[\]|/\\\"`]+|(?<!\w)'|'(?!\w)")


def read_email(value: object) -> str:
    """The first address of a text. Raises `Misfit` when there is none."""
    if type(value) is not str:
        raise Misfit(Reason.WRONG_TYPE, f"is {kind_of(value)} where an e-mail address is expected")
    if PLAIN.fullmatch(value):
        return value
    for part in _BETWEEN.split(clean(unicodedata.normalize("NFKC", value))):
        if _ADDRESS.fullmatch(part.strip(".")):
            return part.strip(".")
    raise Misfit(Reason.WRONG_TYPE, "is no e-mail address, which has one @ and a domain behind it")
