"""CPF and CNPJ: their compact form, and whether they can exist.

python-stdnum checks the digits. Documents of digits only pass a faster check first, many at once, by sums of the same weights;
python-stdnum decides about every document that does not pass it. In two cases it is too mild for customers: it takes
`111.111.111-11` for a CPF, and digits of other scripts in a CNPJ. CNPJs have letters since 2026-07 (Instrução Normativa RFB
2.229/2024), so only punctuation is dropped.

>>> validate("529.982.247-25")
'52998224725'
>>> validate("12.ABC.345/01DE-35")
'12ABC34501DE35'
"""

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import product
from typing import Final, TypeAlias

from stdnum.br import cnpj, cpf
from stdnum.exceptions import ValidationError

_PUNCTUATION: Final = str.maketrans("", "", ".-/ \t")
CPF_LENGTH: Final = 11
CNPJ_LENGTH: Final = 14


class InvalidDocumentError(ValueError):
    """Not a CPF or CNPJ; the text says why, without the value."""


def compact(value: str) -> str:
    """The document without punctuation, letters in upper case."""
    return value.strip().translate(_PUNCTUATION).upper()


def validate(value: str, *, check_digits: bool = True) -> str:
    """Return the compact form. Raises `InvalidDocumentError` when it cannot be a CPF or CNPJ."""
    if not doubtful((value,)):
        return value
    document = compact(value)
    if document != value and not doubtful((document,)):
        return document
    if document and not (document.isascii() and document.isalnum()):
        raise InvalidDocumentError("has characters that a CPF or CNPJ cannot have")
    if len(document) == CPF_LENGTH:
        _check_cpf(document, check_digits=check_digits)
    elif len(document) == CNPJ_LENGTH:
        _check_cnpj(document, check_digits=check_digits)
    else:
        raise InvalidDocumentError(_wrong_length(len(document)))
    return document


def is_cpf(document: str) -> bool:
    """Whether a compact, valid document belongs to a person."""
    return len(document) == CPF_LENGTH


def _wrong_length(length: int) -> str:
    if length == 0:
        return "is empty, apart from punctuation"
    return f"has {length} character{'s' if length > 1 else ''}; a CPF has 11, a CNPJ 14"


def _check_cpf(document: str, *, check_digits: bool) -> None:
    if not document.isdigit():
        raise InvalidDocumentError("has 11 characters like a CPF, but not all are digits")
    if len(set(document)) == 1:
        raise InvalidDocumentError("is one digit repeated, which is not a valid CPF")
    if check_digits and not _is_valid(cpf, document):
        raise InvalidDocumentError("has invalid check digits")


def _check_cnpj(document: str, *, check_digits: bool) -> None:
    if not document[-2:].isdigit():
        raise InvalidDocumentError("has 14 characters like a CNPJ, but its check digits are not digits")
    if document == "0" * CNPJ_LENGTH:
        raise InvalidDocumentError("is all zeros")
    if check_digits and not _is_valid(cnpj, document):
        raise InvalidDocumentError("has invalid check digits")


def doubtful(documents: Iterable[str | None]) -> list[int]:
    """Positions of the values that are not, exactly as written, a CPF or CNPJ of digits with valid check digits. Nulls are skipped."""
    (cpf_1, cpf_2, cpf_3), (cnpj_1, cnpj_2, cnpj_3, cnpj_4), ends = _tables()
    found: list[int] = []
    for at, document in enumerate(documents):
        if document is None:
            continue
        try:
            if len(document) == CPF_LENGTH:
                sums = cpf_1[document[:3]] + cpf_2[document[3:6]] + cpf_3[document[6:9]]
                valid = document[9:] == ends[sums] and document not in _REPEATED
            elif len(document) == CNPJ_LENGTH:
                sums = cnpj_1[document[:3]] + cnpj_2[document[3:6]]
                sums += cnpj_3[document[6:9]] + cnpj_4[document[9:12]]
                valid = document[12:] == ends[sums] and document not in _REPEATED
            else:
                valid = False
        except KeyError:
            valid = False
        if not valid:
            found.append(at)
    return found


_Sums: TypeAlias = dict[str, int]


@cache
def _tables() -> tuple[list[_Sums], list[_Sums], list[str]]:
    """For each three digits of a CPF, and of a CNPJ, their part of both weighted sums; and the check digits for each pair of sums.

    Both sums are in one number, each modulo 11, so that the sums of four groups together stay below the shift.
    """
    ends = []
    for sums in range(1 << 2 * _SHIFT):
        first = _DIGIT[(sums & _LOW) % 11]
        ends.append(f"{first}{_DIGIT[((sums >> _SHIFT) + 2 * first) % 11]}")
    return _groups(*_CPF_WEIGHTS), _groups(*_CNPJ_WEIGHTS), ends


def _groups(first: Sequence[int], second: Sequence[int]) -> list[_Sums]:
    return [
        {
            f"{i}{j}{k}": (i * a + j * b + k * c) % 11 + ((i * d + j * e + k * f) % 11 << _SHIFT)
            for i, j, k in product(range(10), repeat=3)
        }
        for (a, b, c), (d, e, f) in zip(_in_threes(first), _in_threes(second), strict=True)
    ]


def _in_threes(weights: Sequence[int]) -> list[Sequence[int]]:
    return [weights[at : at + 3] for at in range(0, len(weights), 3)]


_SHIFT: Final = 6
_LOW: Final = (1 << _SHIFT) - 1
_DIGIT: Final = tuple((11 - rest) % 11 % 10 for rest in range(11))
_CPF_WEIGHTS: Final = (10, 9, 8, 7, 6, 5, 4, 3, 2), (11, 10, 9, 8, 7, 6, 5, 4, 3)
_CNPJ_WEIGHTS: Final = (5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2), (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3)
"""Weights of the first check digit and of the second, which also counts the first one twice."""

_REPEATED: Final = frozenset({*(digit * CPF_LENGTH for digit in "0123456789"), "0" * CNPJ_LENGTH})
"""Their check digits are valid, yet they belong to nobody."""


def _is_valid(module: object, document: str) -> bool:
    try:
        module.validate(document)  # type: ignore[attr-defined] # the modules of stdnum share their functions
    except ValidationError:
        return False
    return True
