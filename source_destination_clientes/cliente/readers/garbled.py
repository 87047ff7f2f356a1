"""Text that went through the wrong encoding, or kept the entities of a web page: noticed always, repaired on request.

>>> repair("JoÃ£o ConceiÃ§Ã£o"), repair("Jo&atilde;o"), repair("JOÃO")
('João Conceição', 'João', 'JOÃO')
"""

import html
import re
from typing import Final

_CONTINUATION: Final = "".join(
    {
        bytes([byte]).decode(encoding, "ignore")
        for byte in range(0x80, 0xC0)
        for encoding in ("cp1252", "latin-1")
    }
)
MOJIBAKE: Final = re.compile(f"[\u00c2-\u00c5\u00e2][{re.escape(_CONTINUATION)}]")
"""The first byte of a two-byte letter of Western Europe, and what may follow it, both read as Windows-1252 or Latin-1."""
_ENTITY: Final = re.compile(r"&(?:[a-zA-Z]{2,8}|#[0-9]{1,6}|#x[0-9a-fA-F]{1,5});")


def is_garbled(text: str) -> bool:
    """Whether a text looks damaged; a replacement character cannot be repaired, the others can."""
    if text.isascii():
        return "&" in text and _ENTITY.search(text) is not None
    return "\ufffd" in text or MOJIBAKE.search(text) is not None or _ENTITY.search(text) is not None


def repair(text: str) -> str:
    """The text that was meant, where exactly one could be; else the text as it is."""
    if not is_garbled(text):
        return text
    text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    if not MOJIBAKE.search(text):
        return text
    try:
        return _bytes_of(text).decode()
    except UnicodeError:
        return text


def _bytes_of(text: str) -> bytes:
    """The bytes that were read as Windows-1252, whose five gaps most programs read as Latin-1. Raises `UnicodeEncodeError`."""
    return b"".join(_byte_of(character) for character in text)


def _byte_of(character: str) -> bytes:
    try:
        return character.encode("cp1252")
    except UnicodeEncodeError:
        return character.encode("latin-1")
