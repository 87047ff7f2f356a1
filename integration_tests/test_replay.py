"""A dead letter is sent again."""

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from integration_tests.harness import COMMAND, command, dead_letter, good, record, state, write
from integration_tests.sandbox_client import Sandbox


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    return tmp_path / "letters"


def config_file(folder: Path, config: dict[str, Any]) -> str:
    path = folder / "replay-config.json"
    path.write_text(json.dumps(config))
    return str(path)


def stored(sandbox: Sandbox, letters: Path, **overrides: Any) -> dict[str, Any]:
    return sandbox.config(object_storage_config={"storage_type": "Local", "path": str(letters)}, **overrides)


def reject(sandbox: Sandbox, folder: Path, letters: Path) -> None:
    """20 clientes whose name is in a column nobody mapped, 2 with a document that cannot be, 5 good ones."""
    renamed = [{**good(n), "nome": None, "full_name": f"Cliente {n}"} for n in range(20)]
    bad = [good(n, cpfCnpj="111.111.111-11") for n in range(100, 102)]
    fine = [good(n) for n in range(200, 205)]
    result = write(
        folder,
        stored(sandbox, letters),
        [*map(record, [*renamed, *bad, *fine]), state(1)],
        environment={"WORKER_JOB_ID": "42"},
    )
    assert result.counts == (5, 22)


def replay(*arguments: str) -> dict[str, Any]:
    result = command("replay", *arguments, "--json")
    assert result.code == 0, result.everything
    numbers: dict[str, Any] = json.loads(result.stdout)
    return numbers


MAPPED = {"streams": [{"stream": "clientes", "fields": [{"field": "nome", "value": "full_name"}]}]}


def test_what_a_better_mapping_settles_is_sent_and_never_sent_again(
    sandbox: Sandbox, tmp_path: Path, letters: Path
) -> None:
    reject(sandbox, tmp_path, letters)
    config = config_file(tmp_path, stored(sandbox, letters, **MAPPED))
    first = replay("--config", config)
    assert (first["rows"], first["accepted"], first["rejected"]) == (22, 20, 2)
    assert first["rejected_by_reason"] == {"bad_document": 2}
    assert set(sandbox.clientes()) == {good(n)["idRetaguarda"] for n in (*range(20), *range(200, 205))}
    sent = len(sandbox.requests("send"))
    second = replay("--config", config)
    assert (second["rows"], second["accepted"], second["rejected"]) == (2, 0, 2)
    assert second["settled_before"] == 22
    assert len(sandbox.requests("send")) == sent


def test_a_row_rejected_again_keeps_its_job_and_its_record(
    sandbox: Sandbox, tmp_path: Path, letters: Path
) -> None:
    reject(sandbox, tmp_path, letters)
    replay("--config", config_file(tmp_path, stored(sandbox, letters, **MAPPED)))
    rows = [row for row in dead_letter(letters) if row["reason"] == "bad_document"]
    assert len(rows) == 4
    assert {row["job_id"] for row in rows} == {"42"}
    assert {row["record"]["cpfCnpj"] for row in rows} == {"111.111.111-11"}


def test_a_dry_run_shows_what_would_happen_and_sends_nothing(
    sandbox: Sandbox, tmp_path: Path, letters: Path
) -> None:
    reject(sandbox, tmp_path, letters)
    before = (sandbox.state()["requests"], len(dead_letter(letters)))
    config = config_file(tmp_path, stored(sandbox, letters, **MAPPED))
    numbers = replay("--config", config, "--dry-run")
    assert (numbers["would_send"], numbers["would_reject"]) == (20, {"bad_document": 2})
    assert (sandbox.state()["requests"], len(dead_letter(letters))) == before
    shown = command("replay", "--config", config, "--dry-run").stdout.decode()
    assert "missing_field" in shown
    assert "Nothing was sent" in shown


def test_filters_choose_rows_and_an_unknown_reason_lists_the_known(
    sandbox: Sandbox, tmp_path: Path, letters: Path
) -> None:
    reject(sandbox, tmp_path, letters)
    config = config_file(tmp_path, stored(sandbox, letters, **MAPPED))
    assert replay("--config", config, "--dry-run", "--reason", "bad_document")["rows"] == 2
    assert replay("--config", config, "--dry-run", "--job", "43")["rows"] == 0
    assert (
        replay("--config", config, "--dry-run", "--stream", "clientes", "--since", "2020-01-01")["rows"] == 22
    )
    wrong = command("replay", "--config", config, "--reason", "ugly")
    assert wrong.code == 1
    assert "missing_field, too_long" in wrong.stderr


def test_a_file_can_be_replayed_with_a_config_that_keeps_no_dead_letter(
    sandbox: Sandbox, tmp_path: Path, letters: Path
) -> None:
    reject(sandbox, tmp_path, letters)
    (part,) = letters.rglob("*.jsonl")
    config = config_file(tmp_path, sandbox.config(**MAPPED))
    numbers = replay("--config", config, "--from", str(part))
    assert (numbers["accepted"], numbers["rejected"]) == (20, 2)
    assert replay("--config", config, "--from", str(part))["rows"] == 0


def test_an_unreadable_line_is_kept_counted_and_reported(
    sandbox: Sandbox, tmp_path: Path, letters: Path
) -> None:
    reject(sandbox, tmp_path, letters)
    (part,) = letters.rglob("*.jsonl")
    content = part.read_bytes()
    part.write_bytes(content + b"{broken\n")
    numbers = replay("--config", config_file(tmp_path, stored(sandbox, letters, **MAPPED)))
    assert [line["line"] for line in numbers["unreadable"]] == [23]
    assert numbers["accepted"] == 20
    assert part.read_bytes() == content + b"{broken\n"


def test_there_is_nothing_to_replay_without_a_store(sandbox: Sandbox, tmp_path: Path) -> None:
    result = command("replay", "--config", config_file(tmp_path, sandbox.config()))
    assert (result.code, result.stdout) == (1, b"")
    assert "Give --from PATH" in result.stderr
    missing = command(
        "replay", "--config", config_file(tmp_path, sandbox.config()), "--from", str(tmp_path / "none")
    )
    assert "There is no dead letter at" in missing.stderr


@pytest.mark.slow
def test_a_replay_cut_short_marks_what_it_settled_and_leaves_no_lote_open(
    tmp_path: Path, letters: Path
) -> None:
    with Sandbox(latency_ms=150) as sandbox:
        messages = [record({**good(n), "nome": None, "full_name": "Ana"}) for n in range(1500)]
        rejections = {"fail_when_all_rejected": False}
        assert write(
            tmp_path, stored(sandbox, letters, rejections=rejections), [*messages, state(1)]
        ).counts == (0, 1500)
        slow = {"records_per_lote": 300, "concurrent_requests": 1}
        config = config_file(tmp_path, stored(sandbox, letters, lote=slow, **MAPPED))
        process = subprocess.Popen(
            [*COMMAND, "replay", "--config", config, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        while len(sandbox.state()["lotes"]) < 3:
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        assert sandbox.state()["open_lotes"] == 0
        assert b"Traceback" not in (process.stderr.read() if process.stderr else b"")
        rest = replay("--config", config)
        assert rest["settled_before"] >= 500
        assert rest["accepted"] + rest["settled_before"] == 1500
        assert len(sandbox.clientes()) == 1500
