"""A dead letter in S3, against a real server."""

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from integration_tests.harness import Result, Write, command, good, record, state, write
from integration_tests.s3_server import Gate, S3Server, storage_at
from integration_tests.sandbox_client import Sandbox

JOB = {"WORKER_JOB_ID": "42", "WORKER_JOB_ATTEMPT": "2"}


@pytest.fixture
def s3() -> Iterator[S3Server]:
    with S3Server() as running:
        yield running


def unmapped(number: int) -> dict[str, Any]:
    """A cliente whose name is in a column nobody mapped."""
    return {**good(number), "nome": None, "full_name": f"Cliente {number}"}


def reject(sandbox: Sandbox, folder: Path, storage: object, **environment: str) -> Result:
    """5 good clientes and 20 that are rejected."""
    records = [*map(record, map(good, range(5))), *map(record, map(unmapped, range(100, 120)))]
    config = sandbox.config(object_storage_config=storage)
    return write(folder, config, [*records, state(1)], environment={**JOB, **environment})


def check(folder: Path, config: dict[str, Any]) -> tuple[dict[str, Any], Result]:
    path = folder / "check-config.json"
    path.write_text(json.dumps(config))
    result = command("check", "--config", str(path))
    (message,) = result.of("CONNECTION_STATUS")
    return message["connectionStatus"], result


def test_rows_are_below_the_path_by_job_and_stream(s3: S3Server, sandbox: Sandbox, tmp_path: Path) -> None:
    result = reject(sandbox, tmp_path, s3.config())
    assert (result.code, result.counts) == (0, (5, 20)), result.everything
    (name,) = s3.parts()
    folder, _, part = name.rpartition("/")
    assert folder == "airbyte/rejected/42/clientes"
    assert part.endswith(".jsonl")
    rows = s3.rows()
    assert {row["key"] for row in rows} == {good(n)["idRetaguarda"] for n in range(100, 120)}
    assert {(row["reason"], row["job_id"], row["attempt"]) for row in rows} == {("missing_field", "42", 2)}
    assert rows[0]["record"] == unmapped(100)
    assert "s3://rejected/airbyte/rejected/42" in result.log


def test_rows_are_compressed_for_who_wants_it(s3: S3Server, sandbox: Sandbox, tmp_path: Path) -> None:
    reject(sandbox, tmp_path, s3.config(compression="gzip"))
    assert [name.endswith(".jsonl.gz") for name in s3.parts()] == [True]
    assert len(s3.rows()) == 20


def test_attempts_do_not_overwrite_each_other(s3: S3Server, sandbox: Sandbox, tmp_path: Path) -> None:
    for _ in range(2):
        reject(sandbox, tmp_path, s3.config())
    assert len(s3.parts()) == 2
    assert len(s3.rows()) == 40


def test_the_keys_of_the_environment_serve_when_the_config_has_none(
    s3: S3Server, sandbox: Sandbox, tmp_path: Path
) -> None:
    storage = {name: value for name, value in s3.config().items() if "key" not in name}
    result = reject(
        sandbox, tmp_path, storage, AWS_ACCESS_KEY_ID="AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY="s3cret-of-s3"
    )
    assert result.code == 0, result.everything
    assert len(s3.rows()) == 20


def test_a_check_writes_a_small_object_and_deletes_it(s3: S3Server, sandbox: Sandbox, tmp_path: Path) -> None:
    s3.keep_versions()
    status, _ = check(tmp_path, sandbox.config(object_storage_config=s3.config()))
    assert status == {"status": "SUCCEEDED"}
    assert s3.names() == []
    history = s3.history()
    assert sorted(kind for kind, _ in history) == ["DeleteMarker", "Version"]
    (name,) = {name for _, name in history}
    assert name.startswith("airbyte/rejected/_check_")


def test_a_missing_bucket_is_named_by_check_and_write_alike(
    s3: S3Server, sandbox: Sandbox, tmp_path: Path
) -> None:
    storage = s3.config(s3_bucket_name="gone")
    status, _ = check(tmp_path, sandbox.config(object_storage_config=storage))
    assert status["status"] == "FAILED"
    assert "bucket gone" in status["message"]
    assert "does not exist" in status["message"]
    result = reject(sandbox, tmp_path, storage)
    assert (result.code, result.states) == (1, [])
    (error,) = result.errors
    assert error["failure_type"] == "config_error"
    assert "bucket gone" in error["message"]
    assert sandbox.state()["open_lotes"] == 0


def test_refused_keys_are_reported_with_bucket_and_rights_and_never_shown(
    s3: S3Server, sandbox: Sandbox, tmp_path: Path
) -> None:
    s3.refuse_keys()
    status, checked = check(tmp_path, sandbox.config(object_storage_config=s3.config()))
    assert status["status"] == "FAILED"
    written = reject(sandbox, tmp_path, s3.config())
    assert (written.code, written.states) == (1, [])
    (error,) = written.errors
    assert error["failure_type"] == "config_error"
    for said in (status["message"], error["message"]):
        assert "bucket rejected" in said
        assert "read, write, list and delete" in said
    assert "s3cret" not in checked.everything + written.everything


