"""Telephones as the tills keep them: area code and number, digits only.

>>> [read_phone(value) for value in ("0xx11 3222-1100", "(11) 3222-1100 / 99887-7665", "+1 415 307 4864", "0800 591 9210")]
['1132221100', '1132221100', '14153074864', '08005919210']
"""

import re
from typing import Final

from source_destination_clientes.cliente.readers.digits import digits_in, whole_part, written
from source_destination_clientes.cliente.readers.misfit import Misfit
from source_destination_clientes.rejection.outcome import Reason

_SHORTEST: Final = 8
_LONGEST: Final = 11
_LONGEST_ABROAD: Final = 15
_BRAZIL: Final = "55"

_CLEAN: Final = re.compile(
    r"(?:\(([1-9][1-9])\) ?|([1-9][1-9])[ -]?)?(9[0-9]{4}|[2-8][0-9]{3})[ -]?([0-9]{4})"
)
"""A number of Brazil with or without area code, in its usual mask or none."""
_TRUNK: Final = re.compile(r"\b0\s*(?:[xX]{2}|\*\*)")
"""The 0xx that stood for trunk zero and carrier."""
_LABEL: Final = re.compile(r"^[^\W\d_]+\.?\s?[0-9]?\s*:")
_EXTENSION: Final = re.compile(
    r"(?i)(?<![^\W\d_])(?:rama(?:l|is)|ram|rml|r|ext(?:ens[aã]o)?|x)(?![^\W\d_])[\s.:]*[0-9]{1,5}\b|#"
)
_BETWEEN: Final = re.compile(
    r"[/;,|\n]|\b[eE]\b|\b[oO][uU]\b|\s{2,}|(?=\()|(?<=[0-9]{4}-[0-9]{4})\s+(?=[0-9])|(?<=[0-9]{4}-[0-9]{4})(?=\+)"
)
_FREE: Final = re.compile(r"0[3589]00[0-9]{6,7}")
"""0800 and its kind: the zero belongs to the number."""
_NATIONWIDE: Final = re.compile(r"(?:400[0-9]|4020|300[0-9])[0-9]{4}")
"""Numbers without an area code, the same all over the country."""
_CARRIERS: Final = frozenset({"12", "14", "15", "17", "21", "25", "31", "41", "43"})
_AREA: Final = re.compile(r"[1-9][1-9]")
_MOBILE: Final = re.compile(r"(?:[1-9][1-9])?9[0-9]{8}")
_BRAZILIAN: Final = re.compile(r"[1-9][1-9](?:9[0-9]{8}|[2-8][0-9]{7})")

_ABROAD: Final[dict[str, range]] = {
    "1": range(11, 12),
    "33": range(11, 12),
    "34": range(11, 12),
    "351": range(12, 13),
    "39": range(11, 14),
    "44": range(12, 13),
    "49": range(12, 14),
    "51": range(11, 12),
    "54": range(12, 14),
    "56": range(11, 12),
    "57": range(12, 13),
    "58": range(12, 13),
    "591": range(11, 12),
    "593": range(12, 13),
    "595": range(12, 13),
    "598": range(11, 12),
    "81": range(11, 13),
    "86": range(13, 14),
}
"""Country codes that Brazilian shops meet, with the digits a whole number has (ITU-T E.164)."""


def read_phone(value: object, area: object = None) -> str:
    """The first number of a value, without country code, trunk zeros, carrier and extension; zeros alone are nothing.

    `area` is the area code that a number without one gets, as a column of its own brings it. Raises `Misfit` for what is no
    telephone, and for digits that run two together.
    """
    clean = _CLEAN.fullmatch(value) if type(value) is str else None
    number = "".join(clean.groups("")) if clean and clean[4].strip("0") else _number_of(value)
    if area and number and _lacks_area(number):
        digits = re.sub(r"[^0-9]", "", str(area)).lstrip("0")
        return digits + number if _AREA.fullmatch(digits) else number
    return number


def is_mobile(number: str) -> bool:
    """Whether a number that was read is a mobile's: nine digits that begin with 9, after the area code if there is one."""
    return _MOBILE.fullmatch(number) is not None


def _lacks_area(number: str) -> bool:
    return len(number) <= 9 and not _NATIONWIDE.fullmatch(number)


def _number_of(value: object) -> str:
    text = value if type(value) is str else ""
    if re.search(r"\s{2,}|\n", text):
        # Two blanks part numbers, and reading the text as it is written makes one of them.
        text = re.sub(r"\s{2,}|\n", " ; ", text.strip())
    text = _TRUNK.sub("0", written(text or value))
    whole = whole_part(text)
    if len(whole) >= _SHORTEST:
        text = whole
    first = _first(_without_extension(_LABEL.sub("", text)))
    digits = digits_in(first)
    if not digits.strip("0") or (len(digits) >= _SHORTEST and not digits[2:].strip("0")):
        return ""
    if first.lstrip(" (").startswith("+") or digits.startswith("00"):
        return _dialled_from_abroad(digits.lstrip("0"))
    return _national(digits)


def _without_extension(text: str) -> str:
    for found in _EXTENSION.finditer(text):
        if _count(text[: found.start()]) >= _SHORTEST:
            return text[: found.start()]
    return text


def _first(text: str) -> str:
    """The first number of several: parts are taken until there are digits enough, as area codes stand apart."""
    taken = ""
    for part in _BETWEEN.split(text):
        taken += part
        if _count(taken) >= _SHORTEST and len(_bare(taken)) >= _SHORTEST:
            break
    return taken


def _bare(text: str) -> str:
    """The digits without what stands before area code and number."""
    digits = re.sub(r"[^0-9]", "", text).lstrip("0")
    return digits.removeprefix("55") if text.lstrip().startswith(("+55", "0055")) else digits


def _count(text: str) -> int:
    return len(re.findall(r"[0-9]", text))


def _dialled_from_abroad(digits: str) -> str:
    """A number behind its country code: Brazil's comes off, another's belongs to the number."""
    if digits.startswith(_BRAZIL):
        return _national(digits.removeprefix(_BRAZIL))
    if _SHORTEST <= len(digits) <= _LONGEST_ABROAD:
        return digits
    raise _no_telephone(digits)


def _national(digits: str) -> str:
    number = _without_country(digits)
    if _FREE.fullmatch(number):
        return number
    trunk = number.startswith("0")
    number = _without_country(number.lstrip("0"))
    if trunk and len(number) > _LONGEST and number[:2] in _CARRIERS and _BRAZILIAN.fullmatch(number[2:]):
        number = number[2:]
    if _SHORTEST <= len(number) <= _LONGEST or _is_foreign(number):
        return number
    raise _no_telephone(digits)


def _no_telephone(digits: str) -> Misfit:
    count = f"{len(digits)} {'digit' if len(digits) == 1 else 'digits'}"
    return Misfit(Reason.WRONG_TYPE, f"has {count} and does not read as one telephone")


def _without_country(digits: str) -> str:
    """Without Brazil's 55, where a whole number follows it: 55 is an area code too, that of Santa Maria."""
    if not digits.startswith(_BRAZIL):
        return digits
    rest = digits.removeprefix(_BRAZIL)
    whole = _FREE.fullmatch(rest) or len(rest.lstrip("0")) in {_LONGEST - 1, _LONGEST}
    return rest if whole and len(digits) > _LONGEST else digits


def _is_foreign(number: str) -> bool:
    """A number of another country without its plus, where its first digits are not a number of Brazil besides."""
    if _BRAZILIAN.match(number):
        return False
    return any(number.startswith(code) and len(number) in lengths for code, lengths in _ABROAD.items())
