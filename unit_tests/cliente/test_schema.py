"""The schema that discover offers says what the table of fields says."""

from itertools import product
from typing import get_args

import jsonschema
import pytest

from source_destination_clientes.cliente.fields import FIELDS, FILLED_BY_US, ApiVersion, ObjectKind, Reader
from source_destination_clientes.cliente.schema import json_schema

EVERY_OBJECT = list(product(ObjectKind, get_args(ApiVersion)))


@pytest.mark.parametrize(("kind", "version"), EVERY_OBJECT)
def test_the_schema_is_valid_and_lists_every_field(kind: ObjectKind, version: ApiVersion) -> None:
    schema = json_schema(kind, version)
    jsonschema.Draft7Validator.check_schema(schema)
    assert list(schema["properties"]) == [field.name for field in FIELDS[kind, version]]


@pytest.mark.parametrize(("kind", "version"), EVERY_OBJECT)
def test_what_the_config_or_the_document_fills_need_not_come(kind: ObjectKind, version: ApiVersion) -> None:
    required = json_schema(kind, version)["required"]
    assert not FILLED_BY_US & set(required)
    assert set(required) | FILLED_BY_US >= {field.name for field in FIELDS[kind, version] if field.required}


@pytest.mark.parametrize(("kind", "version"), EVERY_OBJECT)
def test_each_field_has_a_title_a_sentence_its_length_and_its_codes(
    kind: ObjectKind, version: ApiVersion
) -> None:
    properties = json_schema(kind, version)["properties"]
    for field in FIELDS[kind, version]:
        shown = properties[field.name]
        assert shown["title"] == field.name
        assert shown["description"].startswith(field.title)
        assert shown["description"].endswith(".")
        assert shown.get("maxLength") == field.max_length
        assert shown.get("enum") == (sorted(field.codes) if field.codes else None)


def test_v2_requires_the_document_and_v3_does_not() -> None:
    assert json_schema(ObjectKind.CLIENTE, "v2")["required"] == ["idRetaguarda", "nome", "cpfCnpj"]
    assert json_schema(ObjectKind.CLIENTE, "v3")["required"] == ["idRetaguarda", "nome"]


def test_an_address_requires_the_cliente_it_belongs_to() -> None:
    assert json_schema(ObjectKind.CLIENTE_ENDERECO, "v2")["required"] == [
        "idRetaguarda",
        "idClienteRetaguarda",
    ]


def test_the_lengths_that_differ_between_versions_differ() -> None:
    v2 = json_schema(ObjectKind.CLIENTE, "v2")["properties"]
    v3 = json_schema(ObjectKind.CLIENTE, "v3")["properties"]
    assert (v2["nome"]["maxLength"], v3["nome"]["maxLength"]) == (200, 250)
    assert (v2["cpfCnpj"]["maxLength"], v3["cpfCnpj"]["maxLength"]) == (14, 25)


def test_v3_alone_has_the_kind_of_address_and_a_description() -> None:
    v2 = json_schema(ObjectKind.CLIENTE, "v2")["properties"]
    v3 = json_schema(ObjectKind.CLIENTE, "v3")["properties"]
    assert set(v3) - set(v2) == {"tipoEndereco", "descricao"}
    assert not set(v2) - set(v3)


def test_obsolete_fields_say_so() -> None:
    v3 = json_schema(ObjectKind.CLIENTE, "v3")["properties"]
    assert v3["cracha"]["description"].endswith("Obsolete in this version.")
    assert v3["avatarUrl"]["description"].endswith("Obsolete in this version.")


def test_codes_explain_themselves() -> None:
    sexo = json_schema(ObjectKind.CLIENTE, "v2")["properties"]["sexo"]
    assert sexo["description"] == "Gender. 0 = not defined, 1 = male, 2 = female."


def test_types_follow_the_kind_of_value() -> None:
    properties = json_schema(ObjectKind.CLIENTE, "v3")["properties"]
    assert properties["dataNascimento"]["format"] == "date"
    assert properties["bloqueado"]["type"] == "boolean"
    assert {
        properties[field.name]["type"]
        for field in FIELDS[ObjectKind.CLIENTE, "v3"]
        if field.reader is Reader.CODE
    } == {"integer"}


def test_other_columns_may_come_along() -> None:
    record = {"idRetaguarda": "7", "nome": "Ana", "cpfCnpj": "10203040570", "saldo": 12.5}
    jsonschema.validate(record, json_schema(ObjectKind.CLIENTE, "v2"))


def test_no_two_fields_of_an_object_differ_in_case_alone() -> None:
    for fields in FIELDS.values():
        assert len({field.name.casefold() for field in fields}) == len(fields)
