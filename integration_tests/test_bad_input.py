"""Wrong configs, catalogs and lines each get one clear sentence."""

import json
from pathlib import Path
from typing import Any

import pytest

from integration_tests.harness import Result, catalog, command, good, record, write
from integration_tests.sandbox_client import Sandbox


def check(folder: Path, config: Any) -> Result:
    path = folder / "config.json"
    path.write_text(config if isinstance(config, str) else json.dumps(config))
    return command("check", "--config", str(path))


def status(result: Result) -> tuple[str, str]:
    (message,) = result.of("CONNECTION_STATUS")
    body = message["connectionStatus"]
    return body["status"], body.get("message", "")


def test_check_succeeds_without_opening_a_lote_or_sending_anything(sandbox: Sandbox, tmp_path: Path) -> None:
    result = check(
        tmp_path,
        sandbox.config(object_storage_config={"storage_type": "Local", "path": str(tmp_path / "letters")}),
    )
    assert (result.code, status(result)) == (0, ("SUCCEEDED", ""))
    requests = sandbox.state()["requests"]
    assert "open" not in requests
    assert "send" not in requests
    assert requests["token"] == 1
    assert list((tmp_path / "letters").rglob("*.jsonl")) == []


def credentials(sandbox: Sandbox, **changes: Any) -> dict[str, Any]:
    return {**sandbox.config()["credentials"], **changes}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"password": "wrong"}, "credentials.username, password, client_id and client_secret"),
        ({"client_secret": "wrong"}, "error invalid_client"),
        # `check` calls a host that refuses connections more than once.
        pytest.param(
            {"token_url": "http://127.0.0.1:9/token"}, "the connection was refused", marks=pytest.mark.slow
        ),
    ],
)
def test_check_says_what_is_wrong_with_the_credentials(
    changes: dict[str, Any], said: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    config = sandbox.config(credentials=credentials(sandbox, **changes))
    state, message = status(check(tmp_path, config))
    assert state == "FAILED"
    assert said in message
    assert "s3cret" not in message


@pytest.mark.parametrize(
    ("token", "said"),
    [("no-permission", "RETAGUARDA"), ("unknown-token", "refuses the credential"), ("sandbox-token", "")],
)
def test_check_tells_a_missing_permission_from_a_bad_token(
    token: str, said: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    config = sandbox.config(credentials={"auth_type": "bearer_token", "token": token})
    state, message = status(check(tmp_path, config))
    assert state == ("FAILED" if said else "SUCCEEDED")
    assert said in message
    assert token not in message


def test_check_names_a_dead_letter_that_cannot_be_written(sandbox: Sandbox, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    state, message = status(
        check(tmp_path, sandbox.config(object_storage_config={"storage_type": "Local", "path": str(blocked)}))
    )
    assert state == "FAILED"
    assert "object_storage_config.path" in message


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("{", "is not valid JSON: see line 1, column 2."),
        ("[]", "is not a JSON object"),
        ("{}", "(id_inquilino) is required and missing."),
        (
            {"environment": {"environment_type": "moon"}},
            "(environment) needs environment_type: production, homologation or custom.",
        ),
        ({"lote": {"records_per_request": 0}}, "lote.records_per_request"),
        ({"lote": {"records_per_request": "many"}}, "lote.records_per_request"),
        (
            {"streams": [{"stream": "x", "fields": [{"field": "nome"}]}]},
            "(streams[0].fields[0].value) is required",
        ),
    ],
)
def test_a_wrong_config_is_explained_by_place(config: Any, said: str, tmp_path: Path) -> None:
    result = check(tmp_path, config)
    if result.of("CONNECTION_STATUS"):
        assert status(result)[0] == "FAILED"
    else:
        assert [error["failure_type"] for error in result.errors] == ["config_error"]
    assert said in result.everything
    assert "Traceback" not in result.everything


def test_a_config_file_that_is_not_there_is_a_config_error(tmp_path: Path) -> None:
    result = command(
        "write", "--config", str(tmp_path / "none.json"), "--catalog", str(tmp_path / "none.json")
    )
    assert result.code == 1
    assert [error["failure_type"] for error in result.errors] == ["config_error"]


def test_plain_http_to_another_machine_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    config = sandbox.config()
    config["environment"]["clientes_url"] = "http://api.example.com/cliente"
    state, message = status(check(tmp_path, config))
    assert state == "FAILED"
    assert "environment.clientes_url must begin with https://" in message


@pytest.mark.parametrize(
    ("configured", "said"),
    [
        ({"streams": []}, "The catalog has: none"),
        ({"streams": [{"stream": {}}]}, "is not a configured catalog"),
        (catalog("clientes", mode="overwrite"), "Choose append or append_dedup"),
        (catalog("orders", "customers"), '{"stream": "orders", "object": "cliente"}'),
        (catalog("people", destination_object_name="pedido"), "object 'pedido', which does not exist"),
    ],
)
def test_a_wrong_catalog_is_explained(
    configured: dict[str, Any], said: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    result = write(tmp_path, sandbox.config(), [record(good(1))], configured)
    assert result.code == 1
    assert [error["failure_type"] for error in result.errors] == ["config_error"]
    assert said in result.errors[0]["message"]
    assert sandbox.state()["lotes"] == []


def test_a_record_of_a_stream_nobody_configured_stops_the_sync(sandbox: Sandbox, tmp_path: Path) -> None:
    result = write(tmp_path, sandbox.config(), [record(good(1), "orders")])
    assert result.code == 1
    assert "orders" in result.errors[0]["message"]


def test_a_wrong_command_line_shows_the_usage() -> None:
    assert command("write").code == 2
    assert command("fly").code == 2
    assert command().code == 2
