"""CPF and CNPJ in whatever dress: masked, labelled, padded, without its zeros, as a number.

A document is accepted when exactly one reading of it has check digits that fit.

>>> read = DocumentReader()
>>> [read(value) for value in ("CPF: 123.456.780-62", "00012345678062", 1234567890, "011222333000181")]
['12345678062', '12345678062', '01234567890', '11222333000181']
>>> read(191, is_person=False)
'00000000000191'
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from source_destination_clientes.cliente.readers import documento
from source_destination_clientes.cliente.readers.digits import whole_part, written
from source_destination_clientes.cliente.readers.documento import CNPJ_LENGTH, CPF_LENGTH
from source_destination_clientes.cliente.readers.misfit import Misfit, SaysNothing
from source_destination_clientes.rejection.outcome import Reason

_LABEL: Final = re.compile(
    r"(?:C\.?P\.?F\.?|C\.?N\.?P\.?J\.?)(?:\s*/\s*(?:MF|C\.?P\.?F\.?|C\.?N\.?P\.?J\.?))?\s*(?:N[º°O]?\.?(?=[\s:.]))?[\s:.#-]*(?=\w)"
)
_LABEL_BEHIND: Final = re.compile(r"[\s(/-]+(?:CPF|CNPJ)\)?$")
_DRESS: Final = frozenset(".,-/'\"`´‘’_:;()[]\\|")
_MASKED: Final = re.compile(
    r"(?<![\w.])(?:[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}|[0-9A-Z]{2}\.[0-9A-Z]{3}\.[0-9A-Z]{3}/[0-9A-Z]{4}-[0-9]{2})(?!\w)"
)
_LABELLED: Final = re.compile(r"(?:CPF|CNPJ)[^0-9A-Z]{0,4}([0-9]{14}|[0-9]{11}|[0-9A-Z]{12}[0-9]{2})(?!\w)")
_FEWEST_DIGITS: Final = 9
"""Of a document with letters; a passport has fewer."""


@dataclass(frozen=True, slots=True)
class DocumentReader:
    """Reads documents; without `check_digits`, only their length is looked at."""

    check_digits: bool = True

    def __call__(self, value: object, *, is_person: bool | None = None) -> str:
        """The document: digits, and the letters that CNPJs have since 2026, in upper case.

        `is_person` decides where zeros in front are lost and both readings fit. Raises `SaysNothing` for a placeholder, and
        `Misfit` for what is no document, or could be two.
        """
        if type(value) is str:
            bare = value if value.isdigit() else documento.compact(value)
            if is_clean(bare):
                return bare
        compact = _compact(value)
        readings = self._readings(compact, is_number=type(value) is not str, is_person=is_person)
        fitting = [each for each in readings if self._fits(each)]
        if len(fitting) > 1 and is_person is not None:
            fitting = [each for each in fitting if documento.is_cpf(each) is is_person]
        elif len(fitting) > 1 and compact in fitting:
            # All its digits are there, and nothing speaks for a document that was padded or has lost zeros.
            return compact
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            raise Misfit(
                Reason.BAD_DOCUMENT,
                "has lost the zeros in front, and fits both a CPF and a CNPJ. Map pessoaFisica, or send all digits",
            )
        raise _refusal(compact, readings, check_digits=self.check_digits)

    def _readings(self, compact: str, *, is_number: bool, is_person: bool | None) -> list[str]:
        """The documents it could be: with the zeros in front that either kind has."""
        bare = compact.lstrip("0")
        if not bare.isdigit():
            return [bare.zfill(CNPJ_LENGTH)] if len(bare) <= CNPJ_LENGTH <= len(compact) else []
        if len(compact) == CPF_LENGTH and is_person and not is_number:
            return [compact]
        readings = [bare.zfill(length) for length in (CPF_LENGTH, CNPJ_LENGTH) if len(bare) <= length]
        if self.check_digits:
            return readings
        if is_number:
            return readings if is_person is not None else readings[:1]
        # Nothing but its length can tell, so that a zero that was lost stays lost.
        return [each for each in readings if len(each) == len(compact)] or readings[
            : len(compact) > CNPJ_LENGTH
        ]

    def _fits(self, document: str) -> bool:
        return is_valid(document, check_digits=self.check_digits)


def is_clean(document: str) -> bool:
    """Whether a text is a document as it stands. Fourteen digits that begin with 000 may be a padded CPF: they are looked at."""
    return not documento.doubtful((document,)) and not (
        len(document) == CNPJ_LENGTH and document.startswith("000")
    )


def find_document(text: str) -> str:
    """The one document that a free text names, by its mask or the word CPF or CNPJ before it; empty when there is none, or two."""
    upper = unicodedata.normalize("NFKC", text).upper()
    written = [*_MASKED.findall(upper), *_LABELLED.findall(upper)]
    found = {document for document in map(documento.compact, written) if is_valid(document)}
    return found.pop() if len(found) == 1 else ""


def _compact(value: object) -> str:
    """Digits and letters of a document without its dress. Raises `Misfit` for what cannot be one."""
    if type(value) is str and value.isdigit() and value.isascii():
        return value
    try:
        text = written(value)
    except Misfit as misfit:
        raise Misfit(Reason.BAD_DOCUMENT, misfit.message) from None
    if type(value) is not str and text.startswith("-"):
        raise Misfit(Reason.BAD_DOCUMENT, "is a negative number")
    kept = _without_label(whole_part(text) or text.upper())
    if not any(map(str.isdigit, kept)):
        raise SaysNothing(Reason.BAD_DOCUMENT, "holds no digit, so it names no document")
    if not (kept.isascii() and kept.isalnum()):
        raise Misfit(Reason.BAD_DOCUMENT, "holds characters that no CPF or CNPJ has")
    return kept


def _without_label(text: str) -> str:
    """Without dress, and without the word CPF or CNPJ, unless it is the beginning of a CNPJ with letters."""
    text = _LABEL_BEHIND.sub("", text)
    whole = _undressed(text)
    labelled = _LABEL.match(text)
    if labelled is None or is_valid(whole):
        return whole
    return _undressed(text[labelled.end() :])


def _undressed(text: str) -> str:
    return "".join(
        letter
        for letter in text
        if letter not in _DRESS and not letter.isspace() and unicodedata.category(letter) != "Pd"
    )


def is_valid(document: str, *, check_digits: bool = True) -> bool:
    """Whether a compact text is a CPF or a CNPJ."""
    if check_digits and document.isdigit():
        return not documento.doubtful((document,))
    try:
        documento.validate(document, check_digits=check_digits)
    except documento.InvalidDocumentError:
        return False
    return True


def _refusal(compact: str, readings: list[str], *, check_digits: bool) -> Misfit:
    if not compact.strip("0"):
        return SaysNothing(Reason.BAD_DOCUMENT, "holds nothing but zeros, which stand for no document")
    if len(compact) >= CPF_LENGTH and len(set(compact)) == 1:
        return SaysNothing(Reason.BAD_DOCUMENT, "repeats one digit, as no CPF does")
    if check_digits and readings and compact.isdigit():
        return Misfit(Reason.BAD_DOCUMENT, "has check digits that do not fit")
    digits = sum(map(str.isdigit, compact))
    if digits < len(compact) and digits < _FEWEST_DIGITS:
        return SaysNothing(Reason.BAD_DOCUMENT, f"has letters and {digits} digits, so it is no CPF or CNPJ")
    try:
        documento.validate((readings or [compact])[0], check_digits=check_digits)
    except documento.InvalidDocumentError as error:
        return Misfit(Reason.BAD_DOCUMENT, str(error))
    return Misfit(
        Reason.BAD_DOCUMENT, "has lost the zeros in front, and pessoaFisica speaks against what is left"
    )
