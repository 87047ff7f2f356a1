"""Airbyte's verbs, with a fake in the place of the socket."""

import gc
import io
import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.models import (
    AirbyteMessageSerializer,
    ConfiguredAirbyteCatalogSerializer,
    Status,
)

from source_destination_clientes import DestinationClientes
from source_destination_clientes.http import connect
from source_destination_clientes.http.transport import Answer, Request
from source_destination_clientes.manifest.shipped import shipped_manifest
from unit_tests.kit.fakes import ACCEPTING, FakeServer, answer

CONFIG: dict[str, Any] = {
    "environment": {"environment_type": "production"},
    "credentials": {"auth_type": "bearer_token", "token": "s3cret-token"},
    "id_inquilino": "inq",
    "id_proprietario": "p",
}
CATALOG = {
    "streams": [
        {
            "stream": {"name": "clientes", "json_schema": {}, "supported_sync_modes": ["incremental"]},
            "sync_mode": "incremental",
            "destination_sync_mode": "append_dedup",
        }
    ]
}


def pdvsync(request: Request) -> Answer:
    if request.operation == "open a lote":
        return answer({"success": True, "data": {"loteOrigem": "L-1"}})
    if request.operation == "ask for the status of a lote":
        return answer({"success": False}, 404)
    return answer(ACCEPTING if request.operation == "send a chunk" else b"")


def record(number: int) -> dict[str, Any]:
    data = {"idRetaguarda": f"C-{number}", "nome": "Ana", "cpfCnpj": "52998224725"}
    return {"type": "RECORD", "record": {"stream": "clientes", "data": data, "emitted_at": 1}}


STATE = {
    "type": "STATE",
    "state": {
        "type": "STREAM",
        "id": 7,
        "stream": {"stream_descriptor": {"name": "clientes"}, "stream_state": {"n": 1}},
    },
}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> FakeServer:
    server = FakeServer(reply=pdvsync)
    monkeypatch.setattr(connect, "make_transport", lambda _settings, _bases: server)
    return server


