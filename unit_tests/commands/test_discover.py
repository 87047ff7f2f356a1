import json
from typing import Any

from source_destination_clientes.commands.discover import destination_catalog
from source_destination_clientes.manifest.shipped import shipped_manifest
from source_destination_clientes.settings import Settings
from unit_tests.kit.manifests import IN_CLIENTE, PLANO


def operations(**changes: Any) -> list[dict[str, Any]]:
    config = {
        "environment": {"environment_type": "production"},
        "credentials": {"auth_type": "bearer_token", "token": "t"},
        "id_inquilino": "inq",
        "id_proprietario": "p",
    }
    catalog = destination_catalog(Settings.parse({**config, **changes}))
    found: list[dict[str, Any]] = json.loads(json.dumps(catalog))["operations"]
    return found


def test_every_object_of_a_lote_can_be_upserted_and_set_inactive() -> None:
    assert [(each["object_name"], each["sync_mode"]) for each in operations()] == [
        (kind, mode)
        for kind in shipped_manifest().names
        if kind != "anexo"
        for mode in ("append_dedup", "soft_delete")
    ]
    assert all(each["matching_keys"] == [["idRetaguarda"]] for each in operations())


def test_attachments_can_be_written_where_they_are_configured() -> None:
    attachments = {"attachments_type": "attach_api", "api_key": "k"}
    (anexo,) = [each for each in operations(attachments=attachments) if each["object_name"] == "anexo"]
    assert anexo["sync_mode"] == "append"
    assert "matching_keys" not in anexo


def test_a_name_that_is_no_field_cannot_be_mapped() -> None:
    assert {each["json_schema"]["additionalProperties"] for each in operations()} == {False}


def test_a_field_that_the_config_fills_is_not_required_of_the_mapping() -> None:
    entry = {"stream": "crm", "fields": [{"field": "cpfCnpj", "value": "code"}]}
    required = {each["object_name"]: each["json_schema"]["required"] for each in operations(streams=[entry])}
    assert required["cliente"] == ["idRetaguarda", "nome"]


def test_the_schema_is_the_one_of_the_version() -> None:
    lengths = {
        version: operations(api_version=version)[0]["json_schema"]["properties"]["nome"]["maxLength"]
        for version in ("v2", "v3")
    }
    assert lengths == {"v2": 200, "v3": 250}


def test_objects_and_fields_of_the_config_can_be_written_as_well() -> None:
    found = operations(objects=PLANO + IN_CLIENTE)
    planos = [each for each in found if each["object_name"] == "plano"]
    assert [each["sync_mode"] for each in planos] == ["append", "soft_delete"]
    assert planos[0]["matching_keys"] == [["idRetaguarda"]]
    assert planos[0]["json_schema"]["required"] == ["idRetaguarda", "descricao"]
    assert planos[0]["json_schema"]["properties"]["taxa"]["type"] == "number"
    assert "idRetaguardaPlano" in found[0]["json_schema"]["properties"]
