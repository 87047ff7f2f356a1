"""Steps of a path that come from others: ids of customers, codes of lotes.

>>> path_step("a/b c")
'a%2Fb%20c'
>>> is_step("..")
False
"""

from urllib.parse import quote


def is_step(text: str) -> bool:
    """The text can be one step of a path: `.` and `..` would lead to another endpoint, however they are quoted, and so would nothing."""
    return text not in {"", ".", ".."}


def path_step(text: str) -> str:
    """The text, quoted as one step of a path. Raises `ValueError` for one that would lead elsewhere."""
    if not is_step(text):
        raise ValueError(f"{text!r} cannot be a step of a path")
    return quote(text, "")
