"""Codes from a closed list, given as numbers or as words."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from source_destination_clientes.cliente.readers.misfit import Misfit, kind_of
from source_destination_clientes.cliente.readers.words import plain
from source_destination_clientes.rejection.outcome import Reason

INTEGER: Final = re.compile(r"\s*([+-]?[0-9]{1,9})(?:[.,]0+)?\s*")
_SHORTEST: Final = 3
"""Letters a word has at least when it is looked for within a phrase."""


@dataclass(frozen=True, slots=True)
class CodeReader:
    """Reads the codes of one field; `words` are plain, with the code each stands for.

    With `phrases`, a known word decides when no other known word speaks against it: `Separado judicialmente` is separado.
    """

    codes: frozenset[int]
    words: Mapping[str, int]
    phrases: bool = False

    def __call__(self, value: object) -> int:
        """The code. Raises `Misfit` for what is none, or names none."""
        if type(value) is int and value in self.codes:
            return value
        code = self._code_of(value)
        if code not in self.codes:
            known = ", ".join(str(each) for each in sorted(self.codes))
            raise Misfit(Reason.NOT_IN_LIST, f"is none of the codes {known}")
        return code

    def _code_of(self, value: object) -> int:
        if type(value) is int:
            return value
        if isinstance(value, bool) and "true" in self.words:
            return self.words["true" if value else "false"]
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if not isinstance(value, str):
            raise Misfit(Reason.WRONG_TYPE, f"is {kind_of(value)} where a code is expected")
        number = INTEGER.fullmatch(value)
        if number:
            return int(number[1])
        code = self._code_of_words(plain(value))
        if code is None:
            raise Misfit(Reason.NOT_IN_LIST, "is no code, and no word that stands for one")
        return code

    def _code_of_words(self, text: str) -> int | None:
        if text in self.words:
            return self.words[text]
        parts = text.split() if self.phrases else []
        if "nao" in parts or "not" in parts:
            return None
        found = {self.words[part] for part in parts if len(part) >= _SHORTEST and part in self.words}
        return found.pop() if len(found) == 1 else None


def make_code_reader(codes: Iterable[int], words: Mapping[str, int], *, phrases: bool = False) -> CodeReader:
    """A reader of these codes and words."""
    return CodeReader(frozenset(codes), {plain(word): code for word, code in words.items()}, phrases)
