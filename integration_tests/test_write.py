"""The main job over TCP: clientes in closed lotes, rejections in the dead letter, states with their counts."""

import json
from pathlib import Path
from typing import Any

import pytest

from integration_tests.harness import catalog, dead_letter, good, record, state, write
from integration_tests.sandbox_client import Sandbox


def with_states(records: list[dict[str, Any]], every: int) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    for position, each in enumerate(records, start=1):
        messages.append(record(each))
        if position % every == 0:
            messages.append(state(position))
    return messages


@pytest.mark.parametrize("version", ["v2", "v3"])
def test_clientes_arrive_in_closed_lotes_and_every_state_comes_back(version: str, tmp_path: Path) -> None:
    records = [good(number) for number in range(2537)]
    with Sandbox(latency_ms=15) as sandbox:
        result = write(tmp_path, sandbox.config(api_version=version), with_states(records, every=500))
        seen, tills = sandbox.state(), sandbox.clientes()
    assert result.code == 0, result.everything
    assert set(tills) == {each["idRetaguarda"] for each in records}
    assert seen["open_lotes"] == 0
    assert seen["max_records_per_request"] <= 100
    assert seen["max_in_flight"] >= 3
    assert sum(lote["records"] for lote in seen["lotes"]) == 2537
    assert all(lote["records"] <= 1000 and lote["closed_at"] for lote in seen["lotes"])
    assert [message["id"] for message in result.states] == [500, 1000, 1500, 2000, 2500]
    assert result.counts == (2500, 0)
    assert all(type(message["id"]) is int for message in result.states)
    assert b'"recordCount":500.0' in result.stdout


SIX_WAYS: dict[str, tuple[dict[str, Any], str, str | None]] = {
    "no name": ({"nome": None}, "missing_field", "nome"),
    "long name": ({"nome": "x" * 300}, "too_long", "nome"),
    "wrong digits": ({"cpfCnpj": "123.456.789-00"}, "bad_document", "cpfCnpj"),
    "no flag": ({"bloqueado": "talvez"}, "wrong_type", "bloqueado"),
    "no code": ({"situacao": "E"}, "not_in_list", "situacao"),
    "refused": ({"nome": "Fulano RECUSADO PELA API"}, "refused_by_api", None),
}


@pytest.mark.parametrize("version", ["v2", "v3"])
def test_exactly_the_bad_clientes_are_rejected_and_exactly_the_good_ones_delivered(
    version: str, tmp_path: Path
) -> None:
    ways = list(SIX_WAYS.values())
    records = [good(number) for number in range(600)]
    expected: dict[str, tuple[str, str | None]] = {}
    for position in range(31):
        changes, reason, name = ways[position % 6]
        spoiled = records[position * 19]
        spoiled.update(changes)
        expected[spoiled["idRetaguarda"]] = (reason, name)
    letters = tmp_path / "letters"
    storage = {"storage_type": "Local", "path": str(letters)}
    with Sandbox() as sandbox:
        config = sandbox.config(api_version=version, object_storage_config=storage)
        result = write(tmp_path, config, with_states(records, every=100), environment={"WORKER_JOB_ID": "42"})
        tills = sandbox.clientes()
    assert result.code == 0, result.everything
    assert set(tills) == {each["idRetaguarda"] for each in records} - set(expected)
    rows = dead_letter(letters / "42" / "clientes")
    assert {row["key"]: (row["reason"], row["field"]) for row in rows} == expected
    assert len(rows) == 31
    by_key = {each["idRetaguarda"]: each for each in records}
    assert all(row["record"] == by_key[row["key"]] for row in rows)
    refused = [row for row in rows if row["reason"] == "refused_by_api"]
    assert all(
        "Cliente recusado por regra de negócio" in row["raw"] and row["http_status"] == 400 for row in refused
    )
    assert all(row["lote"] and row["stage"] == "api" for row in refused)
    assert result.counts == (569, 31)


def test_records_without_a_state_are_delivered_all_the_same(sandbox: Sandbox, tmp_path: Path) -> None:
    result = write(tmp_path, sandbox.config(), [record(good(1)), state(1), record(good(2))])
    assert result.code == 0
    assert set(sandbox.clientes()) == {"C-000001", "C-000002"}
    assert result.counts == (1, 0)


def test_an_empty_stdin_opens_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    result = write(tmp_path, sandbox.config(), [])
    assert (result.code, result.errors, sandbox.state()["requests"]) == (0, [], {})


