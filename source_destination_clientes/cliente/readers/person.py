"""pessoaFisica: whether a cliente is a person or a company. The document decides; a word only helps to read the document."""

from dataclasses import dataclass
from typing import Literal

from source_destination_clientes.cliente.readers.code import INTEGER
from source_destination_clientes.cliente.readers.misfit import Misfit, SaysNothing
from source_destination_clientes.cliente.readers.words import PERSON_WORDS, plain
from source_destination_clientes.rejection.outcome import Reason


@dataclass(frozen=True, slots=True)
class PersonReader:
    """Reads words and codes; `code` is the one that stands for a person, the other of 0 and 1 for a company.

    >>> read = PersonReader(code=1)
    >>> [read("Pessoa Física"), read("PJ"), read("0")]
    [1, 0, 0]
    """

    code: Literal[0, 1] = 1

    def __call__(self, value: object) -> int:
        """The code to send.

        Raises `SaysNothing` for a word that names neither, so that the document decides, and `Misfit` for a number that is no
        code: it comes from another list of codes, in which 1 may mean a company.
        """
        if type(value) is int and value in {0, 1}:
            return value
        if isinstance(value, bool):
            return self.code_of(is_person=value)
        text = str(value) if isinstance(value, str | int | float) else ""
        number = INTEGER.fullmatch(text)
        if number:
            if number[1] in {"0", "1"}:
                return int(number[1])
            raise Misfit(
                Reason.NOT_IN_LIST,
                "is a number other than 0 and 1; map it to F for a person and J for a company",
            )
        person = PERSON_WORDS.get(plain(text))
        if person is None:
            raise SaysNothing(Reason.NOT_IN_LIST, "is no word for a person or a company")
        return self.code_of(is_person=person)

    def code_of(self, *, is_person: bool) -> int:
        """The code of a person or a company."""
        return self.code if is_person else 1 - self.code
