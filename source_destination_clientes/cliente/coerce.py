"""Values as the API takes them: one function per type of field, chosen once per mapping.

A coercer returns the value to send, or raises `Misfit`. It never sees None or an empty string: those are left out.
Messages never contain the value.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, TypeAlias

from source_destination_clientes.cliente import documento, words
from source_destination_clientes.manifest.objects import Field, Reader
from source_destination_clientes.rejection.outcome import Reason
from source_destination_clientes.settings import Values

Coercer: TypeAlias = Callable[[object], object]

_NOT_DIGITS: Final = re.compile(r"[^0-9]+")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_NUMBER: Final = re.compile(r"([+-]?[0-9]{1,15})(?:[.,]([0-9]{1,2}|[0-9]{4,15}))?")
"""With three digits behind it, a point or a comma can as well separate thousands."""
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,9}")
_INEXACT: Final = 2.0**53
"""From here on neighbouring integers are the same float: two keys could become one cliente."""
_CEP_LENGTH: Final = 8


class Misfit(Exception):
    """A value that the API does not take. The message goes on after the name of the field."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


@dataclass(frozen=True, slots=True)
class CoercionRules:
    """The config's `values`, its inquilino, and the count of truncated values by field."""

    values: Values = field(default_factory=Values)
    id_inquilino: str = ""
    truncated: Counter[str] = field(default_factory=Counter)


def make_coercer(target: Field, rules: CoercionRules) -> Coercer:
    """The coercer of one field."""
    makers: Mapping[Reader, Callable[[Field, CoercionRules], Coercer]] = {
        Reader.TEXT: _make_text,
        Reader.DIGITS: _make_digits,
        Reader.DOCUMENT: _make_document,
        Reader.DATE: lambda _target, _rules: _to_date,
        Reader.NUMBER: lambda _target, _rules: _to_number,
        Reader.CODE: _make_code,
        Reader.FLAG: lambda _target, _rules: _to_flag,
        Reader.PERSON: _make_code,
        Reader.POSTAL_CODE: _make_digits,
        Reader.TENANT: _make_tenant,
    }
    return makers[target.reader](target, rules)


def _make_text(target: Field, rules: CoercionRules) -> Coercer:
    limit = target.max_length or 1 << 30

    def to_text(value: object) -> str:
        text = value if type(value) is str else _text_of(value)
        if not text.isprintable():
            text = _CONTROL.sub(" ", text)
        text = text.strip()
        return text if len(text) <= limit else _too_long(text, target, rules)

    return to_text


def _make_tenant(target: Field, rules: CoercionRules) -> Coercer:
    """Refuse another inquilino.

    idRetaguarda is unique only within one inquilino, so such a record would overwrite a different cliente.
    """
    to_text = _make_text(target, rules)

    def to_tenant(value: object) -> str:
        if to_text(value) != rules.id_inquilino:
            raise Misfit(Reason.NOT_IN_LIST, "is not the config's id_inquilino")
        return rules.id_inquilino

    return to_tenant


def _text_of(value: object) -> str:
    """A number is fine where text is expected; anything else is a mistake in the mapping."""
    if isinstance(value, bool):
        raise Misfit(Reason.WRONG_TYPE, "is true or false where text is expected")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float) and math.isfinite(value):
        if abs(value) >= _INEXACT:
            raise Misfit(
                Reason.WRONG_TYPE,
                "is a decimal number too large to be exact; send it as text or as an integer",
            )
        return str(int(value)) if value.is_integer() else repr(value)
    raise Misfit(Reason.WRONG_TYPE, f"is {_kind(value)} where text is expected")


def _too_long(text: str, target: Field, rules: CoercionRules) -> str:
    limit = target.max_length or 0
    if rules.values.overlong == "truncate" and target.name != "idRetaguarda":
        rules.truncated[target.name] += 1
        return text[:limit].rstrip()
    raise Misfit(Reason.TOO_LONG, f"has {len(text)} characters; the API takes {limit}")


def _make_digits(target: Field, rules: CoercionRules) -> Coercer:
    limit = target.max_length or 1 << 30
    width = _CEP_LENGTH if target.reader is Reader.POSTAL_CODE else 0

    def to_digits(value: object) -> str:
        # As a number the postal code of São Paulo's Avenida Paulista, 01310-100, is 1310100.
        text = value if type(value) is str else _text_of(value).zfill(width)
        if not text.isdigit() or not text.isascii():
            text = _NOT_DIGITS.sub("", text)
            if not text:
                raise Misfit(Reason.WRONG_TYPE, "has no digits")
        return text if len(text) <= limit else _too_long(text, target, rules)

    return to_digits


