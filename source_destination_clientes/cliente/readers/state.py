"""The state: its two letters, as the tills store it.

>>> [read_state(value) for value in ("sp", "São Paulo", "BR-SP", "SP - São Paulo", "S.P.", "Estado do Ceará", "EX")]
['SP', 'SP', 'SP', 'SP', 'SP', 'CE', 'EX']
"""

import re
from collections.abc import Mapping
from typing import Final

from source_destination_clientes.cliente.readers.misfit import Misfit
from source_destination_clientes.cliente.readers.text import read_text
from source_destination_clientes.cliente.readers.words import plain
from source_destination_clientes.rejection.outcome import Reason

UF_BY_NAME: Final[Mapping[str, str]] = {
    "acre": "AC",
    "alagoas": "AL",
    "amapa": "AP",
    "amazonas": "AM",
    "bahia": "BA",
    "ceara": "CE",
    "distrito federal": "DF",
    "espirito santo": "ES",
    "goias": "GO",
    "maranhao": "MA",
    "mato grosso": "MT",
    "mato grosso do sul": "MS",
    "minas gerais": "MG",
    "para": "PA",
    "paraiba": "PB",
    "parana": "PR",
    "pernambuco": "PE",
    "piaui": "PI",
    "rio de janeiro": "RJ",
    "rio grande do norte": "RN",
    "rio grande do sul": "RS",
    "rondonia": "RO",
    "roraima": "RR",
    "santa catarina": "SC",
    "sao paulo": "SP",
    "sergipe": "SE",
    "tocantins": "TO",
}
"""The two letters of each state, by its name."""

ABROAD: Final = "EX"
UFS: Final = frozenset({*UF_BY_NAME.values(), ABROAD})
_BESIDE: Final = frozenset({"br", "bra", "brasil", "brazil", "uf", "estado"})
"""The country, and the heading that some write before the state."""
_BETWEEN: Final = re.compile(r"[-–—/|,;:()\[\]]+")
_STATE_OF: Final = re.compile(r"(?:est|estado|uf) (?:d[aeo] )?")


def read_state(value: object) -> str:
    """The two letters of a state of Brazil; what names none, such as a province abroad, stays as it is.

    Raises `Misfit` when two states are named.
    """
    if type(value) is str and value in UFS:
        return value
    text = read_text(value)
    named = {uf for uf in map(_uf_of, _parts(text)) if uf}
    if len(named) > 1:
        raise Misfit(Reason.NOT_IN_LIST, "names two states")
    return named.pop() if named else text


def _parts(text: str) -> list[str]:
    """What marks part a text into, without country and heading; nothing where a part is unknown: `SP Incorporações` is no state."""
    parts = [plain(part) for part in _BETWEEN.split(text)]
    parts = [part for part in parts if part and part not in _BESIDE]
    return parts if all(map(_uf_of, parts)) else []


def _uf_of(part: str) -> str:
    letters = part.replace(".", "").replace(" ", "").upper()
    if letters in UFS:
        return letters
    name = " ".join(part.replace(".", " ").split())
    return UF_BY_NAME.get(name) or UF_BY_NAME.get(_STATE_OF.sub("", name, count=1), "")