@pytest.mark.parametrize("endpoint", ["minio:9000", "http://bad host:9000"])
def test_an_address_that_is_none_is_a_sentence_not_a_crash(
    sandbox: Sandbox, tmp_path: Path, endpoint: str
) -> None:
    storage = storage_at(endpoint)
    status, _ = check(tmp_path, sandbox.config(object_storage_config=storage))
    assert status["status"] == "FAILED"
    assert "object_storage_config" in status["message"]
    result = reject(sandbox, tmp_path, storage)
    assert (result.code, result.states) == (1, [])
    assert [error["failure_type"] for error in result.errors] == ["config_error"]


def test_a_server_that_dies_in_mid_sync_stops_it_before_the_state_leaves(
    s3: S3Server, sandbox: Sandbox, tmp_path: Path
) -> None:
    config = sandbox.config(
        object_storage_config=s3.config(), lote={"max_open_seconds": 1}, network={"retry_minutes": 0}
    )
    run = Write(tmp_path, config, environment=JOB).start()
    run.send(record(good(1)), record(unmapped(100)), state(1))
    run.wait_for(lambda message: message["type"] == "STATE")
    s3.die()
    run.send(record(good(2)), record(unmapped(101)), state(2), record(good(3)), state(3))
    run.close()
    result = run.finish()
    assert (result.code, [message["id"] for message in result.states]) == (1, [1])
    (error,) = result.errors
    assert error["failure_type"] == "transient_error"
    assert "bucket rejected" in error["message"]
    assert sandbox.state()["open_lotes"] == 0
    assert set(sandbox.clientes()) == {good(n)["idRetaguarda"] for n in (1, 2, 3)}


@pytest.fixture
def gate(s3: S3Server) -> Iterator[Gate]:
    gate = Gate(s3.url)
    yield gate
    gate.close()


def start_behind(gate: Gate, sandbox: Sandbox, folder: Path) -> Write:
    """A sync whose good and rejected clientes have all come, and whose bucket is behind the gate."""
    run = Write(folder, sandbox.config(object_storage_config=storage_at(gate.url)), environment=JOB).start()
    run.send(record(good(1)), *map(record, map(unmapped, range(100, 120))), state(1))
    run.close()
    return run


def is_wait_for_the_dead_letter(message: dict[str, Any]) -> bool:
    return message["type"] == "LOG" and "to write the dead letter again" in message["log"]["message"]


def test_a_bucket_that_is_away_for_a_while_is_waited_for_and_nothing_is_lost(
    s3: S3Server, gate: Gate, sandbox: Sandbox, tmp_path: Path
) -> None:
    run = start_behind(gate, sandbox, tmp_path)
    run.wait_for(is_wait_for_the_dead_letter)
    # Longer than obstore alone would try.
    time.sleep(2)
    gate.open()
    result = run.finish()
    assert (result.code, result.counts) == (0, (1, 20)), result.everything
    assert {row["key"] for row in s3.rows()} == {good(n)["idRetaguarda"] for n in range(100, 120)}


def test_a_signal_ends_the_wait_for_a_bucket_that_is_away(
    gate: Gate, sandbox: Sandbox, tmp_path: Path
) -> None:
    run = start_behind(gate, sandbox, tmp_path)
    run.wait_for(is_wait_for_the_dead_letter)
    run.signal(signal.SIGTERM)
    asked = time.monotonic()
    result = run.finish()
    assert time.monotonic() - asked < 12
    assert (result.code, result.states) == (1, [])
    assert sandbox.state()["open_lotes"] == 0


@pytest.mark.slow
def test_a_bucket_that_hangs_does_not_keep_a_stopped_sync_from_ending(
    gate: Gate, sandbox: Sandbox, tmp_path: Path
) -> None:
    gate.get_stuck()
    run = start_behind(gate, sandbox, tmp_path)
    with gate.wait_for_somebody():
        run.signal(signal.SIGTERM)
        asked = time.monotonic()
        result = run.finish()
        assert time.monotonic() - asked < 30
    assert (result.code, result.states) == (1, [])
    assert sandbox.state()["open_lotes"] == 0


def test_a_dead_letter_in_a_bucket_is_replayed_and_marked(
    s3: S3Server, sandbox: Sandbox, tmp_path: Path
) -> None:
    reject(sandbox, tmp_path, s3.config())
    streams = [{"stream": "clientes", "fields": [{"field": "nome", "value": "full_name"}]}]
    path = tmp_path / "replay-config.json"
    path.write_text(json.dumps(sandbox.config(object_storage_config=s3.config(), streams=streams)))
    first, second = (command("replay", "--config", str(path), "--json") for _ in range(2))
    assert first.code == 0, first.everything
    numbers = json.loads(first.stdout)
    assert (numbers["rows"], numbers["accepted"], numbers["rejected"]) == (20, 20, 0)
    assert len(sandbox.clientes()) == 25
    again = json.loads(second.stdout)
    assert (again["rows"], again["settled_before"]) == (0, 20)
