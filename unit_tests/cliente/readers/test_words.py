"""Codes, flags and persons in words."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.cliente.readers.code import make_code_reader
from source_destination_clientes.cliente.readers.flag import read_flag
from source_destination_clientes.cliente.readers.misfit import SaysNothing
from source_destination_clientes.cliente.readers.person import PersonReader
from source_destination_clientes.cliente.readers.words import (
    CODE_WORDS,
    ESTADO_CIVIL_WORDS,
    FLAG_WORDS,
    PERSON_WORDS,
    SEXO_WORDS,
    SITUACAO_WORDS,
    plain,
)
from source_destination_clientes.rejection.outcome import Reason
from unit_tests.kit.reading import misfit_of

SEXO = make_code_reader(range(3), SEXO_WORDS, phrases=True)
ESTADO_CIVIL = make_code_reader(range(7), ESTADO_CIVIL_WORDS, phrases=True)
SITUACAO = make_code_reader(range(2), SITUACAO_WORDS)
JSON = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers())


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("VERDADEIRO", 1),
        ("FALSO", 0),
        ("A", 1),
        ("I", 0),
        ("Ativo", 1),
        ("Inativa", 0),
        ("S", 1),
        ("Não", 0),
        ("Excluído", 0),
        ("EXCLUIDA", 0),
        ("Desativado", 0),
        ("Cancelado", 0),
        ("on", 1),
        ("off", 0),
        (True, 1),
        (False, 0),
        (1.0, 1),
        ("1.0", 1),
        ("0,0", 0),
        (" 1 ", 1),
        ("Habilitado", 1),
    ],
)
def test_situacao_is_read_from_the_words_of_spreadsheets_and_systems(value: object, code: int) -> None:
    assert SITUACAO(value) == code


@pytest.mark.parametrize("value", ["E", "talvez", "2", 2, 1.5, [], {}, "ativo ou inativo", "Suspenso"])
def test_situacao_is_never_guessed(value: object) -> None:
    assert misfit_of(SITUACAO, value).reason in {Reason.NOT_IN_LIST, Reason.WRONG_TYPE}


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("M", 1),
        ("F", 2),
        ("Masc.", 1),
        ("FEM.", 2),
        ("Masculino", 1),
        ("sexo feminino", 2),
        ("Outro", 0),
        ("Prefiro não informar", 0),
        ("Não binário", 0),
        ("non_binary", 0),
        ("2.0", 2),
        (2.0, 2),
        (0, 0),
    ],
)
def test_sexo_is_read_from_words(value: object, code: int) -> None:
    assert SEXO(value) == code


@pytest.mark.parametrize(
    "value",
    ["O", "P", "N", "X", 9, "3", "masculino/feminino", "masculino ou feminino", "não masculino", True],
)
def test_what_names_no_sexo_is_a_misfit(value: object) -> None:
    assert misfit_of(SEXO, value)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("Casado(a)", 1),
        ("Solteira", 2),
        ("Solteiro/a", 2),
        ("VIÚVA", 3),
        ("Separado judicialmente", 4),
        ("Divorciado (a)", 5),
        ("Casado com comunhão parcial de bens", 1),
        ("União estável", 6),
        ("Amasiado", 6),
        ("stable_union", 6),
        ("common_law", 6),
        ("5.0", 5),
    ],
)
def test_estado_civil_is_read_from_words(value: object, code: int) -> None:
    assert ESTADO_CIVIL(value) == code


@pytest.mark.parametrize("value", ["C", "S", "D", "9", "casado ou solteiro", "não casado"])
def test_a_letter_that_may_stand_for_two_words_is_a_misfit(value: str) -> None:
    assert misfit_of(ESTADO_CIVIL, value)


@pytest.mark.parametrize(
    ("value", "flag"),
    [
        (True, True),
        (0, False),
        (1.0, True),
        ("1.0", True),
        ("0.0", False),
        ("VERDADEIRO", True),
        ("Falso", False),
        ("Sim", True),
        ("NÃO", False),
        ("on", True),
        ("off", False),
        ("v", True),
    ],
)
def test_a_flag_is_read_from_words_and_numbers(value: object, flag: bool) -> None:
    assert read_flag(value) is flag


@pytest.mark.parametrize("value", ["talvez", "X", "", 2, 0.5, [], None])
def test_what_is_no_flag_is_a_misfit_that_says_what_is_one(value: object) -> None:
    assert "Sim or Não" in misfit_of(read_flag, value).message


@pytest.mark.parametrize(
    ("value", "person"),
    [
        ("Pessoa Física", True),
        ("PF", True),
        ("P.F.", True),
        ("F", True),
        ("CPF", True),
        ("J", False),
        ("Pessoa Jurídica", False),
        ("PJ", False),
        ("Empresa", False),
        (True, True),
        (False, False),
    ],
)
@pytest.mark.parametrize("code", [0, 1])
def test_a_person_is_the_code_of_the_config(value: object, person: bool, code: Any) -> None:
    assert PersonReader(code)(value) == (code if person else 1 - code)


@pytest.mark.parametrize("value", [0, 1, "0", "1", "1.0", 1.0])
def test_a_code_is_itself(value: Any) -> None:
    assert PersonReader(0)(value) == int(float(value))


@pytest.mark.parametrize("value", ["E", "X", "Exportação", [], None])
def test_a_word_that_names_neither_says_nothing(value: object) -> None:
    assert isinstance(misfit_of(PersonReader(1), value), SaysNothing)


@pytest.mark.parametrize("value", [2, "2", 3.0])
def test_a_number_of_another_list_is_a_misfit(value: object) -> None:
    assert not isinstance(misfit_of(PersonReader(1), value), SaysNothing)


@pytest.mark.parametrize("words", [*CODE_WORDS.values(), FLAG_WORDS, PERSON_WORDS])
def test_every_word_is_listed_in_its_plain_form(words: Any) -> None:
    assert [word for word in words if plain(word) != word] == []


@given(JSON)
def test_readers_of_words_read_or_say_why(value: object) -> None:
    for reader, codes in (
        (SEXO, range(3)),
        (ESTADO_CIVIL, range(7)),
        (SITUACAO, range(2)),
        (PersonReader(1), range(2)),
    ):
        try:
            assert reader(value) in codes
        except Exception as error:  # noqa: BLE001 - which kind it is, is what is asserted
            assert type(error).__name__ in {"Misfit", "SaysNothing"}  # noqa: PT017 - either is fine
