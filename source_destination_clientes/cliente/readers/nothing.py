"""What stands for nothing: blanks, masks left empty, and the words that systems write where they have no value."""

from collections.abc import Iterable
from dataclasses import dataclass

from source_destination_clientes.cliente.readers.text import clean


@dataclass(frozen=True, slots=True)
class Nothing:
    """Tells values that stand for nothing. `words` are whole values, in any case; a text without letter or digit needs no word.

    >>> nothing = make_nothing(["NULL"])
    >>> [nothing.holds(value) for value in ("null", "(__) _____-____", "\u200b", "Null Pointer", 0)]
    [True, True, True, False, False]
    """

    words: frozenset[str]
    longest: int

    def holds(self, value: object) -> bool:
        """Whether a value stands for nothing."""
        if type(value) is not str:
            return value is None or value != value  # noqa: PLR0124 - NaN is the number that is not itself
        if value[:1].isalnum():
            if len(value) > self.longest and value[-1].isalnum():
                return False
            return (value if value.isalnum() else clean(value)).casefold() in self.words
        text = clean(value)
        if len(text) <= self.longest and text.casefold() in self.words:
            return True
        return not any(map(str.isalnum, text))


def make_nothing(words: Iterable[str]) -> Nothing:
    """What stands for nothing under these words; a word that is padded is found too."""
    plain = frozenset(clean(word).casefold() for word in words)
    return Nothing(plain, max(map(len, plain), default=0))
