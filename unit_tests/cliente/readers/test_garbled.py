"""Text that went through the wrong encoding."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.cliente.readers.garbled import is_garbled, repair

LETTERS = st.text("ÀÁÂÃÇÉÊÍÓÔÕÚàáâãçéêíóôõúºª", min_size=1)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("JoÃ£o ConceiÃ§Ã£o", "João Conceição"),
        ("SÃ£o JosÃ©", "São José"),
        ("Jo&atilde;o", "João"),
        ("P&amp;B Com&eacute;rcio", "P&B Comércio"),
        ("Jo&#227;o", "João"),
        ("CONCEIÃ‡ÃƒO", "CONCEIÇÃO"),
    ],
)
def test_what_can_be_repaired_is(written: str, meant: str) -> None:
    assert is_garbled(written)
    assert repair(written) == meant


def test_a_replacement_character_is_noticed_and_stays() -> None:
    assert is_garbled("Jo\ufffdo")
    assert repair("Jo\ufffdo") == "Jo\ufffdo"


@pytest.mark.parametrize(
    "fine", ["JOÃO", "IRMÃ", "CÂNDIDO", "P&B; Ltda", "Pão & Cia", "Ana 🌻", "Nº 12", "MAÇÃ"]
)
def test_good_portuguese_is_left_alone(fine: str) -> None:
    assert not is_garbled(fine)
    assert repair(fine) == fine


@given(LETTERS)
def test_every_portuguese_letter_survives_utf_8_read_as_latin_1(text: str) -> None:
    assert repair(text.encode().decode("latin-1")) == text


@given(st.text())
def test_a_text_that_was_repaired_twice_is_no_worse(text: str) -> None:
    once = repair(text)
    assert isinstance(repair(once), str)
