"""The state."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.cliente.readers.state import UF_BY_NAME, UFS, read_state
from unit_tests.kit.reading import misfit_of, read_or_none


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("SP", "SP"),
        ("sp", "SP"),
        (" RJ ", "RJ"),
        ("São Paulo", "SP"),
        ("SAO PAULO", "SP"),
        ("BR-SP", "SP"),
        ("SP - São Paulo", "SP"),
        ("SÃO PAULO - SP", "SP"),
        ("São Paulo (SP)", "SP"),
        ("São Paulo/SP", "SP"),
        ("SP, Brasil", "SP"),
        ("S.P.", "SP"),
        ("R. J.", "RJ"),
        ("UF: SP", "SP"),
        ("Estado de São Paulo", "SP"),
        ("Estado do Rio de Janeiro", "RJ"),
        ("Est. da Bahia", "BA"),
        ("Rio Grande do Sul", "RS"),
        ("Pará", "PA"),
        ("EX", "EX"),
        ("ex", "EX"),
    ],
)
def test_a_state_is_its_two_letters(value: str, read: str) -> None:
    assert read_state(value) == read


@pytest.mark.parametrize(
    "value", ["Buenos Aires", "XX", "SP Incorporações", "35", "São Paulo capital", "California"]
)
def test_what_names_no_state_stays(value: str) -> None:
    assert read_state(value) == value


def test_two_states_are_a_misfit() -> None:
    assert misfit_of(read_state, "Rio de Janeiro/SP").message == "names two states"


def test_every_state_is_known_by_name() -> None:
    assert len(set(UF_BY_NAME.values())) == 27
    assert {read_state(name.upper()) for name in UF_BY_NAME} == UFS - {"EX"}


@given(st.text() | st.sampled_from(sorted(UFS)))
def test_what_was_read_reads_as_itself(value: str) -> None:
    read = read_or_none(read_state, value)
    if read:
        assert read_state(read) == read
