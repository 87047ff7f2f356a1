"""True or false, in words, numbers and what spreadsheets in Portuguese write.

>>> [read_flag(value) for value in ("VERDADEIRO", "Não", 1, "0.0")]
[True, False, True, False]
"""

from source_destination_clientes.cliente.readers.code import INTEGER
from source_destination_clientes.cliente.readers.misfit import Misfit
from source_destination_clientes.cliente.readers.words import FLAG_WORDS, plain
from source_destination_clientes.rejection.outcome import Reason


def read_flag(value: object) -> bool:
    """The flag. Raises `Misfit` for what is no word for yes or no."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float | str):
        text = str(value)
        number = INTEGER.fullmatch(text)
        flag = FLAG_WORDS.get(number[1] if number else plain(text))
        if flag is not None:
            return flag
    raise Misfit(
        Reason.WRONG_TYPE, "is no word for true or false; write true or false, Sim or Não, or 1 or 0"
    )
