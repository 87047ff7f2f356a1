"""The CEP, Brazil's postal code: eight digits.

>>> [read_postal_code(value) for value in ("01.310-100", 1310100, "1310100.0", "CEP 01310-100", "00000-000")]
['01310100', '01310100', '01310100', '01310100', '']
"""

import re
from typing import Final

from source_destination_clientes.cliente.readers.digits import digits_in, whole_part, written
from source_destination_clientes.cliente.readers.misfit import Misfit
from source_destination_clientes.rejection.outcome import Reason

_LENGTH: Final = 8
_CLEAN: Final = re.compile(r"[0-9]{5}-?[0-9]{3}")


def read_postal_code(value: object) -> str:
    """Eight digits; the zero that a number has lost in front comes back, and zeros alone are nothing.

    Raises `Misfit` for any other length.
    """
    if type(value) is str and _CLEAN.fullmatch(value):
        code = value.replace("-", "")
        return code if code.strip("0") else ""
    text = written(value)
    digits = digits_in(text)
    if not digits.strip("0"):
        return ""
    code = _completed(whole_part(text)) or _completed(digits)
    if not code:
        raise Misfit(
            Reason.WRONG_TYPE, f"has {len(digits)} {'digit' if len(digits) == 1 else 'digits'}; a CEP has 8"
        )
    return code


def _completed(digits: str) -> str:
    # The lowest CEP is 01000-000, so that one zero can be lost and no more.
    lost = len(digits) == _LENGTH - 1 and digits[0] != "0"
    return digits.zfill(_LENGTH) if lost or len(digits) == _LENGTH else ""
