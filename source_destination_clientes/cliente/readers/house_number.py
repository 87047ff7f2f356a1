"""The house number, alone or at the end of a line with the street.

>>> split_line("Rua das Laranjeiras, 120 - Apto 31")
Line(street='Rua das Laranjeiras', number='120', rest='Apto 31')
>>> split_line("Rua Sete de Setembro, Centro")
Line(street='Rua Sete de Setembro, Centro', number='', rest='')
"""

import re
from typing import Final, NamedTuple

from source_destination_clientes.cliente.readers.text import clean, read_text

_NONE: Final = re.compile(r"(?i)(?:s\s*[/.]?\s*n(?:\s*[º°o.]+|\b)|sem n[úu]mero\b)[.]?")
"""S/N, SN, s/nº: a house without a number, written as one."""
_NUMBER: Final = re.compile(
    r"(?i)(?:n(?:[º°o]|[úu]mero)?\s*[.:]?\s*)?"
    r"(?P<number>[0-9][0-9.]*(?:\s*[-/]?\s*[a-z](?![\w]))?(?:\s*/\s*[0-9]+)?)"
    r"(?![\wºª°]|\s*(?:andar|de|do|da)\b)"
)
_POSTAL_CODE: Final = re.compile(r"[0-9]{2}\.?[0-9]{3}-?[0-9]{3}\b")
_EDGES: Final = " ,-–—."


class Line(NamedTuple):
    """A line of an address in its parts; `rest` is what follows the number."""

    street: str
    number: str
    rest: str


def read_house_number(value: object) -> str:
    """The number as it is written: `120`, `45-A`, `S/N`."""
    return read_text(value)


def split_line(line: str) -> Line:
    """Take a line apart at the first comma part that begins with a number or stands for none; without one, it is all street."""
    parts = clean(line).split(",")
    for at, part in enumerate(parts):
        if not at:
            continue
        written = part.strip()
        found = _NONE.match(written) or (None if _POSTAL_CODE.match(written) else _NUMBER.match(written))
        if found is None:
            continue
        number = (found.groupdict().get("number") or found[0]).strip()
        rest = ", ".join(
            filter(None, (each.strip(_EDGES) for each in (written[found.end() :], *parts[at + 1 :])))
        )
        return Line(",".join(parts[:at]).strip(_EDGES), number, rest)
    return Line(clean(line), "", "")
