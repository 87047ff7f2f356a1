"""What of a record may be shown: its key, unless the key is itself a person's document."""

import re
from typing import Final

_NOT_DOCUMENT: Final = re.compile(r"[.\-/\s]")
_DOCUMENT: Final = re.compile(r"[0-9]{11}|[0-9A-Za-z]{12}[0-9]{2}")


def mask_key(key: str) -> str:
    """Hide a key that could be a CPF or CNPJ, all but its last two characters.

    >>> mask_key("C-000017")
    'C-000017'
    >>> mask_key("529.982.247-25")
    '***25'
    """
    compact = _NOT_DOCUMENT.sub("", key)
    return f"***{compact[-2:]}" if _DOCUMENT.fullmatch(compact) else key
