"""CSV as Excel and ERPs write it."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.commands.files.csv_file import read_csv
from source_destination_clientes.commands.files.encoding import open_text
from source_destination_clientes.commands.files.table import Oddities, Row
from source_destination_clientes.errors import ConfigError

SAMPLES = Path(__file__).parent / "samples"
JOAO = {
    "id_retaguarda": "1",
    "nome": "João da Conceição",
    "cpf_cnpj": "123.456.780-62",
    "cidade": "São Paulo",
}
ANA = {"codigo": "1", "nome": "Ana", "cpf": "10203040570"}


def read(text: str) -> tuple[list[Row], list[str]]:
    oddities = Oddities()
    rows = list(read_csv(io.StringIO(text, newline=""), "The file", oddities))
    return rows, oddities.sentences()


def read_sample(name: str) -> tuple[list[Row], list[str]]:
    oddities = Oddities()
    with (SAMPLES / name).open("rb") as file:
        text, _ = open_text(file, name)
        return list(read_csv(text, name, oddities)), oddities.sentences()


@pytest.mark.parametrize(
    ("name", "line", "record", "says"),
    [
        ("csv-sep-line.csv", 3, JOAO, []),
        (
            "csv-title-row.csv",
            3,
            JOAO,
            ["The headings are in line 2; above them is a title, which was left out."],
        ),
        ("csv-utf16.csv", 2, JOAO, []),
        ("export.csv", 2, ANA, []),
        ("sep.csv", 3, ANA, []),
        ("title.csv", 3, ANA, ["The headings are in line 2; above them is a title, which was left out."]),
    ],
)
def test_a_file_of_the_field_is_read(name: str, line: int, record: dict[str, str], says: list[str]) -> None:
    assert read_sample(name) == ([Row(line, record)], says)


def test_a_repeated_heading_loses_no_column() -> None:
    rows, says = read_sample("csv-dup-head.csv")
    assert rows[0].record == {
        "id_retaguarda": "1",
        "nome": "Ana Teste",
        "cpf_cnpj": "123.456.780-62",
        "nome (2)": "Fantasia",
    }
    assert "Several columns have the heading nome" in says[0]


def test_rows_with_another_number_of_cells_are_named_by_their_line() -> None:
    rows, says = read_sample("comma.csv")
    assert [row.line for row in rows] == [2, 3, 4]
    assert says[0].startswith("More cells than headings: line 3.")
    assert says[1].startswith("Fewer cells than headings: line 4.")


def test_the_file_of_an_erp_is_read_whole() -> None:
    rows, says = read_sample("CLIENTES_ERP.csv")
    assert len(rows) == 300
    assert says == ["Nothing in lines 64, 125, 186."]
    broken = next(row for row in rows if row.record["Código"] == "000030")
    assert (broken.line, broken.record["Complemento"]) == (31, "APTO 1\nBLOCO B")
    after = next(row for row in rows if row.record["Código"] == "000031")
    assert after.line == 33
    assert (
        next(row for row in rows if row.record["Código"] == "000029")
        .record["Nome/Razão Social"]
        .startswith('PADARIA "PÃO')
    )


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_the_separator_is_the_one_by_which_rows_are_even(delimiter: str) -> None:
    rows, _ = read(
        delimiter.join(["id", "nome", "limite"])
        + "\n"
        + f'1{delimiter}"Silva, Ana; e outros"{delimiter}3.5\n'
    )
    assert rows == [Row(2, {"id": "1", "nome": "Silva, Ana; e outros", "limite": "3.5"})]


def test_decimal_commas_do_not_make_commas_the_separator() -> None:
    rows, _ = read("id;limite;saldo\n1;9,50;1,00\n2;8,20;2,00\n")
    assert rows[0].record == {"id": "1", "limite": "9,50", "saldo": "1,00"}


def test_one_column_is_a_table_too() -> None:
    assert read("id\n1\n2\n")[0] == [Row(2, {"id": "1"}), Row(3, {"id": "2"})]


def test_cells_that_are_empty_beyond_the_headings_are_no_surplus() -> None:
    assert read("id;nome\n1;Ana;;\n") == ([Row(2, {"id": "1", "nome": "Ana"})], [])


def test_several_title_rows_and_a_blank_line_stand_above_the_headings() -> None:
    rows, says = read("Empresa X;;;\nEmitido em;01/02/2026;;\n\nid;nome;cpf;cidade\n1;Ana;1;SP\n")
    assert rows == [Row(5, {"id": "1", "nome": "Ana", "cpf": "1", "cidade": "SP"})]
    assert says == ["The headings are in line 4; above them is a title, which was left out."]


def test_a_quote_that_is_never_closed_is_refused_with_its_line() -> None:
    with pytest.raises(ConfigError, match="the row that begins on line 3"):
        read('id;nome\n1;Ana\n2;"Bia\n3;Caio\n')


def test_an_empty_file_has_no_rows() -> None:
    assert read("") == ([], [])
    assert read("\n\n") == ([], [])


@given(
    st.lists(
        st.tuples(*[st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)] * 3), max_size=60
    )
)
def test_what_python_writes_is_read_back(rows: list[tuple[str, str, str]]) -> None:
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=";").writerows([("id", "nome", "cidade"), *rows])
    kept = [
        dict(zip(("id", "nome", "cidade"), row, strict=True))
        for row in rows
        if any(cell.strip() for cell in row)
    ]
    assert [row.record for row in read(written.getvalue())[0]] == kept
