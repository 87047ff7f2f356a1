"""A `streams` entry is proposed from headings and values."""

from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from source_destination_clientes.commands.suggestion.propose import Suggestion, suggest

TODAY: Final = date(2026, 11, 25)
SYSTEMS: Final[dict[str, dict[str, Any]]] = yaml.safe_load(
    (Path(__file__).parent / "systems.yaml").read_text()
)


def proposed(system: str, *, values: bool = True) -> Suggestion:
    columns = {heading: came if values else [] for heading, (_, came) in SYSTEMS[system].items()}
    return suggest(columns, TODAY)


def judged(system: str, suggestion: Suggestion) -> tuple[list[str], list[str]]:
    """Headings that are wrong or missing, and lines above 0.8 with a heading that fills another field or none."""
    wrong, sure_and_wrong = [], []
    for heading, (truth, _) in SYSTEMS[system].items():
        right = set(truth) if isinstance(truth, list) else {truth}
        lines = [line for line in suggestion.lines if heading in line.columns]
        fills: set[str | None] = {line.field for line in lines} or {None}
        if not fills & right:
            wrong.append(f"{heading}: {sorted(map(str, fills))}")
        sure_and_wrong += [
            f"{heading}: {line.field} {line.confidence}"
            for line in lines
            if line.field not in right and line.confidence > 0.8
        ]
    return wrong, sure_and_wrong


@pytest.mark.parametrize("values", [True, False], ids=["with values", "headings alone"])
@pytest.mark.parametrize("system", SYSTEMS)
def test_nine_of_ten_headings_are_right_and_no_sure_line_is_wrong(system: str, values: bool) -> None:
    wrong, sure_and_wrong = judged(system, proposed(system, values=values))
    assert sure_and_wrong == []
    assert len(wrong) <= len(SYSTEMS[system]) / 10, wrong


@pytest.mark.parametrize(
    ("system", "preset"),
    [
        ("protheus_sa1", "protheus_sa1"),
        ("winthor_pcclient", "winthor"),
        ("vtex_cl", "vtex"),
        ("shopify_api", "shopify"),
        ("erp", None),
        ("tiny", None),
    ],
)
def test_the_table_of_a_preset_is_recognised(system: str, preset: str | None) -> None:
    assert proposed(system).preset == preset


def test_a_preset_is_proposed_as_one_word() -> None:
    assert proposed("shopify_api").entry("customers", "shop") == {
        "stream": "customers",
        "namespace": "shop",
        "object": "cliente",
        "preset": "shopify",
        "fields": [],
    }


def value_of(suggestion: Suggestion, field: str) -> str:
    fields: list[dict[str, str]] = suggestion.entry("clientes")["fields"]
    return next(entry["value"] for entry in fields if entry["field"] == field)


def test_a_date_comes_with_the_format_its_values_have() -> None:
    assert value_of(proposed("erp"), "dataNascimento") == "{{ record['Data Nasc.'] | date('%d/%m/%Y') }}"


def test_a_date_that_two_formats_fit_is_less_sure() -> None:
    suggestion = suggest({"nascimento": ["05/06/1990", "07/08/1991"]}, TODAY)
    assert suggestion.lines[0].confidence <= 0.7
    assert "another format" in suggestion.lines[0].reason


def test_an_area_code_of_its_own_goes_before_the_number() -> None:
    assert (
        value_of(proposed("omie"), "telefone")
        == "{{ record.telefone1_numero | phone(record.telefone1_ddd) }}"
    )


def test_first_and_last_name_make_the_name() -> None:
    assert (
        value_of(proposed("shopify_admin_csv"), "nome")
        == "{{ (record['First Name'] | string ~ ' ' ~ record['Last Name'] | string) | trim }}"
    )


def test_cpf_and_cnpj_in_two_columns_fill_one_field() -> None:
    suggestion = suggest({"CPF": ["12345678062", ""], "CNPJ": ["", "11222333000181"]}, TODAY)
    assert value_of(suggestion, "cpfCnpj") == "{{ record.CPF | trim or record.CNPJ | trim }}"


def test_a_column_that_says_inactive_is_turned_round() -> None:
    assert "'s': 0" in value_of(proposed("omie"), "situacao")


def test_values_alone_tell_a_document_and_an_email() -> None:
    columns = {
        "col_a": ["12345678062", "11222333000181", "210.203.405-41"],
        "col_b": ["a@b.com", "c@d.com", "e@f.com"],
    }
    assert {(line.field, line.columns) for line in suggest(columns, TODAY).lines} == {
        ("cpfCnpj", ("col_a",)),
        ("email", ("col_b",)),
    }


def test_values_that_deny_a_heading_take_its_line_away() -> None:
    assert suggest({"state": ["disabled", "enabled"], "cpf": ["x", "y"]}, TODAY).lines == []


def test_what_nobody_takes_is_named() -> None:
    assert proposed("erp").untaken == ["Limite Crédito", "Dt. Cadastro"]


def test_nothing_is_proposed_of_nothing() -> None:
    assert suggest({}, TODAY).entry("clientes") == {"stream": "clientes", "object": "cliente", "fields": []}