def test_a_global_state_covers_all_streams(sandbox: Sandbox, tmp_path: Path) -> None:
    shared = {"type": "GLOBAL", "id": 9, "global": {"shared_state": {"lsn": 1}, "stream_states": []}}
    messages = [
        record(good(1), "clientes"),
        record(
            {"idRetaguarda": "E-1", "idClienteRetaguarda": "C-000001", "cep": "01310-100"}, "clienteenderecos"
        ),
        {"type": "STATE", "state": shared},
    ]
    result = write(tmp_path, sandbox.config(), messages, catalog("clientes", "clienteenderecos"))
    assert result.code == 0, result.everything
    (answered,) = result.states
    assert {key: answered[key] for key in shared} == shared
    assert answered["destinationStats"]["recordCount"] == 2.0
    assert sandbox.state()["lotes"][0]["tipoLote"] == [0, 56]
    assert sandbox.enderecos()["E-1"]["cep"] == "01310100"


def test_a_legacy_state_leaves_as_it_came(sandbox: Sandbox, tmp_path: Path) -> None:
    legacy = {"data": {"cursor": 12345678901234567890123}, "id": 3}
    result = write(tmp_path, sandbox.config(), [record(good(1)), {"type": "STATE", "state": legacy}])
    (answered,) = result.states
    assert {key: answered[key] for key in legacy} == legacy


def test_the_later_version_of_a_cliente_wins_and_both_count(sandbox: Sandbox, tmp_path: Path) -> None:
    messages = [record(good(1, nome="Antes")), record(good(1, nome="Depois")), state(1)]
    result = write(tmp_path, sandbox.config(), messages)
    assert sandbox.clientes()["C-000001"]["nome"] == "Depois"
    assert result.counts == (2, 0)


def test_big_numbers_survive_into_the_dead_letter(sandbox: Sandbox, tmp_path: Path) -> None:
    data = b'{"idRetaguarda":18446744073709551617000,"price":0.12345678901234567890123,"nome":null}'
    line = b'{"type":"RECORD","record":{"stream":"clientes","emitted_at":1,"data":' + data + b"}}"
    storage = {"storage_type": "Local", "path": str(tmp_path / "letters")}
    assert write(tmp_path, sandbox.config(object_storage_config=storage), [line]).code == 0
    (path,) = (tmp_path / "letters").rglob("*.jsonl")
    assert data in path.read_bytes()


def test_when_all_are_rejected_the_sync_fails_before_any_state_leaves(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    storage = {"storage_type": "Local", "path": str(tmp_path / "letters")}
    messages = with_states([good(number, nome=None) for number in range(150)], every=10)
    result = write(tmp_path, sandbox.config(object_storage_config=storage), messages)
    assert result.code == 1
    assert result.states == []
    assert [error["failure_type"] for error in result.errors] == ["config_error"]
    assert "missing_field" in result.errors[0]["message"]
    assert "C-000000" in result.errors[0]["message"]
    assert len(dead_letter(tmp_path / "letters")) >= 100


def test_rejections_before_the_first_lote_is_full_do_not_pass_for_all_there_is(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    records = [good(number, **({"nome": None} if number % 3 == 0 else {})) for number in range(1200)]
    config = sandbox.config(rejections={"fail_above_percent": 40})
    result = write(tmp_path, config, with_states(records, every=50))
    assert (result.code, result.counts) == (0, (800, 400)), result.everything


def test_the_first_rejections_of_a_reason_are_logged_and_the_rest_counted(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    records = [good(number, nome=None) for number in range(20)] + [good(number) for number in range(20, 40)]
    config = sandbox.config(rejections={"logged_per_reason": 3})
    result = write(tmp_path, config, [record(each) for each in records])
    warnings = [
        message["log"]["message"] for message in result.of("LOG") if message["log"]["level"] == "WARN"
    ]
    assert len(warnings) == 3
    assert "missing_field 20" in result.log
    summary = json.loads(result.of("LOG")[-1]["log"]["message"])["summary"]
    assert summary["streams"][0]["reasons"] == {"missing_field": 20}


def test_noise_on_stdin_is_counted_and_a_broken_record_stops_the_sync(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    noisy = write(
        tmp_path, sandbox.config(), [b"hello", record(good(1)), b"", {"type": "NEW_KIND", "x": 1}, state(1)]
    )
    assert (noisy.code, noisy.counts) == (0, (1, 0))
    assert "1 line on stdin was not an Airbyte message" in noisy.log
    broken = b'{"type":"RECORD","record":{"stream":"clientes","data":{"nome":"Maria das Dores"'
    result = write(tmp_path, sandbox.config(), [record(good(2)), state(1), broken])
    assert result.code == 1
    assert [error["failure_type"] for error in result.errors] == ["system_error"]
    assert "Maria" not in result.everything
    assert sandbox.state()["open_lotes"] == 0
