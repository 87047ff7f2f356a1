"""The name that was meant."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(name: str, known: Iterable[str]) -> str:
    """A question that names the nearest of the known names; empty when none is near."""
    by_case = {each.casefold(): each for each in known}
    close = get_close_matches(name.casefold(), by_case, n=1, cutoff=0.6)
    return f" Did you mean {by_case[close[0]]!r}?" if close else ""
