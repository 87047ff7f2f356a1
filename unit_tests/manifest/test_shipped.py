"""What is shipped: one manifest in two forms that agree, and what it says of each object."""

import json

import jsonschema
import pytest
import yaml

from scripts import generate_manifest
from source_destination_clientes.errors import ConfigError
from source_destination_clientes.manifest.json_schema import manifest_schema
from source_destination_clientes.manifest.objects import API_VERSIONS, Misfit
from source_destination_clientes.manifest.read import read_manifest, with_objects
from source_destination_clientes.manifest.shipped import shipped_manifest, shipped_text
from unit_tests.kit.manifests import IN_CLIENTE, PLANO, shipped


def test_the_compiled_manifest_says_what_the_written_one_says() -> None:
    assert shipped_manifest() == read_manifest(shipped_text())


def test_no_generated_file_is_stale() -> None:
    assert generate_manifest.stale() == {}


def test_the_written_manifest_fits_the_schema_that_editors_use() -> None:
    jsonschema.Draft7Validator.check_schema(manifest_schema())
    jsonschema.validate(json.loads(json.dumps(yaml.safe_load(shipped_text()))), manifest_schema())


@pytest.mark.parametrize("text", [PLANO, IN_CLIENTE])
def test_objects_of_a_config_fit_the_schema_that_editors_use(text: str) -> None:
    jsonschema.validate(json.loads(json.dumps(yaml.safe_load(text))), manifest_schema())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("type: StaticCatalogOperation", "type: Stream"),
        ("object_name: plano", "object_name: 7"),
        ("object_name: plano", "object_name: plâno"),
        ("object_name: plano", "objectname: plano"),
        ("also: [planos]", "also: planos"),
        ("type: Append", "type: Upsert"),
        (", value: 0", ""),
        ("value: 0", "value: none"),
        ("[[idRetaguarda]]", "[idRetaguarda]"),
        ("[[idRetaguarda]]", "[[idRetaguarda, taxa]]"),
        ("reader: number", "reader: decimal"),
        ("reader: number", "title: Rate"),
        ("reader: number", "reader: number, readr: x"),
        ("{reader: number}", "number"),
        ("max_length: 60", "max_length: 0"),
        ("codes: {1: basic, 2: gold}", "codes: {}"),
        ("default: 1", "default: [1]"),
        ("objects: [{name: plano}]", "objects: []"),
        ("objects: [{name: plano}]", "objects: [{name: plano}, {name: cliente}]"),
        ("tipo: 777, ", ""),
        ("tipo: 777", "tipo: '777'"),
        ("tipo: 777", "tipo: -1"),
        ("before: [cliente]", "before: cliente"),
        ("service: dadosbasicos", "service: mars"),
        ("path: v3/", "path: ../v3/"),
        ("path: v3/", "path: https://other.example/v3/"),
        ("requester: {", "requester: {method: PUT, "),
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(old: str, new: str) -> None:
    assert PLANO.count(old) == 1, old
    text = PLANO.replace(old, new)
    with pytest.raises(ConfigError):
        with_objects(shipped_manifest(), text)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(json.loads(json.dumps(yaml.safe_load(text))), manifest_schema())


def test_every_field_says_what_it_is() -> None:
    for each in shipped_manifest().objects:
        for version in API_VERSIONS:
            assert all(field.title != field.name for field in each.fields[version])


@pytest.mark.parametrize("name", ["ramo_atividade", "regiao"])
def test_what_a_cliente_points_at_is_sent_before_it_and_its_addresses_after_it(name: str) -> None:
    order = [each for each, _ in shipped_manifest().sent()]
    assert order.index(name) < order.index("cliente") < order.index("cliente_endereco")


def test_the_versions_differ_where_the_page_says_so() -> None:
    fields = {
        version: {field.name: field for field in shipped("cliente").fields[version]}
        for version in API_VERSIONS
    }
    v2, v3 = fields["v2"], fields["v3"]
    assert (v2["nome"].max_length, v3["nome"].max_length) == (200, 250)
    assert (v2["cpfCnpj"].max_length, v3["cpfCnpj"].max_length) == (14, 25)
    assert (v2["cpfCnpj"].required, v3["cpfCnpj"].required) == (True, False)
    assert set(v3) - set(v2) == {"tipoEndereco", "descricao"}
    assert {name for name, field in v3.items() if field.obsolete} == {"cracha", "avatarUrl"}
    assert not any(field.obsolete for field in v2.values())


def test_what_must_never_be_left_out_rejects_and_texts_of_addresses_are_cut() -> None:
    fields = shipped("cliente").fields["v3"]
    by_misfit = {kind: {field.name for field in fields if field.misfit is kind} for kind in Misfit}
    assert by_misfit[Misfit.REJECT] == {
        "idInquilino", "idProprietario", "idRetaguarda", "nome", "cpfCnpj", "pessoaFisica", "situacao", "bloqueado",
        "pendenteAnaliseCredito",
    }  # fmt: skip
    assert by_misfit[Misfit.TRUNCATE] == {
        "endereco", "numero", "complemento", "bairro", "cidade", "atividade", "descricao",
    }  # fmt: skip


def test_files_are_carried_by_no_lote() -> None:
    assert shipped("anexo").sending is None