def _make_document(_target: Field, rules: CoercionRules) -> Coercer:
    check_digits = rules.values.document_check == "check_digits"

    def to_document(value: object) -> str:
        if type(value) is not str:
            value = _padded(_text_of(value))
        try:
            return documento.validate(value, check_digits=check_digits)
        except documento.InvalidDocumentError as error:
            raise Misfit(Reason.BAD_DOCUMENT, str(error)) from None

    return to_document


def _padded(digits: str) -> str:
    """A document that came as a number has lost its leading zeros."""
    return digits.zfill(
        documento.CPF_LENGTH if len(digits) <= documento.CPF_LENGTH else documento.CNPJ_LENGTH
    )


def _to_date(value: object) -> str:
    """A calendar day; a timestamp keeps the day it names in its own zone, so that no birthday moves."""
    if type(value) is not str:
        raise Misfit(Reason.BAD_DATE, f"is {_kind(value)} where a date is expected")
    text = value if len(value) == 10 else value.strip()
    try:
        (date if len(text) == 10 else datetime).fromisoformat(text)
    except ValueError:
        raise Misfit(Reason.BAD_DATE, "is not a calendar date (YYYY-MM-DD) or an ISO timestamp") from None
    if text[4] != "-" or text[7] != "-" or not text.isascii():
        raise Misfit(Reason.BAD_DATE, "is not a date in the form YYYY-MM-DD")
    return text[:10]


def _make_code(target: Field, rules: CoercionRules) -> Coercer:
    codes = frozenset(target.codes or ())
    named = _words_for(target, rules)
    booleans = {True: named["true"], False: named["false"]} if "true" in named else {}

    def to_code(value: object) -> int:
        if type(value) is int and value in codes:
            return value
        code = value if type(value) is int else _code_of(value, named, booleans)
        if code not in codes:
            raise Misfit(
                Reason.NOT_IN_LIST,
                f"is not one of the codes {', '.join(str(known) for known in sorted(codes))}",
            )
        return code

    return to_code


def _words_for(target: Field, rules: CoercionRules) -> Mapping[str, int]:
    if target.reader is Reader.PERSON:
        code = rules.values.pessoa_fisica_code
        return {word: code if person else 1 - code for word, person in words.PERSON_WORDS.items()}
    return words.CODE_WORDS.get(target.name, {})


def _code_of(value: object, named: Mapping[str, int], booleans: Mapping[bool, int]) -> int:
    if isinstance(value, bool) and booleans:
        return booleans[value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str):
        text = value.strip()
        if _INTEGER.fullmatch(text):
            return int(text)
        code = named.get(words.plain(text))
        if code is not None:
            return code
        raise Misfit(Reason.NOT_IN_LIST, "is not a known code or word")
    raise Misfit(Reason.WRONG_TYPE, f"is {_kind(value)} where a code is expected")


def _to_number(value: object) -> int | float:
    """A number. A text is one where it has exactly one reading: `1.234` is a thousand to some and a decimal to others."""
    if type(value) is int or (isinstance(value, float) and math.isfinite(value)):
        return value
    if not isinstance(value, str):
        raise Misfit(Reason.WRONG_TYPE, f"is {_kind(value)} where a number is expected")
    found = _NUMBER.fullmatch(value.strip())
    if found is None:
        raise Misfit(Reason.WRONG_TYPE, "is not a number, or one that can be read in two ways; send 1234.5")
    whole, decimals = found.groups()
    return int(whole) if decimals is None else float(f"{whole}.{decimals}")


def _to_flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    flag = words.FLAG_WORDS.get(words.plain(str(value))) if isinstance(value, str | int) else None
    if flag is None:
        raise Misfit(Reason.WRONG_TYPE, f"is {_kind(value)} where true or false is expected")
    return flag


def _kind(value: object) -> str:
    kinds: Mapping[type, str] = {
        str: "text",
        int: "a number",
        float: "a number",
        bool: "true or false",
        list: "a list",
        dict: "an object",
    }
    return kinds.get(type(value), "something else")
