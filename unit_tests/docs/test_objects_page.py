"""docs/objects.md says what is true: what it declares can be declared."""

import json
import re
from pathlib import Path

import pytest

from source_destination_clientes.cliente.mapped import Mapped
from source_destination_clientes.manifest.components import (
    AdditionalFields,
    BatchRequestWriter,
    FieldDeclaration,
    StaticCatalogOperation,
)
from source_destination_clientes.manifest.read import with_objects
from source_destination_clientes.manifest.shipped import shipped_manifest
from unit_tests.kit.mapping import attempt, payload_of

PAGE = (Path(__file__).parents[2] / "docs" / "objects.md").read_text(encoding="utf-8")
DECLARED = re.findall(r"^```yaml objects\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
FIELD, OBJECT = DECLARED


@pytest.mark.parametrize("text", DECLARED)
def test_every_example_can_be_declared(text: str) -> None:
    assert with_objects(shipped_manifest(), text) != shipped_manifest()


def test_fifteen_lines_declare_an_object_whose_records_can_be_sent() -> None:
    assert len([line for line in OBJECT.splitlines() if not line.startswith("#")]) <= 15
    plano = with_objects(shipped_manifest(), OBJECT).get("plano")
    outcome = attempt({"id_retaguarda": 7, "descricao": "Ouro", "taxa": "2,5", "nivel": "2"}, object=plano)
    assert isinstance(outcome, Mapped), outcome
    assert payload_of(outcome) == {
        "idInquilino": "tenant",
        "idProprietario": "owner",
        "situacao": 1,
        "idRetaguarda": "7",
        "descricao": "Ouro",
        "taxa": 2.5,
        "nivel": 2,
    }


def test_a_declared_field_is_filled_by_a_column_of_its_name() -> None:
    cliente = with_objects(shipped_manifest(), FIELD).get("cliente")
    record = {"idRetaguarda": "7", "nome": "Ana", "cpfCnpj": "10203040570", "id_retaguarda_vendedor": "V-1"}
    outcome = attempt(record, object=cliente)
    assert isinstance(outcome, Mapped), outcome
    assert json.loads(outcome.body + b"}")["idRetaguardaVendedor"] == "V-1"


@pytest.mark.parametrize(
    "component", [StaticCatalogOperation, BatchRequestWriter, AdditionalFields, FieldDeclaration]
)
def test_every_property_is_on_the_page(component: type[FieldDeclaration]) -> None:
    said = set(re.findall(r"[`.]([a-z_]+)", PAGE))
    assert {field.alias or name for name, field in component.model_fields.items()} - said - {"type"} == set()


def test_every_definition_is_on_the_page() -> None:
    assert all(f"`{name}`" in PAGE for name in shipped_manifest().definitions)
