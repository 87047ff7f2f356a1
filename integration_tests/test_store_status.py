"""What the stores report after a lote is closed: followed in a sync, and asked for by command."""

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from integration_tests.harness import Result, Write, command, dead_letter, good, record, state, write
from integration_tests.sandbox_client import Sandbox

STORES = ["0101", "0102"]


def polling(sandbox: Sandbox, folder: Path, minutes: float = 1, **lote: Any) -> dict[str, Any]:
    return sandbox.config(
        lote={"store_status": {"mode": "poll", "wait_minutes": minutes}, **lote},
        object_storage_config={"storage_type": "Local", "path": str(folder / "rejected")},
    )


def numbers(result: Result) -> dict[str, Any]:
    (line,) = [text for text in result.log.splitlines() if text.startswith("{")]
    found: dict[str, Any] = json.loads(line)["summary"]
    return found


def test_what_a_store_refuses_goes_to_the_dead_letter_although_its_state_has_left(tmp_path: Path) -> None:
    records = [good(number) for number in range(250)]
    for position in (3, 70, 249):
        records[position]["nome"] = "Fulano RECUSADO NA LOJA"
    with Sandbox(store_delay_seconds=1) as sandbox:
        config = polling(sandbox, tmp_path, records_per_lote=100)
        result = write(tmp_path, config, [*map(record, records), state(1)])
    assert result.code == 0, result.everything
    assert result.counts == (250, 0)
    rows = dead_letter(tmp_path / "rejected")
    assert sorted(row["key"] for row in rows) == ["C-000003", "C-000070", "C-000249"]
    assert {(row["stage"], row["reason"]) for row in rows} == {("store", "refused_by_store")}
    assert all(row["lote"] and row["raw"] and "0102" in row["message"] for row in rows)
    assert {row["record"]["nome"] for row in rows} == {"Fulano RECUSADO NA LOJA"}
    summary = numbers(result)
    assert summary["streams"][0]["accepted"] == 250
    assert summary["streams"][0]["refused_later"] == {"refused_by_store": 3}
    stores = summary["stores"]
    assert (stores["followed"], stores["downloaded"], stores["refused"], stores["unfinished"]) == (3, 1, 2, 0)
    assert stores["lotes"][0]["stores"] == {"0101": "BaixadoComSucesso", "0102": "BaixadoComErro"}


def test_an_error_of_the_whole_lote_concerns_each_of_its_records(tmp_path: Path) -> None:
    records = [good(number) for number in range(20)]
    records[0]["nome"] = "LOTE RECUSADO NA LOJA"
    with Sandbox(store_delay_seconds=1) as sandbox:
        result = write(tmp_path, polling(sandbox, tmp_path), map(record, records))
    assert result.code == 0, result.everything
    rows = dead_letter(tmp_path / "rejected")
    assert sorted(row["key"] for row in rows) == sorted(each["idRetaguarda"] for each in records)


@pytest.mark.slow
def test_states_leave_before_the_stores_are_done_and_an_offline_store_fails_nothing(tmp_path: Path) -> None:
    with Sandbox(store_delay_seconds=3600) as sandbox:
        run = Write(tmp_path, polling(sandbox, tmp_path, minutes=0.1)).start()
        run.send(record(good(1)), state(1))
        run.close()
        left = run.wait_for(lambda message: message["type"] == "STATE")
        result = run.finish()
        asked = sandbox.requests("status")
    assert result.code == 0, result.everything
    assert run.messages()[-1][0] - left > 4
    assert dead_letter(tmp_path / "rejected") == []
    assert len(asked) >= 2
    assert "has not finished 1 lotes yet" in result.log
    assert numbers(result)["stores"]["unfinished"] == 1


def test_a_stop_ends_the_wait_for_the_stores(tmp_path: Path) -> None:
    with Sandbox(store_delay_seconds=3600) as sandbox:
        run = Write(tmp_path, polling(sandbox, tmp_path, minutes=10)).start()
        run.send(record(good(1)), state(1))
        run.close()
        run.wait_for(lambda message: "Waiting for the shops" in message.get("log", {}).get("message", ""))
        run.signal(signal.SIGTERM)
        result = run.finish(timeout=10)
    assert (result.code, result.counts) == (0, (1, 0))


def test_a_status_service_that_is_down_fails_nothing(tmp_path: Path) -> None:
    with Sandbox(store_delay_seconds=1) as sandbox:
        sandbox.fault("status", "status", status=403)
        result = write(tmp_path, polling(sandbox, tmp_path), [record(good(1)), state(1)])
        sandbox.assert_all_faults_fired()
    assert (result.code, result.counts) == (0, (1, 0))
    assert "not followed any longer" in result.log


def test_nothing_is_asked_of_the_stores_unless_wanted(tmp_path: Path, sandbox: Sandbox) -> None:
    result = write(tmp_path, sandbox.config(), [record(good(1)), state(1)])
    assert result.code == 0, result.everything
    assert sandbox.requests("status") == []


def test_the_status_command_shows_how_far_each_store_is_and_what_it_refused(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    with Sandbox(store_delay_seconds=0) as sandbox:
        write(
            tmp_path,
            sandbox.config(),
            [record(good(1)), record(good(2, nome="Fulano RECUSADO NA LOJA"))],
        )
        config.write_text(json.dumps(sandbox.config()))
        code = sandbox.state()["lotes"][0]["loteOrigem"]
        shown = command("status", "--config", str(config), "--lote", code)
        machine = command("status", "--config", str(config), "--lote", code, "--json")
        fine = command("status", "--config", str(config), "--lote", code, "--store", "0101")
        unknown = command("status", "--config", str(config), "--lote", "nobody-knows")
    assert shown.code == machine.code == 1
    assert fine.code == 0
    text = shown.stdout.decode()
    assert "BaixadoComErro" in text
    assert "C-000002" in text
    stores = json.loads(machine.stdout)["stores"]
    assert [store["store"] for store in stores] == STORES
    assert stores[1]["errors"][0]["key"] == "C-000002"
    assert (unknown.code, unknown.stdout) == (1, b"")
    assert "does not know lote nobody-knows" in unknown.stderr


def test_the_status_command_shows_people_only_when_asked_to(tmp_path: Path) -> None:
    cpf, mail = "529.982.247-25", "ana@example.com"
    words = f"CPF {cpf} de {mail} recusado"
    # Alike once they are masked, and still two.
    refused = [{"idRetaguarda": key, "erro": words} for key in (cpf, "111.444.777-25")]
    stores = [{"idRetaguardaLoja": "0102", "status": 6, "errosIdentificados": refused}]
    answer = {"success": True, "data": {"lojaLotes": stores}}
    with Sandbox() as sandbox:
        config = tmp_path / "config.json"
        config.write_text(json.dumps(sandbox.config()))
        sandbox.fault("status", "status", status=200, body=json.dumps(answer), times=4)
        ask = ("status", "--config", str(config), "--lote", "L-1")
        masked, table = command(*ask, "--json"), command(*ask)
        revealed, whole = command(*ask, "--json", "--reveal"), command(*ask, "--reveal")
        sandbox.assert_all_faults_fired()
    assert [masked.code, table.code, revealed.code, whole.code] == [1, 1, 1, 1]
    hidden = {"key": "***25", "words": "CPF *** de *** recusado"}
    assert json.loads(masked.stdout)["stores"][0]["errors"] == [hidden, hidden]
    assert cpf not in table.stdout.decode()
    assert mail not in table.stdout.decode()
    assert json.loads(revealed.stdout)["stores"][0]["errors"][0] == {"key": cpf, "words": words}
    assert cpf in whole.stdout.decode()
