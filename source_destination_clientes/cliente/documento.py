"""CPF and CNPJ: their compact form, and whether they can exist.

Check digits are python-stdnum's. Two of its judgements are too mild for customers: it takes `111.111.111-11` for a CPF, and
digits of other scripts within a CNPJ. CNPJs have letters since 2026-07 (Instrução Normativa RFB 2.229/2024), so only punctuation
is dropped.

>>> validate("529.982.247-25")
'52998224725'
>>> validate("12.ABC.345/01DE-35")
'12ABC34501DE35'
"""

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
    if check_digits and not _is_valid(cpf, document):
        raise InvalidDocumentError("has check digits that do not fit")


def _check_cnpj(document: str, *, check_digits: bool) -> None:
    if not document[-2:].isdigit():
        raise InvalidDocumentError("has 14 characters like a CNPJ, but its check digits are no digits")
    if document == "0" * CNPJ_LENGTH:
        raise InvalidDocumentError("holds nothing but zeros")
    if check_digits and not _is_valid(cnpj, document):
        raise InvalidDocumentError("has check digits that do not fit")


def _is_valid(module: object, document: str) -> bool:
    try:
        module.validate(document)  # type: ignore[attr-defined] # the modules of stdnum share their functions
    except ValidationError:
        return False
    return True
