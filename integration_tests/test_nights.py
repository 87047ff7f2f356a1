"""Night after night with the installed command: only what changed is sent, every run leaves a report, and kills lose nothing."""

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from integration_tests.harness import Result, Write, command, good, record, state, write
from integration_tests.sandbox_client import Sandbox


def nightly(sandbox: Sandbox, folder: Path, **overrides: Any) -> dict[str, Any]:
    return sandbox.config(
        object_storage_config={"storage_type": "Local", "path": str(folder / "kept")},
        delivery_index={"mode": "skip_unchanged"},
        **overrides,
    )


def unchanged(result: Result) -> int:
    stats = [message["destinationStats"].get("additionalStats", {}) for message in result.states]
    return int(sum(each.get("unchangedCount", 0) for each in stats))


def test_the_second_of_two_nights_sends_the_one_cliente_that_changed(tmp_path: Path) -> None:
    people = [good(number) for number in range(5_000)]
    with Sandbox() as sandbox:
        config = nightly(sandbox, tmp_path)
        first = write(tmp_path, config, [*map(record, people), state(1)])
        lotes, sends = len(sandbox.requests("open")), len(sandbox.requests("send"))
        people[4_321]["nome"] = "Novo Nome"
        second = write(tmp_path, config, [*map(record, people), state(2)])
        assert len(sandbox.requests("open")) == lotes + 1
        assert len(sandbox.requests("send")) == sends + 1
        third = write(tmp_path, config, [*map(record, people), state(3)])
        assert len(sandbox.requests("open")) == lotes + 1
        assert sandbox.clientes()["C-004321"]["nome"] == "Novo Nome"
    assert [first.code, second.code, third.code] == [0, 0, 0], second.everything
    assert [first.counts, second.counts, third.counts] == [(5_000, 0)] * 3
    assert [unchanged(first), unchanged(second), unchanged(third)] == [0, 4_999, 5_000]
    kept = b"".join(path.read_bytes() for path in (tmp_path / "kept" / "index").rglob("*") if path.is_file())
    assert b"Novo Nome" not in kept
    assert b"C-004321" not in kept


def test_in_the_morning_report_and_status_tell_of_the_night(tmp_path: Path) -> None:
    people = [good(number) for number in range(200)]
    people[3]["cpfCnpj"] = "11111111111"
    page = tmp_path / "report.html"
    with Sandbox(store_delay_seconds=1) as sandbox:
        config = nightly(sandbox, tmp_path)
        write(tmp_path, config, [*map(record, people), state(1)], environment={"WORKER_JOB_ID": "42"})
        path = str(tmp_path / "config.json")
        told = command("report", "--config", path, "--json")
        shown = command(
            "report", "--config", path, "--job", "42", "--output", str(page), "--language", "pt-BR"
        )
        status = command("status", "--config", path, "--json")
        table = command("status", "--config", path)
    report = json.loads(told.stdout)
    assert (report["job"], report["ending"], report["states"]) == ("42", "completed", 1)
    assert report["streams"][0]["rejections"] == [
        {"stage": "mapping", "reason": "bad_document", "field": "cpfCnpj", "count": 1}
    ]
    (lote,) = report["lotes"]
    assert lote["records"] == 199
    assert shown.code == 0, shown.stderr
    assert "Corrija na origem" in page.read_text()
    assert [each["lote"] for each in json.loads(status.stdout)["lotes"]] == [lote["code"]]
    assert lote["code"] in table.stdout.decode()


def test_a_sync_that_fails_leaves_a_report_that_says_why(tmp_path: Path) -> None:
    with Sandbox() as sandbox:
        config = nightly(sandbox, tmp_path)
        result = write(tmp_path, config, [record({"idRetaguarda": f"C-{n}"}) for n in range(120)])
        told = command("report", "--config", str(tmp_path / "config.json"), "--json")
    assert result.code == 1
    report = json.loads(told.stdout)
    assert (report["ending"], report["failure"], report["states"]) == ("failed", "config_error", 0)
    assert "All 120 records were rejected" in report["message"]


@pytest.mark.slow
def test_after_kills_at_random_moments_the_tills_equal_the_source(tmp_path: Path) -> None:
    """Every sync but the last is killed; between them the source changes and changes back."""
    chance = random.Random(11)
    names = dict.fromkeys(range(60), "Ana")
    killed = 0
    with Sandbox() as sandbox:
        config = nightly(sandbox, tmp_path, lote={"records_per_lote": 10, "open_lote_wait_minutes": 0})
        for night in range(13):
            for number in chance.sample(sorted(names), 15):
                names[number] = chance.choice(["Ana", "Bia"])
            people = [good(number, nome=name) for number, name in names.items()]
            run = Write(tmp_path, config).start()
            run.send(*map(record, people), state(night))
            if night < 12:
                try:
                    run.process.wait(chance.uniform(0.5, 4))
                except subprocess.TimeoutExpired:
                    run.process.kill()
                    killed += 1
                run.finish()
            else:
                run.close()
                assert run.finish().code == 0
        assert {key: each["nome"] for key, each in sandbox.clientes().items()} == {
            good(number)["idRetaguarda"]: name for number, name in names.items()
        }
    assert killed == 12
