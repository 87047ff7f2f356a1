"""The schema that discover offers says what the manifest says."""

from collections.abc import Mapping
from itertools import product
from typing import get_args

import jsonschema
import msgspec
import pytest

from source_destination_clientes.cliente.schema import json_schema
from source_destination_clientes.manifest.objects import ApiVersion, Field, Reader
from source_destination_clientes.manifest.shipped import shipped_manifest
from source_destination_clientes.rejection.outcome import Rejection
from unit_tests.kit.manifests import shipped
from unit_tests.kit.mapping import CPF, attempt, payload, payload_of, refused

EVERY_OBJECT = list(product(shipped_manifest().names, get_args(ApiVersion)))


@pytest.mark.parametrize(("name", "version"), EVERY_OBJECT)
def test_the_schema_is_valid_and_lists_every_field(name: str, version: ApiVersion) -> None:
    schema = json_schema(shipped(name), version)
    jsonschema.Draft7Validator.check_schema(schema)
    assert list(schema["properties"]) == [field.name for field in shipped(name).fields[version]]


@pytest.mark.parametrize(("name", "version"), EVERY_OBJECT)
def test_what_the_config_or_the_document_fills_need_not_come(name: str, version: ApiVersion) -> None:
    required = set(json_schema(shipped(name), version)["required"])
    filled = {"idInquilino", "idProprietario", "situacao", "pessoaFisica"}
    assert not filled & required
    assert required | filled >= {field.name for field in shipped(name).fields[version] if field.required}


@pytest.mark.parametrize(("name", "version"), EVERY_OBJECT)
def test_each_field_has_a_title_a_sentence_its_length_and_its_codes(name: str, version: ApiVersion) -> None:
    properties = json_schema(shipped(name), version)["properties"]
    for field in shipped(name).fields[version]:
        shown = properties[field.name]
        assert shown["title"] == field.name
        assert shown["description"].startswith(field.title)
        assert shown["description"].endswith(".")
        assert shown.get("maxLength") == field.max_length
        assert shown.get("enum") == (sorted(field.codes) if field.codes else None)


SENT: Mapping[Reader, object] = {
    Reader.TEXT: "x",
    Reader.DIGITS: "7",
    Reader.DOCUMENT: CPF,
    Reader.DATE: "2001-01-31",
    Reader.NUMBER: 1.5,
    Reader.FLAG: True,
    Reader.PHONE: "11987654321",
    Reader.POSTAL_CODE: "01310100",
    Reader.STATE: "SP",
    Reader.HOUSE_NUMBER: "12",
    Reader.EMAIL: "ana@example.com",
    Reader.TENANT: "tenant",
}
CARRIED = [(name, version) for name, version in EVERY_OBJECT if shipped(name).sending]


def full_record(name: str, version: ApiVersion) -> dict[str, object]:
    """A value that fits for every field, as it is sent."""
    fields = shipped(name).fields[version]
    return {field.name: 1 if field.codes else SENT[field.reader] for field in fields}


@pytest.mark.parametrize(("name", "version"), CARRIED)
def test_what_the_schema_takes_is_sent_field_by_field(name: str, version: ApiVersion) -> None:
    record = full_record(name, version)
    jsonschema.validate(record, json_schema(shipped(name), version))
    assert payload(record, object=shipped(name), api_version=version) == record


@pytest.mark.parametrize(("name", "version"), CARRIED)
def test_what_the_schema_refuses_is_never_sent_as_it_is(name: str, version: ApiVersion) -> None:
    schema = json_schema(shipped(name), version)
    for field in shipped(name).fields[version]:
        for wrong in [99] if field.codes else ["x" * (field.max_length + 1)] if field.max_length else []:
            record = full_record(name, version) | {field.name: wrong}
            assert list(jsonschema.Draft7Validator(schema).iter_errors(record)), field.name
            outcome = attempt(record, object=shipped(name), api_version=version)
            if isinstance(outcome, Rejection):
                assert outcome.field == field.name
            else:
                jsonschema.validate(payload_of(outcome), schema)


@pytest.mark.parametrize(("name", "version"), CARRIED)
def test_what_the_schema_requires_is_required(name: str, version: ApiVersion) -> None:
    for required in json_schema(shipped(name), version)["required"]:
        record = full_record(name, version)
        del record[required]
        assert refused(record, object=shipped(name), api_version=version).field == required


def test_v2_requires_the_document_and_v3_does_not() -> None:
    assert json_schema(shipped("cliente"), "v2")["required"] == ["idRetaguarda", "nome", "cpfCnpj"]
    assert json_schema(shipped("cliente"), "v3")["required"] == ["idRetaguarda", "nome"]


def test_an_address_requires_the_cliente_it_belongs_to() -> None:
    assert json_schema(shipped("cliente_endereco"), "v2")["required"] == [
        "idRetaguarda",
        "idClienteRetaguarda",
    ]


def test_the_lengths_that_differ_between_versions_differ() -> None:
    v2 = json_schema(shipped("cliente"), "v2")["properties"]
    v3 = json_schema(shipped("cliente"), "v3")["properties"]
    assert (v2["nome"]["maxLength"], v3["nome"]["maxLength"]) == (200, 250)
    assert (v2["cpfCnpj"]["maxLength"], v3["cpfCnpj"]["maxLength"]) == (14, 25)


def test_v3_alone_has_the_kind_of_address_and_a_description() -> None:
    v2 = json_schema(shipped("cliente"), "v2")["properties"]
    v3 = json_schema(shipped("cliente"), "v3")["properties"]
    assert set(v3) - set(v2) == {"tipoEndereco", "descricao"}
    assert not set(v2) - set(v3)


def test_obsolete_fields_say_so() -> None:
    v3 = json_schema(shipped("cliente"), "v3")["properties"]
    assert v3["cracha"]["description"].endswith("Obsolete in this version.")
    assert v3["avatarUrl"]["description"].endswith("Obsolete in this version.")


def test_codes_explain_themselves() -> None:
    sexo = json_schema(shipped("cliente"), "v2")["properties"]["sexo"]
    assert sexo["description"] == "Gender. 0 = not defined, 1 = male, 2 = female."


def test_the_type_of_a_property_follows_how_its_values_are_read() -> None:
    properties = json_schema(shipped("cliente"), "v3")["properties"]
    assert properties["dataNascimento"]["format"] == "date"
    assert properties["bloqueado"]["type"] == "boolean"
    assert properties["sexo"]["type"] == properties["pessoaFisica"]["type"] == "integer"
    assert json_schema(shipped("ramo_atividade"), "v2")["properties"]["percentualTaxa"]["type"] == "number"


def test_the_schema_knows_every_reader() -> None:
    for reader in Reader:
        declared = msgspec.structs.replace(shipped("anexo"), fields={"v2": (Field("x", "X", reader),)})
        assert "type" in json_schema(declared, "v2")["properties"]["x"]


def test_a_description_follows_the_codes() -> None:
    field = Field("x", "X", Reader.CODE, codes={1: "one"}, description="It decides about y.")
    declared = msgspec.structs.replace(shipped("anexo"), fields={"v2": (field,)})
    assert json_schema(declared, "v2")["properties"]["x"]["description"] == "X. 1 = one. It decides about y."


def test_a_column_that_is_no_field_cannot_be_mapped() -> None:
    record = {"idRetaguarda": "7", "nome": "Ana", "cpfCnpj": "10203040570"}
    schema = json_schema(shipped("cliente"), "v2")
    jsonschema.validate(record, schema)
    with pytest.raises(jsonschema.ValidationError, match="saldo"):
        jsonschema.validate({**record, "saldo": 12.5}, schema)
