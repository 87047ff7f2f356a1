"""The sheet as Excel in Brazil opens it."""

import csv
import io

import pytest

from source_destination_clientes.commands.report.rows import ShownRow
from source_destination_clientes.commands.report.sheet import as_cell, write_sheet
from source_destination_clientes.commands.report.texts import LANGUAGES

ROW = ShownRow(
    "clientes", "mapping", "bad_document", "cpfCnpj", "00017", "cpfCnpj has 10 digits.", "", "", None,
    "2026-01-01T00:00:00Z", 1, {"cpf": "05299822472", "nome": "José; o \"Zé\"", "obs": "=HYPERLINK(1)", "vazio": None},
)  # fmt: skip


def read(language: str, *, reveal: bool) -> tuple[str, list[dict[str, str]]]:
    file = io.StringIO()
    write_sheet(file, lambda: [ROW], LANGUAGES[language], reveal=reveal)
    text = file.getvalue()
    return text, list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))


def test_it_begins_with_a_byte_order_mark_and_has_semicolons() -> None:
    text, rows = read("pt-BR", reveal=False)
    assert text.startswith("\ufeffStream;Motivo;Campo;Chave;")
    assert rows[0]["Motivo"] == "bad_document"
    assert rows[0]["O que fazer"].startswith("Corrija na origem.")


def test_the_columns_of_the_record_are_in_it_only_when_they_are_asked_for() -> None:
    _, masked = read("en", reveal=False)
    assert not any("nome" in name for name in masked[0])
    _, revealed = read("en", reveal=True)
    assert revealed[0]["Record: nome"] == 'José; o "Zé"'
    assert revealed[0]["Record: vazio"] == ""


def test_documents_and_keys_keep_their_zeros() -> None:
    _, rows = read("en", reveal=True)
    assert rows[0]["Record: cpf"] == '="05299822472"'
    assert rows[0]["Key"] == '="00017"'


@pytest.mark.parametrize("text", ["=1+1", "+SUM(A1)", "-cmd", "@x", "\t=1"])
def test_no_text_of_a_record_is_carried_out_as_a_formula(text: str) -> None:
    cell = str(as_cell(text))
    assert cell.startswith(("'", '="', " "))


@pytest.mark.parametrize(
    ("value", "cell"), [(7, 7), (52998224725, '="52998224725"'), (True, "True"), ("a\nb", "a b")]
)
def test_numbers_stay_numbers_while_excel_keeps_all_their_digits(value: object, cell: object) -> None:
    assert as_cell(value) == cell
