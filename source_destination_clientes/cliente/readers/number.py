"""Numbers that are sent as numbers.

>>> read_number("1234,5"), read_number(7), read_number("-3")
(1234.5, 7, -3)
"""

import math
import re
from typing import Final

from source_destination_clientes.cliente.readers.misfit import Misfit, kind_of
from source_destination_clientes.rejection.outcome import Reason

_NUMBER: Final = re.compile(r"([+-]?[0-9]{1,15})(?:[.,]([0-9]{1,2}|[0-9]{4,15}))?")
"""With three digits behind it, a point or a comma can as well separate thousands."""


def read_number(value: object) -> int | float:
    """A number. A text is one where it has exactly one reading: `1.234` is a thousand to some and a decimal to others."""
    if type(value) is int or (isinstance(value, float) and math.isfinite(value)):
        return value
    if not isinstance(value, str):
        raise Misfit(Reason.WRONG_TYPE, f"is {kind_of(value)} where a number is expected")
    found = _NUMBER.fullmatch(value.strip())
    if found is None:
        raise Misfit(Reason.WRONG_TYPE, "is not a number, or one that can be read in two ways; send 1234.5")
    whole, decimals = found.groups()
    return int(whole) if decimals is None else float(f"{whole}.{decimals}")
