"""What of a record may be shown: its key, unless the key is, or holds, a person's document or e-mail address."""

import re
from typing import Final

_NOT_DOCUMENT: Final = re.compile(r"[.\-/\s]")
_DOCUMENT: Final = re.compile(r"[0-9A-Za-z]{12}[0-9]{2}")
_PERSONAL: Final = re.compile(r"(?<![0-9])([0-9]{11}|[0-9]{14})(?![0-9])|@")


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
