"""What headings are called, and which field each name stands for."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from source_destination_clientes.cliente.readers.words import plain

_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NOT_WORDS: Final = re.compile(r"[^a-z0-9]+")
_SUREST: Final = 0.9
_A_RANK: Final = 0.005
_WITHIN: Final = 0.6


@dataclass(frozen=True, slots=True)
class Claim:
    """A field that a heading may stand for, and how sure its name alone makes that."""

    field: str
    confidence: float
    reason: str
    ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class Names:
    """The table of headings. `by_name` is keyed by squeezed names, `phrases` by their words."""

    fields: Sequence[str]
    by_name: Mapping[str, Sequence[tuple[str, float]]]
    phrases: Sequence[tuple[frozenset[str], str]]
    inactive: frozenset[str]
    parts: Mapping[str, Sequence[str]]
    other: frozenset[str]
    ambiguous: frozenset[str]
    presets: Mapping[str, Sequence[Sequence[str]]]

    def claims(self, heading: str) -> list[Claim]:
        """The fields that a heading may stand for, by its whole name, else by a known name within it."""
        squeezed = squeeze(heading)
        exact = [
            Claim(field, sure, f"the heading {heading!r} is known", squeezed in self.ambiguous)
            for field, sure in self.by_name.get(squeezed, ())
        ]
        words = frozenset(_words(heading))
        if exact or words & self.other:
            return exact
        within = {field for phrase, field in self.phrases if phrase < words}
        if len(within) != 1:
            return []
        return [Claim(within.pop(), _WITHIN, f"the heading {heading!r} holds a known one")]

    def is_other(self, heading: str) -> bool:
        """Whether a word of a heading makes another thing of it: a relative, a consent, another address."""
        return not self.other.isdisjoint(_words(heading))

    def part(self, name: str, headings: Iterable[str]) -> str | None:
        """The heading that is a part of a field, such as the area code of a telephone."""
        by_name = {squeeze(heading): heading for heading in reversed(list(headings))}
        return next((by_name[known] for known in self.parts[name] if known in by_name), None)


@cache
def load_names() -> Names:
    """The table as it is shipped."""
    import yaml  # noqa: PLC0415 - only a suggestion pays for the import

    table: dict[str, Any] = yaml.safe_load((files(__package__) / "headings.yaml").read_text(encoding="utf-8"))
    by_name: dict[str, list[tuple[str, float]]] = {}
    for field, names in table["fields"].items():
        for rank, name in enumerate(names):
            by_name.setdefault(squeeze(name), []).append((field, _SUREST - _A_RANK * min(rank, 20)))
    ambiguous = _squeezed(table["ambiguous"])
    return Names(
        fields=list(table["fields"]),
        by_name=by_name,
        phrases=[
            (frozenset(name.split()), field)
            for field, names in table["fields"].items()
            for name in names
            if len(squeeze(name)) > 2 and squeeze(name) not in ambiguous
        ],
        inactive=_squeezed(table["inactive"]),
        parts={part: [squeeze(name) for name in names] for part, names in table["parts"].items()},
        other=frozenset(table["other"]),
        ambiguous=ambiguous,
        presets=table["presets"],
    )


def squeeze(heading: str) -> str:
    """A heading without accents, case, blanks and punctuation."""
    return "".join(_words(heading))


def _words(heading: str) -> list[str]:
    return [word for word in _NOT_WORDS.split(plain(_CAMEL.sub(" ", heading))) if word]


def _squeezed(names: Iterable[str]) -> frozenset[str]:
    return frozenset(map(squeeze, names))
