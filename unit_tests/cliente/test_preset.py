"""What each preset makes of a record as its source writes it."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from source_destination_clientes import cliente
from source_destination_clientes.cliente.expressions import compile_value
from source_destination_clientes.cliente.preset import PRESETS, load_preset
from source_destination_clientes.manifest.objects import ApiVersion
from unit_tests.kit.mapping import make_mapper, payload, refused

FOLDER = Path(cliente.__file__).parent / "presets"
SAMPLES = Path(__file__).parent / "samples"


def read_cases() -> list[Any]:
    return [
        pytest.param(preset, case["record"], case["payload"], id=f"{preset}: {case['case']}")
        for preset in PRESETS
        for case in json.loads((SAMPLES / f"{preset}.json").read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize("version", get_args(ApiVersion))
@pytest.mark.parametrize(("preset", "record", "expected"), read_cases())
def test_a_preset_maps_its_source_exactly(
    preset: str, record: dict[str, Any], expected: dict[str, Any], version: ApiVersion
) -> None:
    assert payload(record, preset=preset, api_version=version) == expected


@pytest.mark.parametrize("version", get_args(ApiVersion))
@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_compiles_for_every_version(preset: str, version: ApiVersion) -> None:
    make_mapper(preset=preset, api_version=version)


def test_every_file_of_the_folder_is_a_preset_and_every_preset_a_file() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.yaml")) == sorted(PRESETS)


def test_every_preset_has_a_sample_and_every_sample_a_preset() -> None:
    assert sorted(path.stem for path in SAMPLES.glob("*.json")) == sorted(PRESETS)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_is_written_in_the_form_of_the_config(preset: str) -> None:
    document = yaml.safe_load((FOLDER / f"{preset}.yaml").read_text(encoding="utf-8"))
    assert list(document) == ["title", "about", "fields"]
    assert all(list(entry) == ["field", "value"] for entry in document["fields"])
    names = [field for field, _ in load_preset(preset)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("preset", PRESETS)
def test_the_key_comes_first_so_that_a_rejection_can_name_it(preset: str) -> None:
    assert load_preset(preset)[0][0] == "idRetaguarda"


@pytest.mark.parametrize("preset", PRESETS)
def test_a_record_without_any_column_fails_no_expression(preset: str) -> None:
    for field, value in load_preset(preset):
        compile_value(value, field)({})


@pytest.mark.parametrize("preset", PRESETS)
def test_a_record_whose_columns_are_all_null_fails_no_expression(preset: str) -> None:
    cases = json.loads((SAMPLES / f"{preset}.json").read_text(encoding="utf-8"))
    for case in cases:
        empty = dict.fromkeys(case["record"])
        assert refused(empty, preset=preset).reason == "missing_field"


def test_fields_of_the_config_take_the_place_of_the_presets() -> None:
    record = {"A1_COD": "1", "A1_LOJA": "01", "A1_NOME": "ANA", "A1_CGC": "10203040570", "A1_DTNASC": "ontem"}
    assert "dataNascimento" not in payload(record, preset="protheus_sa1")
    fields = [("data_nascimento", "'1990-01-31'"), ("nome", "{{ record.A1_NOME | title }}")]
    mapped = payload(record, preset="protheus_sa1", fields=fields)
    assert mapped["dataNascimento"] == "1990-01-31"
    assert mapped["nome"] == "Ana"


def test_an_empty_literal_takes_a_field_out_of_a_preset() -> None:
    record = {"id": 1, "name": "Ana", "personIdentificationNumber": "10203040570"}
    assert payload(record, preset="winthor")["numero"] == "S/N"
    assert "numero" not in payload(record, preset="winthor", fields=[("numero", "''")])


def test_a_protheus_code_keeps_the_blanks_between_code_and_store() -> None:
    record = {"A1_COD": "123   ", "A1_LOJA": "01", "A1_NOME": "ANA", "A1_CGC": "10203040570"}
    assert payload(record, preset="protheus_sa1")["idRetaguarda"] == "123   01"


def test_blanks_that_a_source_trimmed_can_be_put_back() -> None:
    record = {"A1_COD": "123", "A1_LOJA": "01", "A1_NOME": "ANA", "A1_CGC": "10203040570"}
    fields = [("idRetaguarda", "{{ '%-6s' | format(record.A1_COD) ~ record.A1_LOJA }}")]
    assert payload(record, preset="protheus_sa1", fields=fields)["idRetaguarda"] == "123   01"


def test_a_protheus_record_without_its_store_has_no_key() -> None:
    rejection = refused(
        {"A1_COD": "000123", "A1_NOME": "ANA", "A1_CGC": "10203040570"}, preset="protheus_sa1"
    )
    assert (rejection.reason, rejection.field) == ("missing_field", "idRetaguarda")


def test_the_code_of_a_person_follows_the_config_in_every_preset() -> None:
    record = {"id": 1, "name": "Ana", "personIdentificationNumber": "10203040570", "corporate": False}
    assert payload(record, preset="winthor", pessoa_fisica_code=1)["pessoaFisica"] == 1
    assert payload(record, preset="winthor", pessoa_fisica_code=0)["pessoaFisica"] == 0


def test_a_foreign_document_of_vtex_is_no_bad_cpf() -> None:
    record = {
        "id": "1",
        "firstName": "Ana",
        "lastName": "Teste",
        "document": "AB123456",
        "documentType": "passport",
    }
    assert refused(record, preset="vtex").reason == "missing_field"
    assert "cpfCnpj" not in payload(record, preset="vtex", api_version="v3")
