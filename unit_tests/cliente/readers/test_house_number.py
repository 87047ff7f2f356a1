"""House numbers, and lines they are part of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.cliente.readers.house_number import read_house_number, split_line
from source_destination_clientes.cliente.readers.text import clean


@pytest.mark.parametrize(
    ("line", "street", "number", "rest"),
    [
        ("Rua das Laranjeiras, 120", "Rua das Laranjeiras", "120", ""),
        ("R DAS LARANJEIRAS,120   ", "R DAS LARANJEIRAS", "120", ""),
        ("Rua X, 120, Centro", "Rua X", "120", "Centro"),
        ("Rua X, 120 - Apto 31", "Rua X", "120", "Apto 31"),
        ("Rua X, 120 fundos", "Rua X", "120", "fundos"),
        ("Rua X, 45-A, apto 2, bloco 3", "Rua X", "45-A", "apto 2, bloco 3"),
        ("Rua X, 120B", "Rua X", "120B", ""),
        ("Rua X, 120/122", "Rua X", "120/122", ""),
        ("Av Paulista, 1.578 - cj 12", "Av Paulista", "1.578", "cj 12"),
        ("Rua X, nº 12", "Rua X", "12", ""),
        ("Praça da Sé, s/n", "Praça da Sé", "s/n", ""),
        ("Praça da Sé, S/N, fundos", "Praça da Sé", "S/N", "fundos"),
        ("Praça da Sé, SN", "Praça da Sé", "SN", ""),
        ("Praça da Sé, s/nº", "Praça da Sé", "s/nº", ""),
        ("25 de Março, 10", "25 de Março", "10", ""),
        ("Rua X, Centro, 120", "Rua X, Centro", "120", ""),
    ],
)
def test_the_first_comma_part_that_begins_with_a_number_is_it(
    line: str, street: str, number: str, rest: str
) -> None:
    assert split_line(line) == (street, number, rest)


@pytest.mark.parametrize(
    "line",
    [
        "Rua Sete de Setembro, Centro",
        "EST DO CAMPO, JARDIM DAS ACACIAS",
        "Rua das Laranjeiras 120",
        "Rua Z, 2º andar",
        "Rua Z, 10 andar",
        "Rua Z, Centro, 01310-100",
        "Rua Z, 12 de Outubro",
        "Rod BR 101, km 12",
        "Rua Z, Snack",
        "",
    ],
)
def test_a_line_without_one_stays_whole(line: str) -> None:
    assert split_line(line) == (line, "", "")


@given(st.text(st.characters(exclude_categories=["Cs"])) | st.text("Rua ,120-s/nº"))
def test_nothing_of_a_line_is_lost(line: str) -> None:
    def letters(text: str) -> list[str]:
        return sorted(each for each in text if each.isalnum())

    parts = split_line(line)
    marker = [each for each in letters(clean(line)) if each not in "nNº°oúuemrO"]
    kept = [each for each in letters("".join(parts)) if each not in "nNº°oúuemrO"]
    assert kept == marker


@pytest.mark.parametrize(
    ("value", "read"), [(120, "120"), ("120.0", "120"), (120.0, "120"), (" 45-A ", "45-A"), ("S/N", "S/N")]
)
def test_a_number_of_its_own_goes_out_as_it_is(value: object, read: str) -> None:
    assert read_house_number(value) == read
