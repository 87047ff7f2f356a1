"""The filters that expressions have in addition to Jinja's own."""

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from jinja2 import Undefined

from source_destination_clientes.cliente.bounds import TooMuchError
from source_destination_clientes.cliente.coerce import utc_today
from source_destination_clientes.cliente.lookup import opened
from source_destination_clientes.cliente.readers.birth_date import read_day
from source_destination_clientes.cliente.readers.digits import read_digits
from source_destination_clientes.cliente.readers.document import DocumentReader, find_document
from source_destination_clientes.cliente.readers.email import read_email
from source_destination_clientes.cliente.readers.house_number import split_line
from source_destination_clientes.cliente.readers.misfit import Misfit
from source_destination_clientes.cliente.readers.nothing import make_nothing
from source_destination_clientes.cliente.readers.phone import is_mobile, read_phone
from source_destination_clientes.cliente.readers.postal_code import read_postal_code
from source_destination_clientes.cliente.readers.state import read_state
from source_destination_clientes.cliente.readers.words import plain
from source_destination_clientes.settings.mapping import NOTHING_WORDS

_EMPTY: Final = make_nothing(NOTHING_WORDS)

_MOST_SEARCHED: Final = 1_000


def text(value: object) -> str:
    """A value as text. A null is empty, and so is an absent column, by its own `str`."""
    return "" if value is None else str(value)


def _reading(read: Callable[[object], object]) -> Callable[[object], object]:
    """A filter that reads as a field of that kind does: nothing for nothing, and a misfit is the field's."""

    def filtered(value: object) -> object:
        return "" if _is_empty(value) else read(value)

    return filtered


def _is_empty(value: object) -> bool:
    return isinstance(value, Undefined) or value == "" or _EMPTY.holds(value)


def _cut(value: object, length: int) -> str:
    return text(value)[:length].rstrip()


def _date(value: object, *formats: str) -> str:
    """A date written in one of `formats` (`%Y%m%d`) or as ISO has it, as YYYY-MM-DD; nothing for an empty value or a mask."""
    return "" if _is_empty(value) else read_day(value, formats, utc_today())


def _code(value: object, codes: Mapping[object, object]) -> object:
    """The code of a word. Words are compared without case and accents."""
    if value in codes:
        return codes[value]
    by_word = {plain(str(word)): code for word, code in codes.items()}
    return by_word.get(plain(text(value)))


def _first_name(value: object) -> str:
    return (text(value).split() or [""])[0]


def _last_name(value: object) -> str:
    return " ".join(text(value).split()[1:])


def _after_last(value: object, mark: str) -> str:
    """The text after the last `mark`: the number in `Rua A, 12`. Empty when there is no mark."""
    head, found, tail = text(value).rpartition(mark)
    return tail.strip() if found and head else ""


def _before_last(value: object, mark: str) -> str:
    head, found, _tail = text(value).rpartition(mark)
    return head.strip() if found else text(value).strip()


def _phone(value: object, area: object = None) -> str:
    """The first telephone of a value: area code and number. `area` goes before a number that lacks its area code."""
    return "" if _is_empty(value) else read_phone(value, None if _is_empty(area) else area)


def _mobile(value: object) -> str:
    """The telephone when it is a mobile's; else nothing, so that another column can be tried."""
    number = _telephone(value)
    return number if is_mobile(number) else ""


def _landline(value: object) -> str:
    """The telephone when it is none of a mobile."""
    number = _telephone(value)
    return "" if is_mobile(number) else number


def _telephone(value: object) -> str:
    try:
        return _phone(value)
    except Misfit:
        return ""


def _document(value: object) -> str:
    """The CPF or CNPJ that the value is; else nothing, so that the name of a company is no bad document."""
    try:
        return "" if _is_empty(value) else DocumentReader()(value)
    except Misfit:
        return ""


def _documents_in(value: object) -> str:
    """The one CPF or CNPJ that a free text names, by its mask or the word before it."""
    return find_document(text(value))


def _house_number(value: object) -> str:
    """The house number at the end of a line with the street: `120` of `Rua A, 120 - Fundos`."""
    return split_line(text(value)).number


def _street(value: object) -> str:
    """The street of a line, without the number and what follows it."""
    return split_line(text(value)).street


def _after_number(value: object) -> str:
    """What follows the house number in a line: `Fundos` of `Rua A, 120 - Fundos`."""
    return split_line(text(value)).rest


def _pick(value: object, mark: str) -> Mapping[str, object] | str:
    """The object of a list that is marked, such as the default address; else the first."""
    found = opened(value)
    objects = [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []
    return next((each for each in objects if each.get(mark)), objects[0] if objects else "")


def _regex_search(value: object, pattern: str) -> str:
    """The first match of a pattern, or its first group, in a text of at most 1,000 characters."""
    searched = text(value)
    if len(searched) > _MOST_SEARCHED:
        raise TooMuchError
    match = re.search(pattern, searched)
    return (match[1] if match.groups() else match[0]) if match else ""


def _hash(value: object, hash_type: str = "md5", salt: str | None = None) -> str:
    return hashlib.new(hash_type, (text(value) + (salt or "")).encode(), usedforsecurity=False).hexdigest()


FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "digits": _reading(read_digits),
    "trim": lambda value: text(value).strip(),
    "cut": _cut,
    "date": _date,
    "code": _code,
    "first_name": _first_name,
    "last_name": _last_name,
    "after_last": _after_last,
    "before_last": _before_last,
    "phone": _phone,
    "mobile": _mobile,
    "landline": _landline,
    "uf": _reading(read_state),
    "cep": _reading(read_postal_code),
    "email": _reading(read_email),
    "document": _document,
    "find_document": _documents_in,
    "house_number": _house_number,
    "pick": _pick,
    "street": _street,
    "after_number": _after_number,
    "string": text,
    "hash": _hash,
    "base64encode": lambda value: base64.b64encode(text(value).encode()).decode(),
    "base64decode": lambda value: base64.b64decode(text(value)).decode(),
    "regex_search": _regex_search,
}
"""Filters by name. The last five are those of Airbyte's low-code CDK."""
