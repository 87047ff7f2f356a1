"""The filters that expressions have in addition to Jinja's own."""

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from source_destination_clientes.cliente.bounds import TooMuchError
from source_destination_clientes.cliente.words import UF_WORDS, plain

_MOST_SEARCHED: Final = 1_000


def text(value: object) -> str:
    """A value as text. A null is empty, and so is an absent column, by its own `str`."""
    return "" if value is None else str(value)


def _digits(value: object) -> str:
    return re.sub(r"[^0-9]", "", text(value))


def _cut(value: object, length: int) -> str:
    return text(value)[:length].rstrip()


def _date(value: object, form: str) -> str | None:
    """A date in the format `form` (`%Y%m%d`), as YYYY-MM-DD; None for an empty value."""
    written = text(value).strip()
    return datetime.strptime(written, form).date().isoformat() if written else None  # noqa: DTZ007 - a calendar day has no zone


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


def _phone(value: object) -> str:
    """The digits of a Brazilian telephone without the country code: area code and number, as the tills keep it."""
    digits = _digits(value)
    return digits[2:] if digits.startswith("55") and len(digits) in (12, 13) else digits


def _uf(value: object) -> str:
    """The two letters of a Brazilian state, given by name. Anything else stays as it is."""
    return UF_WORDS.get(plain(text(value)), text(value).strip())


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
    "digits": _digits,
    "trim": lambda value: text(value).strip(),
    "cut": _cut,
    "date": _date,
    "code": _code,
    "first_name": _first_name,
    "last_name": _last_name,
    "after_last": _after_last,
    "before_last": _before_last,
    "phone": _phone,
    "uf": _uf,
    "string": text,
    "hash": _hash,
    "base64encode": lambda value: base64.b64encode(text(value).encode()).decode(),
    "base64decode": lambda value: base64.b64decode(text(value)).decode(),
    "regex_search": _regex_search,
}
"""Filters by name. The last five are those of Airbyte's low-code CDK."""
