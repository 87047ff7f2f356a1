"""What may be shown of a record, and of other systems' words about it: no document, e-mail address or telephone number."""

import re
from typing import Final

_NOT_DOCUMENT: Final = re.compile(r"[.\-/\s]")
_DOCUMENT: Final = re.compile(r"[0-9A-Za-z]{12}[0-9]{2}")
_PERSONAL: Final = re.compile(r"(?<![0-9])([0-9]{11}|[0-9]{14})(?![0-9])|@")

# Eight digits may be a telephone number, a CEP or a date of birth, whatever punctuation is between them.
_IN_WORDS: Final = re.compile(
    r"""
      [^\s,;<>(){}\[\]]{0,254}@[^\s,;<>(){}\[\]]*
    | (?<![0-9A-Za-z]) [0-9A-Za-z]{2}\.?[0-9A-Za-z]{3}\.?[0-9A-Za-z]{3}/?[0-9A-Za-z]{4}-?[0-9]{2} (?![0-9A-Za-z])
    | \d (?:[.\-/()\s]{0,2}\d){7,}
    """,
    re.VERBOSE,
)


def mask_key(key: str) -> str:
    """Hide a key that could be or hold a CPF, a CNPJ or an e-mail address, all but its last two characters.

    >>> mask_key("C-000017")
    'C-000017'
    >>> mask_key("529.982.247-25")
    '***25'
    """
    compact = _NOT_DOCUMENT.sub("", key)
    personal = _DOCUMENT.fullmatch(compact) or _PERSONAL.search(compact)
    return f"***{compact[-2:]}" if personal else key


def mask_words(words: str) -> str:
    """Hide documents, e-mail addresses and long numbers in the words of another system.

    >>> mask_words("CPF 529.982.247-25 de ana@example.com já existe na loja 0102")
    'CPF *** de *** já existe na loja 0102'
    """
    return _IN_WORDS.sub("***", words)
