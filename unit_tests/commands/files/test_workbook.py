"""Workbooks."""

import io
import sys
from pathlib import Path

import pytest

from source_destination_clientes.commands.files.table import Oddities, Row
from source_destination_clientes.commands.files.workbook import read_workbook
from source_destination_clientes.errors import ConfigError

WORKBOOK = Path(__file__).parent / "samples" / "clientes.xlsx"


def test_the_first_sheet_that_holds_a_table_is_read() -> None:
    oddities = Oddities()
    with WORKBOOK.open("rb") as file:
        rows = list(read_workbook(file, "clientes.xlsx", oddities))
    assert rows == [
        Row(
            4,
            {
                "Código": 1,
                "Nome": "João da Conceição",
                "CPF": 12345678062,
                "Nascimento": "1990-01-31",
                "Ativo": True,
            },
        )
    ]
    assert oddities.sentences() == [
        "The workbook has 2 sheets; 'Clientes' was read.",
        "The headings are in line 3; above them is a title, which was left out.",
    ]


def test_what_is_no_workbook_is_refused() -> None:
    with pytest.raises(ConfigError, match="cannot be read as a workbook"):
        list(read_workbook(io.BytesIO(b"PK\x03\x04 no"), "The file", Oddities()))


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    with pytest.raises(ConfigError, match=r"pip install 'airbyte-destination-clientes\[xlsx\]'"):
        list(read_workbook(io.BytesIO(b""), "The file", Oddities()))