class Process:
    """The process around a command: its files, its pipes and what it changes for good."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.monkeypatch = monkeypatch
        self.stdout = io.BytesIO()
        self._text = io.TextIOWrapper(self.stdout)

    def run(self, verb: str, config: object = CONFIG, catalog: object = CATALOG, stdin: bytes = b"") -> int:
        paths = {name: self.folder / name for name in ("config", "catalog", "stdin")}
        paths["config"].write_text(json.dumps(config))
        paths["catalog"].write_text(json.dumps(catalog))
        paths["stdin"].write_bytes(stdin)
        options = {"spec": [], "write": ["config", "catalog"]}.get(verb, ["config"])
        arguments = [part for name in options for part in (f"--{name}", str(paths[name]))]
        self.monkeypatch.setattr(sys, "stdout", self._text)
        with paths["stdin"].open() as file:
            self.monkeypatch.setattr(sys, "stdin", file)
            try:
                DestinationClientes().run([verb, *arguments])
            except SystemExit as end:
                return int(str(end.code))
            return 0

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stdout.getvalue().splitlines()]

    def kinds(self) -> list[str]:
        return [message["type"] for message in self.messages]


@pytest.fixture
def process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Process]:
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    thresholds = gc.get_threshold()
    yield Process(tmp_path, monkeypatch)
    gc.unfreeze()
    gc.set_threshold(*thresholds)
    for number, handler in handlers.items():
        signal.signal(number, handler)


def test_spec_is_one_message(process: Process) -> None:
    assert process.run("spec") == 0
    (message,) = process.messages
    assert message["type"] == "SPEC"
    assert "id_inquilino" in message["spec"]["connectionSpecification"]["properties"]


@pytest.mark.usefixtures("server")
def test_check_is_one_status(process: Process) -> None:
    assert process.run("check") == 0
    assert [message for message in process.messages if message["type"] != "LOG"] == [
        {"type": "CONNECTION_STATUS", "connectionStatus": {"status": "SUCCEEDED"}}
    ]


def test_a_config_that_cannot_be_is_a_failed_check_not_an_error(process: Process) -> None:
    assert process.run("check", {**CONFIG, "id_inquilino": ""}) == 0
    (message,) = process.messages
    assert message["connectionStatus"]["status"] == "FAILED"
    assert "id_inquilino" in message["connectionStatus"]["message"]


def test_discover_is_one_message(process: Process) -> None:
    assert process.run("discover") == 0
    (message,) = process.messages
    assert message["type"] == "DESTINATION_CATALOG"
    found = {each["object_name"] for each in message["destination_catalog"]["operations"]}
    assert found == {*shipped_manifest().names} - {"anexo"}


def test_write_says_what_it_writes_gives_states_back_as_they_came_and_sums_up(
    process: Process, server: FakeServer
) -> None:
    lines = b"".join(json.dumps(each).encode() + b"\n" for each in (record(1), record(2), STATE))
    assert process.run("write", stdin=lines) == 0
    opening, first, *rest = process.messages
    assert "Stream clientes is cliente" in opening["log"]["message"]
    assert first["state"]["id"] == 7
    assert first["state"]["destinationStats"]["recordCount"] == 2
    assert {message["type"] for message in rest} == {"LOG"}
    assert "2 accepted" in rest[0]["log"]["message"]
    assert server.requests[0].headers["Authorization"] == "Bearer s3cret-token"


def test_an_empty_source_opens_nothing_and_succeeds(process: Process, server: FakeServer) -> None:
    assert process.run("write") == 0
    assert server.requests == []


@pytest.mark.usefixtures("server")
def test_a_failed_write_ends_with_one_error_behind_its_summary(process: Process) -> None:
    assert process.run("write", stdin=b'{"type":"RECORD", broken\n') == 1
    assert process.kinds()[-1] == "TRACE"
    assert process.kinds().count("TRACE") == 1
    assert process.messages[-1]["trace"]["error"]["failure_type"] == "system_error"


@pytest.mark.parametrize("verb", ["write", "discover"])
def test_a_config_that_cannot_be_is_an_error_of_every_other_verb(process: Process, verb: str) -> None:
    assert process.run(verb, {**CONFIG, "credentials": {}}) == 1
    (message,) = process.messages
    assert message["trace"]["error"]["failure_type"] == "config_error"


def test_an_unexpected_error_shows_no_secret_and_no_text(process: Process, server: FakeServer) -> None:
    server.reply = None
    lines = json.dumps(record(1)).encode() + b"\n"
    assert process.run("write", stdin=lines) == 1
    assert process.messages[-1]["trace"]["error"]["failure_type"] == "system_error"
    assert b"s3cret" not in process.stdout.getvalue()


def test_prints_of_a_library_do_not_reach_stdout(
    process: Process, server: FakeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    def chatty(request: Request) -> Answer:
        print("a library says hello")  # noqa: T201 - what it is about
        return pdvsync(request)

    server.reply = chatty
    assert process.run("write", stdin=json.dumps(record(1)).encode() + b"\n") == 0
    assert b"hello" not in process.stdout.getvalue()
    assert "hello" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["sing"], ["check"], ["write", "--config", "c"]])
def test_a_command_line_airbyte_would_not_write_is_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        DestinationClientes().run(arguments)
    assert caught.value.code == 2


def test_pyairbyte_writes_with_objects_of_the_cdk(server: FakeServer) -> None:
    catalog = ConfiguredAirbyteCatalogSerializer.load(CATALOG)
    messages = [AirbyteMessageSerializer.load(each) for each in (record(1), STATE)]
    (state,) = DestinationClientes().write(CONFIG, catalog, messages)
    assert state.state is not None
    assert state.state.destinationStats is not None
    assert state.state.destinationStats.recordCount == 1
    assert [request.operation for request in server.requests] == [
        "open a lote",
        "send a chunk",
        "close the lote",
    ]


@pytest.mark.usefixtures("server")
def test_pyairbyte_checks_with_an_object_of_the_cdk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(io.BytesIO()))
    destination, logger = DestinationClientes(), Any
    assert destination.check(logger, CONFIG).status is Status.SUCCEEDED  # type: ignore[arg-type] # it is not used
    failed = destination.check(logger, {})  # type: ignore[arg-type] # as above
    assert failed.status is Status.FAILED
    assert "id_inquilino" in str(failed.message)
    assert destination.spec(logger).connectionSpecification  # type: ignore[arg-type] # as above
