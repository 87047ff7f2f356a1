"""What may be shown of a record, and of other systems' words about it: no document, e-mail address or telephone number."""

import html
import re
import unicodedata
from typing import Final
from urllib.parse import unquote

_MOST_WRAPPINGS: Final = 3

# Nine digits may be a document without its check digits, a telephone number or an RG. A CNPJ has twelve letters or digits, and two digits.
_PERSONAL: Final = re.compile(r"@|[0-9]{9}|[0-9A-Z]{12}[0-9]{2}")
_PERSONAL_IN_UUID: Final = re.compile(r"[0-9]{9}")
_UUID: Final = re.compile(
    r"\{?[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\}?", re.IGNORECASE
)

_FILLERS: Final = frozenset("\u115f\u1160\u3164\uffa0")
"""Letters, as Unicode has it, that show nothing."""

# Eight digits may be a telephone number, a CEP or a date of birth, whatever punctuation is between them.
_IN_WORDS: Final = re.compile(
    r"""
      [^\s,;<>(){}\[\]]{0,254}(?:@|%40)[^\s,;<>(){}\[\]]*
    | (?<![0-9A-Za-z]) [0-9A-Za-z]{2}[^\w"']{0,3}[0-9A-Za-z]{3}[^\w"']{0,3}[0-9A-Za-z]{3}[^\w"']{0,3}[0-9A-Za-z]{4}[^\w"']{0,3}[0-9]{2} (?![0-9A-Za-z])
    | \d (?:[^\w"'\[\]{}]{0,3}\d){7,}
    """,
    re.VERBOSE,
)


def mask_key(key: str) -> str:
    """Hide a key that could be or hold a document, a telephone number or an e-mail address, all but its last two characters.

    What is between the digits does not matter, nor in which script or encoding they are.

    >>> mask_key("C-000017")
    'C-000017'
    >>> mask_key("01-529.982.247-25")
    '***25'
    """
    compact = compact_key(key)
    personal = _PERSONAL_IN_UUID if _UUID.fullmatch(key.strip()) else _PERSONAL
    return f"***{compact[-2:].strip('@')}" if personal.search(compact.upper()) else key


def mask_words(words: str) -> str:
    """Hide documents, e-mail addresses and long numbers in the words of another system.

    >>> mask_words("CPF 529.982.247-25 de ana@example.com já existe na loja 0102")
    'CPF *** de *** já existe na loja 0102'
    """
    return _IN_WORDS.sub("***", plain_words(words))


def plain_words(words: str) -> str:
    """The words with digits of every script as ours, and without marks and invisible characters."""
    return words if words.isascii() else "".join(map(_plain, unicodedata.normalize("NFKC", words)))


def compact_key(key: str) -> str:
    """The letters and digits of a key, and `@`: digits of every script as ours, without anything between them."""
    for _ in range(_MOST_WRAPPINGS):
        bare = html.unescape(unquote(key))
        if bare == key:
            break
        key = bare
    if not key.isascii():
        key = "".join(map(_plain, unicodedata.normalize("NFKD", key)))
    return "".join(character for character in key if character.isalnum() or character == "@")


def _plain(character: str) -> str:
    """A digit of any script as ours; nothing for a mark or an invisible character; every other character as it is."""
    if character.isascii():
        return character
    if character in _FILLERS or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return ""
    value = unicodedata.numeric(character, None)
    return str(int(value)) if value is not None and value in range(10) else character
