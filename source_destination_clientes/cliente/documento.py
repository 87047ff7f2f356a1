"""CPF and CNPJ: their compact form, and whether they can exist.

Check digits are python-stdnum's; documents of digits only are let through faster by sums of the same weights, and whatever those
do not let through is for python-stdnum to judge. Two of its judgements are too mild for customers: it takes `111.111.111-11` for a CPF, and
digits of other scripts within a CNPJ. CNPJs have letters since 2026-07 (Instrução Normativa RFB 2.229/2024), so only punctuation
is dropped.

>>> validate("529.982.247-25")
'52998224725'
>>> validate("12.ABC.345/01DE-35")
'12ABC34501DE35'
"""

from collections.abc import Sequence
from functools import cache
from typing import Final

from stdnum.br import cnpj, cpf
from stdnum.exceptions import ValidationError

_PUNCTUATION: Final = str.maketrans("", "", ".-/ \t")
CPF_LENGTH: Final = 11
CNPJ_LENGTH: Final = 14


class InvalidDocumentError(ValueError):
    """Not a document; the text says why, without the value."""


def compact(value: str) -> str:
    """The document without punctuation, letters in upper case."""
    return value.strip().translate(_PUNCTUATION).upper()


def validate(value: str, *, check_digits: bool = True) -> str:
    """Return the compact form. Raises `InvalidDocumentError` when it cannot be a CPF or CNPJ."""
    if check_digits and value.isdigit() and value.isascii() and _sums_fit(value):
        return value
    document = compact(value)
    if document and not (document.isascii() and document.isalnum()):
        raise InvalidDocumentError("holds characters that no CPF or CNPJ has")
    if len(document) == CPF_LENGTH:
        _check_cpf(document, check_digits=check_digits)
    elif len(document) == CNPJ_LENGTH:
        _check_cnpj(document, check_digits=check_digits)
    else:
        raise InvalidDocumentError(f"has {len(document)} characters; a CPF has 11, a CNPJ 14")
    return document


def is_cpf(document: str) -> bool:
    """Whether a compact, valid document belongs to a person."""
    return len(document) == CPF_LENGTH


def _check_cpf(document: str, *, check_digits: bool) -> None:
    if not document.isdigit():
        raise InvalidDocumentError("has 11 characters like a CPF, but not all are digits")
    if len(set(document)) == 1:
        raise InvalidDocumentError("repeats one digit, as no CPF does")
    if check_digits and not (_sums_fit(document) or _is_valid(cpf, document)):
        raise InvalidDocumentError("has check digits that do not fit")


def _check_cnpj(document: str, *, check_digits: bool) -> None:
    if not document[-2:].isdigit():
        raise InvalidDocumentError("has 14 characters like a CNPJ, but its check digits are no digits")
    if document == "0" * CNPJ_LENGTH:
        raise InvalidDocumentError("holds nothing but zeros")
    if check_digits and not ((document.isdigit() and _sums_fit(document)) or _is_valid(cnpj, document)):
        raise InvalidDocumentError("has check digits that do not fit")


def _sums_fit(document: str) -> bool:
    """A CPF or CNPJ of ASCII digits whose check digits fit; False may also mean that it was not worth looking."""
    if len(document) == CPF_LENGTH:
        if document == document[0] * CPF_LENGTH:
            return False
        one, two, three = _tables(_CPF_WEIGHTS)
        sums = one[document[:3]] + two[document[3:6]] + three[document[6:9]]
    elif len(document) == CNPJ_LENGTH:
        one, two, three, four = _tables(_CNPJ_WEIGHTS)
        sums = one[document[:3]] + two[document[3:6]] + three[document[6:9]] + four[document[9:12]]
    else:
        return False
    first = _DIGIT[(sums & _LOW) % 11]
    return sums > 0 and document[-2:] == _PAIRS[first, _DIGIT[((sums >> _SHIFT) + 2 * first) % 11]]


@cache
def _tables(weights: tuple[int, ...]) -> Sequence[dict[str, int]]:
    """For each three digits both of their weighted sums in one number: adding a few of them replaces a loop over the digits.

    The weights of the second check digit are those of the first, one place further; it counts the first one twice.
    """
    shifted = (*((weight + 1 if weight < _LARGEST[len(weights)] else 2) for weight in weights),)
    return [
        {
            f"{n:03d}": sum(
                int(digit) * (weights[at + i] + (shifted[at + i] << _SHIFT))
                for i, digit in enumerate(f"{n:03d}")
            )
            for n in range(1000)
        }
        for at in range(0, len(weights), 3)
    ]


_SHIFT: Final = 16
_LOW: Final = (1 << _SHIFT) - 1
_DIGIT: Final = tuple((11 - rest) % 11 % 10 for rest in range(11))
_PAIRS: Final = {(first, second): f"{first}{second}" for first in range(10) for second in range(10)}
_CPF_WEIGHTS: Final = (10, 9, 8, 7, 6, 5, 4, 3, 2)
_CNPJ_WEIGHTS: Final = (5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)
_LARGEST: Final = {9: 11, 12: 9}
"""Weights of a CPF grow to 11, those of a CNPJ begin again after 9."""


def _is_valid(module: object, document: str) -> bool:
    try:
        module.validate(document)  # type: ignore[attr-defined] # the modules of stdnum share their functions
    except ValidationError:
        return False
    return True
