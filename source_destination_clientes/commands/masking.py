"""Showing the shape of personal data instead of the data.

>>> mask_payload({"idRetaguarda": "C-7", "nome": "Ana Sá", "cpfCnpj": "52998224725", "sexo": 2, "situacao": 1})
{'idRetaguarda': 'C-7', 'nome': 'Xxx Xx', 'cpfCnpj': '99999999999', 'sexo': 9, 'situacao': 1}
"""

import re
import string
from collections.abc import Mapping
from typing import Any, Final

from source_destination_clientes.rejection.privacy import mask_key

_IMPERSONAL: Final = frozenset(
    {"idInquilino", "idProprietario", "loteOrigem", "situacao", "pessoaFisica", "tipoEndereco"}
)
"""Fields that say nothing about a person."""

_ASCII_SHAPES: Final = str.maketrans(
    string.digits + string.ascii_lowercase + string.ascii_uppercase, "9" * 10 + "x" * 26 + "X" * 26
)
_KEYS: Final = frozenset({"idRetaguarda", "idClienteRetaguarda"})


def mask_payload(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The payload with every letter and digit of personal fields replaced: lengths and punctuation stay."""
    return {name: _masked(name, value) for name, value in payload.items()}


def _masked(name: str, value: object) -> object:
    if name in _IMPERSONAL or value is None or isinstance(value, bool):
        return value
    if name in _KEYS:
        return mask_key(str(value))
    if isinstance(value, int):
        return int("9" * len(str(abs(value))))
    return _shape(str(value))


def _shape(text: str) -> str:
    if text.isascii():
        return text.translate(_ASCII_SHAPES)
    without_digits = re.sub(r"\d", "9", text)
    return re.sub(r"[^\W\d_]", lambda letter: "X" if letter[0].isupper() else "x", without_digits)
