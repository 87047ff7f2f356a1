"""What a check asks for, and what it says of each trouble."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from source_destination_clientes.commands.probes import check_connections
from source_destination_clientes.http import connect
from source_destination_clientes.http.transport import Answer, Request
from source_destination_clientes.protocol.context import RunContext
from source_destination_clientes.runtime.stopping import Stop
from source_destination_clientes.settings import Settings
from unit_tests.kit.fakes import FakeReporter, FakeServer, answer

BASE = {
    "environment": {
        "environment_type": "custom",
        "control_url": "https://control.example",
        "clientes_url": "https://clientes.example",
    },
    "credentials": {
        "auth_type": "rac_password",
        "username": "u",
        "password": "p",
        "client_id": "c",
        "client_secret": "s",
        "rac_tenant": "t",
    },
    "id_inquilino": "inq",
    "id_proprietario": "p",
}


def healthy(request: Request) -> Answer:
    if request.operation == "get a RAC token":
        return answer({"access_token": "t", "expires_in": 1200})
    if request.operation == "ask for the status of a lote":
        return answer({"success": False, "message": "Lote não encontrado"}, 404)
    assert request.operation == "reach the clientes service"
    return answer(b"", 405)


def unless(operation: str, status: int, body: object = b"") -> Callable[[Request], Answer]:
    return lambda request: answer(body, status) if request.operation == operation else healthy(request)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> FakeServer:
    server = FakeServer(reply=healthy)
    monkeypatch.setattr(connect, "make_transport", lambda _settings, _bases: server)
    return server


def problems(**changes: Any) -> list[str]:
    settings = Settings.parse({**BASE, **changes})
    return check_connections(settings, RunContext(FakeReporter(), Stop()))


def test_a_check_that_finds_nothing_has_opened_no_lote_and_sent_no_record(server: FakeServer) -> None:
    assert problems() == []
    assert [request.operation for request in server.requests] == [
        "get a RAC token",
        "ask for the status of a lote",
        "reach the clientes service",
    ]
    assert {request.method for request in server.requests[1:]} == {"GET"}


def test_without_a_token_nothing_else_is_asked_of_pdvsync(server: FakeServer) -> None:
    server.reply = unless("get a RAC token", 400, {"error": "invalid_grant"})
    (problem,) = problems()
    assert "invalid_grant" in problem
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("operation", "host"),
    [("ask for the status of a lote", "control.example"), ("reach the clientes service", "clientes.example")],
)
def test_a_missing_permission_is_told_for_the_service_it_is_missing_on(
    server: FakeServer, operation: str, host: str
) -> None:
    server.reply = unless(operation, 403)
    (problem,) = problems()
    assert host in problem
    assert "RETAGUARDA" in problem


def test_every_problem_has_a_sentence(server: FakeServer, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    server.reply = unless("ask for the status of a lote", 403)
    storage = {"storage_type": "Local", "path": str(tmp_path / "file")}
    streams = [{"stream": "crm", "fields": [{"field": "shoe_size", "value": "x"}]}]
    mapping, dead_letter, permission = problems(object_storage_config=storage, streams=streams)
    assert "shoe_size" in mapping
    assert "dead letter" in dead_letter
    assert "403" in permission


def test_a_key_of_an_object_store_that_is_none_is_a_sentence_too(server: FakeServer) -> None:
    storage = {"storage_type": "GCS", "gcs_bucket_name": "b", "service_account_json": "not JSON"}
    (problem,) = problems(object_storage_config=storage)
    assert "object_storage_config" in problem


def test_a_dead_letter_that_can_be_written_is_left_empty(server: FakeServer, tmp_path: Path) -> None:
    assert problems(object_storage_config={"storage_type": "Local", "path": str(tmp_path)}) == []
    assert list(tmp_path.iterdir()) == []


def test_a_bearer_token_needs_no_fetching(server: FakeServer) -> None:
    assert problems(credentials={"auth_type": "bearer_token", "token": "abc"}) == []
    assert {request.headers["Authorization"] for request in server.requests} == {"Bearer abc"}


def test_a_customers_api_that_is_configured_is_asked_too(server: FakeServer) -> None:
    attachments = {"attachments_type": "attach_api", "base_url": "https://customers.example", "api_key": "k"}

    def reply(request: Request) -> Answer:
        return answer(b"", 403) if "customers.example" in request.url else healthy(request)

    server.reply = reply
    (problem,) = problems(attachments=attachments)
    assert "customers.example" in problem
    assert "readWrite" in problem
