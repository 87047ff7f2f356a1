r"""Text that others wrote, made fit for a log and a terminal.

Names of streams, codes of lotes, keys and the words of shops may hold anything: escape sequences that rewrite a screen, marks that
turn the direction of writing, line breaks that look like another line of the log.

>>> legible("loja\x1b[2J 7\nERROR")
'loja�[2J 7 ERROR'
"""

import re
from typing import Final

MOST_SHOWN: Final = 2_000
"""Characters of one text that are shown."""

_BREAK: Final = re.compile("\r\n|[\t\n\x0b\x0c\r\x85\u2028\u2029]")
# Control characters (C0, DEL, C1), marks of direction (https://unicode.org/reports/tr9/), and halves of characters.
_UNFIT: Final = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# The same in JSON, whose own writer escapes only the first 32 of them.
_UNFIT_IN_JSON: Final = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def legible(text: str, most: int = MOST_SHOWN) -> str:
    """The text on one line, with a replacement character for each one that is not for eyes, and at most `most` characters.

    What is too long is cut in the middle: our sentences end with what to do next.
    """
    shown = _UNFIT.sub("\ufffd", _BREAK.sub(" ", text))
    if len(shown) <= most:
        return shown
    tail = most // 4
    return f"{shown[: most - tail - 1]}…{shown[-tail:]}"


def legible_json(encoded: str) -> str:
    """A JSON text with such characters escaped: a program reads the same values, and a terminal shows them."""
    return _UNFIT_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", encoded)
