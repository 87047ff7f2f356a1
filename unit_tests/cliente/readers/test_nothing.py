"""What stands for nothing."""

import pytest

from source_destination_clientes.cliente.readers.nothing import make_nothing
from source_destination_clientes.settings.mapping import NOTHING_WORDS


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "   ",
        "\u200b",
        "\u00a0\u3000",
        "(  )     -    ",
        "(__) _____-____",
        "     -   ",
        "  /  /    ",
        "__/__/____",
        "  .   .   - ",
        "-",
        "--",
        "---",
        ".",
        "...",
        "***",
        "?",
        "nan",
        "NaN",
        "NULL",
        "null ",
        " None",
        "N/A",
        "#N/D",
        "#n/a",
        float("nan"),
    ],
)
def test_masks_blanks_and_the_words_of_systems_stand_for_nothing(value: object) -> None:
    assert make_nothing(NOTHING_WORDS).holds(value)


@pytest.mark.parametrize(
    "value", ["Nan Silva", "Ana", "0", "N/A 12", "Null Pointer", "(11) 3", "#1", "é", 0, False, [], {}]
)
def test_all_else_is_something(value: object) -> None:
    assert not make_nothing(NOTHING_WORDS).holds(value)


def test_the_words_are_the_settings() -> None:
    nothing = make_nothing(["Não tem", "SEM CADASTRO"])
    assert nothing.holds("não tem")
    assert nothing.holds(" Sem cadastro   ")
    assert not nothing.holds("null")
