"""Configs that users wrote: `check` names the setting and the remedy of each, and says what it passes over."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from integration_tests.harness import command
from integration_tests.sandbox_client import Sandbox

FIELD: Final = {"field": "nome", "value": "nome"}


def fields(*entries: dict[str, str]) -> dict[str, Any]:
    return {"streams": [{"stream": "clientes", "fields": list(entries)}]}


WRONG: Final[dict[str, tuple[dict[str, Any], tuple[str, ...]]]] = {
    "a key without the right": (
        {"attachments": {"attachments_type": "attach_api", "base_url": "{url}/attach-api", "api_key": "bs_sandbox_x_forbidden"}},
        ("attachments.api_key", "readWrite"),
    ),
    "an address with its version": (
        {"attachments": {"attachments_type": "attach_api", "base_url": "{url}/attach-api/v1", "api_key": "bs_sandbox_x"}},
        ("attachments.base_url", "not including, /v1"),
    ),
    "a token that is none": ({"credentials": {"auth_type": "bearer_token", "token": "xyz"}}, ("Check credentials",)),
    "a token without the right": (
        {"credentials": {"auth_type": "bearer_token", "token": "no-permission"}},
        ("credentials", "RETAGUARDA"),
    ),
    "two addresses of the token": ({"rac_tenant": "x"}, ("rac_tenant or token_url, and not both",)),
    "no address of the token": ({"token_url": None}, ("rac_tenant or token_url",)),
    "a tenant that is an address": (
        {"token_url": None, "rac_tenant": "https://my-company.rac.totvs.app"},
        ("credentials.rac_tenant", "such as my-company"),
    ),
    "a wrong password": ({"password": "wrong"}, ("credentials.username, password",)),
    "a wrong secret": ({"client_secret": "wrong"}, ("client_id and client_secret",)),
    "a field twice": (fields(FIELD, FIELD), ("streams[0].fields", "keep one")),
    "an environment without its kind": ({"environment": "production"}, ("(environment)", "environment_type: production")),
    "an environment that is none": ({"environment": {"environment_type": "homologacao"}}, ("production, homologation or custom",)),
    "plain http": (
        {"environment": {"environment_type": "custom", "control_url": "{url}/controleprocesso", "clientes_url": "http://pdvsync.example/cliente"}},
        ("environment.clientes_url must begin with https://",),
    ),
    "a control address that is none": (
        {"environment": {"environment_type": "custom", "control_url": "{url}/controle", "clientes_url": "{url}/cliente"}},
        ("Check environment.control_url", "ends before /api/retaguarda"),
    ),
    "a clientes address with its path": (
        {"environment": {"environment_type": "custom", "control_url": "{url}/controleprocesso", "clientes_url": "{url}/cliente/api/retaguarda/v2/clientes"}},
        ("Check environment.clientes_url", "ends before /api/retaguarda"),
    ),
    "an inquilino that is empty": ({"id_inquilino": ""}, ("id_inquilino", "required")),
    "an inquilino of blanks": ({"id_inquilino": "  "}, ("id_inquilino", "not empty")),
    "an inquilino that is a number": ({"id_inquilino": 12345}, ("id_inquilino", "put it in quotes")),
    "no owner": ({"id_proprietario": None}, ("id_proprietario", "required")),
    "a filter that does not exist": (fields({"field": "nome", "value": "{{ record.nome | capitalise }}"}), ("field nome", "'capitalise'.")),
    "an expression that ends too soon": (fields({"field": "nome", "value": "{{ record.nome ~ }}"}), ("field nome", "unexpected")),
    "an expression that does not end": (fields({"field": "nome", "value": "{{ record.nome }"}), ("field nome",)),
    "an expression in single braces": (fields({"field": "nome", "value": "{ record.nome }"}), ("fields[0].value", "{{ record.column }}")),
    "a field that does not exist": (fields({"field": "cpf", "value": "CPF/CNPJ"}), ("'cpf'", "cpfCnpj")),
    "a preset that does not exist": ({"streams": [{"stream": "clientes", "preset": "protheus"}]}, ("streams[0].preset", "protheus_sa1")),
    "streams that are no list": ({"streams": {"clientes": {"nome": "x"}}}, ("(streams)", "a list")),
    "a folder without a path": ({"object_storage_config": {"storage_type": "Local"}}, ("object_storage_config.path", "required")),
    "a folder that cannot be written": ({"object_storage_config": {"storage_type": "Local", "path": "/proc/x"}}, ("Check object_storage_config.path",)),
    "a storage in other letters": ({"object_storage_config": {"storage_type": "s3", "s3_bucket_name": "b"}}, ("storage_type: None, S3",)),
    "a store that is not there": (
        {
            "object_storage_config": {
                "storage_type": "S3",
                "s3_bucket_name": "nope",
                "s3_bucket_region": "sa-east-1",
                "access_key_id": "AKIAX",
                "secret_access_key": "y",
                "s3_endpoint": "http://127.0.0.1:9",
            }
        },
        ("check the endpoint and the region in object_storage_config",),
    ),
    "a percentage in words": ({"rejections": {"fail_above_percent": "10%"}}, ("rejections.fail_above_percent", "from 0 to 100")),
    "a number in words": ({"lote": {"records_per_lote": "mil"}}, ("lote.records_per_lote", "whole number")),
    "a version that does not exist": ({"api_version": "2"}, ("api_version", "v2 or v3")),
    "a section with another name": (
        {"object_storage": {"storage_type": "Local", "path": "x"}},
        ("'object_storage'", "Did you mean object_storage_config?"),
    ),
    "sections that do not exist": ({"lotes": {"records_per_lote": 5}, "mapping": [1]}, ("Did you mean lote?", "'mapping'")),
}  # fmt: skip

CREDENTIALS: Final = frozenset({"token_url", "rac_tenant", "password", "client_secret"})


def config_of(sandbox: Sandbox, changes: dict[str, Any]) -> dict[str, Any]:
    config = sandbox.config()
    for name, value in changes.items():
        section = config["credentials"] if name in CREDENTIALS else config
        section[name] = value
    made: dict[str, Any] = json.loads(json.dumps(config).replace("{url}", sandbox.url))
    return made


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_config_gets_a_sentence_that_names_the_setting_and_the_remedy(
    name: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    changes, words = WRONG[name]
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config_of(sandbox, changes)))
    result = command("check", "--config", str(path))
    (status,) = [message["connectionStatus"] for message in result.of("CONNECTION_STATUS")]
    assert status["status"] == "FAILED"
    assert all(each in status["message"] for each in words), status["message"]
    assert "Run the sync again" not in status["message"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "No rejected record would be kept: object_storage_config"),
        ({"id_inquilino": " inq-1 "}, "id_inquilino has blanks around it"),
        (fields({"field": "numero", "value": "S/N"}), "streams reads these columns: S/N."),
    ],
)
def test_a_check_that_succeeds_says_what_is_worth_a_look(
    changes: dict[str, Any], words: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config_of(sandbox, changes)))
    result = command("check", "--config", str(path))
    assert [message["connectionStatus"]["status"] for message in result.of("CONNECTION_STATUS")] == [
        "SUCCEEDED"
    ]
    assert words in result.log


def test_broken_json_is_told_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text('{"environment": {"environment_type": "production"},}')
    result = command("check", "--config", str(path))
    assert result.code == 1
    assert "line 1, column 52" in result.errors[0]["message"]


def test_a_host_that_does_not_exist_names_the_tenant_it_was_made_of(tmp_path: Path) -> None:
    credentials = {
        "auth_type": "rac_password",
        "username": "a",
        "password": "b",
        "client_id": "c",
        "client_secret": "d",
        "rac_tenant": "my-compny",
    }
    config = {
        "environment": {"environment_type": "production"},
        "credentials": credentials,
        "id_inquilino": "inq-1",
        "id_proprietario": "matriz",
    }
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config))
    result = command("check", "--config", str(path), environment={"NO_PROXY": "*"})
    (status,) = [message["connectionStatus"] for message in result.of("CONNECTION_STATUS")]
    assert "my-compny.rac.totvs.app" in status["message"]
    assert "Check credentials.rac_tenant" in status["message"]
    assert "Run the sync again" not in status["message"]
