r"""The bytes of an answer, judged after their encoding: a byte order mark or UTF-16 must not hide what they say.

>>> parse_object(b'\xef\xbb\xbf{"success":true}')
{'success': True}
>>> is_page("<html>".encode("utf-16"))
True
"""

import json
import string
from typing import Any, Final

import msgspec

_BEFORE: Final = string.whitespace + "\ufeff"
"""What may stand before the first sign of a text: a gateway that joins two answers leaves a byte order mark in the middle."""


def parse_object(body: bytes) -> dict[str, Any] | None:
    """The JSON object in `body`, in UTF-8, UTF-16 or UTF-32; None when there is none."""
    encoding = json.detect_encoding(body)
    try:
        text = body if encoding == "utf-8" else body.decode(encoding).lstrip(_BEFORE)
        parsed = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def text_of(body: bytes) -> str:
    """`body` as text, without byte order mark and white space around it; what is in no known encoding is replaced by U+FFFD."""
    return body.decode(json.detect_encoding(body), errors="replace").lstrip(_BEFORE).rstrip()


def is_page(body: bytes) -> bool:
    """`body` is HTML or XML, which none of our APIs sends: something in between has answered."""
    return text_of(body).startswith("<")
