"""Files reach the customers of the customers API: rows of an anexo stream, and what clientes bring along."""

import base64
import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from integration_tests.harness import (
    Result,
    Write,
    catalog,
    command,
    cpf,
    dead_letter,
    good,
    record,
    state,
    write,
)
from integration_tests.sandbox_client import Sandbox

ANEXOS = catalog("anexos")
UPLOAD = {"upload_type": "files_api", "purpose_field": "purpose", "purpose": "pay_stub"}


def seed(sandbox: Sandbox, numbers: range) -> tuple[list[str], list[str]]:
    """A customer and a file for each number; their ids."""
    customers = sandbox.seed_customers([{"document": cpf(n)} for n in numbers])
    files = sandbox.seed_files([{} for _ in numbers])
    return [customer["id"] for customer in customers], [file["id"] for file in files]


def attached(sandbox: Sandbox) -> dict[str, list[str]]:
    """Ids of files by id of customer."""
    return {customer: files for customer, files in sandbox.attachments()["attached"].items() if files}


def anexo(**data: Any) -> dict[str, Any]:
    return record(data, "anexos")


def run(
    sandbox: Sandbox, folder: Path, messages: list[dict[str, Any]], configured: Any = ANEXOS, **changes: Any
) -> Result:
    config = sandbox.config(
        attachments=sandbox.attach_config(**changes),
        object_storage_config={"storage_type": "Local", "path": str(folder / "letters")},
        network={"retry_minutes": 0.3, "request_timeout_seconds": 5},
    )
    return write(folder, config, messages, configured)


def test_rows_attach_files_by_customer_and_by_cpf_without_opening_a_lote(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    customers, files = seed(sandbox, range(250))
    by_cpf = [anexo(cpfCnpj=cpf(n), file=files[n]) for n in range(240)]
    by_id = [anexo(customerId=customers[n], file=files[n]) for n in range(240, 250)]
    result = run(sandbox, tmp_path, [*by_cpf, *by_id, state(1, "anexos")])
    assert (result.code, result.counts) == (0, (250, 0)), result.log
    assert attached(sandbox) == {customer: [file] for customer, file in zip(customers, files, strict=True)}
    assert sandbox.state()["lotes"] == []
    assert sandbox.state()["requests"]["customers"] == 4
    assert sandbox.state()["requests"]["attach"] == 250


def test_a_file_that_is_attached_already_is_left_alone(sandbox: Sandbox, tmp_path: Path) -> None:
    _, files = seed(sandbox, range(5))
    rows = [anexo(cpfCnpj=cpf(n), file=files[n]) for n in range(5)]
    run(sandbox, tmp_path, [*rows, *rows, state(1, "anexos")])
    assert sandbox.state()["requests"]["attach"] == 5
    assert run(sandbox, tmp_path, [*rows, state(2, "anexos")]).counts == (5, 0)
    assert sandbox.state()["requests"]["attach"] == 5


def test_every_refusal_says_why(sandbox: Sandbox, tmp_path: Path) -> None:
    customers, files = seed(sandbox, range(3))
    sandbox.seed_customers([{"document": cpf(1)}, {"document": cpf(9), "deleted": True}])
    rows = [
        anexo(cpfCnpj=cpf(0), file=files[0]),
        anexo(cpfCnpj=cpf(1), file=files[1]),
        anexo(cpfCnpj=cpf(9), file=files[1]),
        anexo(cpfCnpj=cpf(800), file=files[1]),
        anexo(cpfCnpj="11.222.333/0001-81", file=files[1]),
        anexo(customerId="cust_unknown", file=files[1]),
        anexo(customerId=customers[2], file="file_unknown"),
        anexo(customerId=customers[2]),
        anexo(file=files[1]),
        anexo(cpfCnpj="111", file=files[1]),
    ]
    result = run(sandbox, tmp_path, [*rows, state(1, "anexos")])
    assert (result.code, result.counts) == (0, (1, 9))
    found = [
        (row["stage"], row["reason"])
        for row in sorted(dead_letter(tmp_path / "letters"), key=lambda r: rows.index(anexo(**r["record"])))
    ]
    assert found == [
        ("attach", "customer_ambiguous"),
        ("attach", "customer_not_found"),
        ("attach", "customer_not_found"),
        ("attach", "document_is_not_cpf"),
        ("attach", "customer_not_found"),
        ("attach", "file_refused"),
        ("attach", "missing_field"),
        ("attach", "missing_field"),
        ("mapping", "bad_document"),
    ]
    (refused,) = [row for row in dead_letter(tmp_path / "letters") if row["reason"] == "file_refused"]
    assert (refused["http_status"], refused["raw"]) == (404, "File not found")
    stats = result.states[0]["destinationStats"]["additionalStats"]
    assert stats["rejected_customer_not_found"] == 3.0


def test_files_of_clientes_are_attached_after_their_lote_and_counted_beside_them(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    customers, files = seed(sandbox, range(10))
    rows = [good(n, attachments=[{"file": files[n]}]) for n in range(9)]
    rows += [
        good(9, attachments=[files[9], {"file": "file_unknown"}]),
        good(50, attachments=[files[0]]),
        good(51),
    ]
    result = run(sandbox, tmp_path, [*map(record, rows), state(1)], catalog())
    assert (result.code, result.counts) == (0, (12, 0))
    assert len(sandbox.clientes()) == 12
    assert attached(sandbox) == {customer: [file] for customer, file in zip(customers, files, strict=True)}
    log = sandbox.requests()
    closed = max(entry["ended"] for entry in log if entry["operation"] == "close")
    assert all(entry["started"] >= closed for entry in log if entry["operation"] == "attach")
    assert result.states[0]["destinationStats"]["additionalStats"] == {
        "attachments_accepted": 10.0,
        "attachments_rejected_file_refused": 1.0,
        "attachments_rejected_customer_not_found": 1.0,
    }
    letters = dead_letter(tmp_path / "letters")
    assert sorted((row["stage"], row["reason"], row["key"]) for row in letters) == [
        ("attach", "customer_not_found", "C-000050"),
        ("attach", "file_refused", "C-000009"),
    ]
    assert "files attached: 10" in result.log


def test_attachments_nobody_asked_for_are_left_out_and_counted(sandbox: Sandbox, tmp_path: Path) -> None:
    result = write(tmp_path, sandbox.config(), [record(good(1, attachments=["file_1"])), state(1)])
    assert result.counts == (1, 0)
    assert "1 brought attachments, which were left out" in result.log


def test_an_anexo_stream_without_the_customers_api_is_a_config_error(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    result = write(tmp_path, sandbox.config(), [anexo(customerId="c", file="f")], ANEXOS)
    assert [error["failure_type"] for error in result.errors] == ["config_error"]
    assert "attachments is None" in result.errors[0]["message"]


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        ("status", {"status": 500, "times": 2}),
        ("status", {"status": 409, "times": 2}),
        ("status", {"status": 429, "headers": {"Retry-After": "1"}}),
        ("reset", {}),
        ("drop_after", {}),
        ("not_json", {}),
        ("empty_body", {}),
    ],
)
def test_a_call_that_fails_is_repeated_and_attaches_once(
    kind: str, details: dict[str, Any], sandbox: Sandbox, tmp_path: Path
) -> None:
    customers, files = seed(sandbox, range(3))
    sandbox.fault("attach", kind, **details)
    rows = [anexo(cpfCnpj=cpf(n), file=files[n]) for n in range(3)]
    result = run(sandbox, tmp_path, [*rows, state(1, "anexos")])
    assert (result.code, result.counts) == (0, (3, 0)), result.log
    assert attached(sandbox) == {customer: [file] for customer, file in zip(customers, files, strict=True)}
    sandbox.assert_all_faults_fired()


def test_a_lookup_that_fails_is_repeated(sandbox: Sandbox, tmp_path: Path) -> None:
    _, files = seed(sandbox, range(1))
    sandbox.fault("customers", "status", status=503)
    assert run(sandbox, tmp_path, [anexo(cpfCnpj=cpf(0), file=files[0]), state(1, "anexos")]).counts == (1, 0)
    sandbox.assert_all_faults_fired()


@pytest.mark.parametrize(
    ("key", "said"),
    [("wrong", "refuses the credential"), ("bs_sandbox_forbidden", "readWrite on /v1/customers")],
)
def test_a_key_that_is_refused_stops_the_sync_and_fails_the_check(
    key: str, said: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    result = run(sandbox, tmp_path, [anexo(customerId="c", file="f"), state(1, "anexos")], api_key=key)
    assert (result.code, result.states) == (1, [])
    assert [error["failure_type"] for error in result.errors] == ["config_error"]
    path = tmp_path / "check.json"
    path.write_text(json.dumps(sandbox.config(attachments=sandbox.attach_config(api_key=key))))
    (status,) = command("check", "--config", str(path)).of("CONNECTION_STATUS")
    assert status["connectionStatus"]["status"] == "FAILED"
    assert said in status["connectionStatus"]["message"]


def test_check_finds_a_base_url_that_leads_nowhere(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "check.json"
    path.write_text(
        json.dumps(sandbox.config(attachments=sandbox.attach_config(base_url=f"{sandbox.url}/nowhere")))
    )
    (status,) = command("check", "--config", str(path)).of("CONNECTION_STATUS")
    assert "attachments.base_url" in status["connectionStatus"]["message"]


def test_clientes_and_anexos_are_sent_in_one_sync_with_counts_of_their_own(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    _, files = seed(sandbox, range(5))
    messages = [
        *(record(good(n)) for n in range(20)),
        *(anexo(cpfCnpj=cpf(n), file=files[n]) for n in range(5)),
        anexo(cpfCnpj=cpf(900), file=files[0]),
        state(1),
        state(2, "anexos"),
    ]
    result = run(sandbox, tmp_path, messages, catalog("clientes", "anexos"))
    stats = {s["stream"]["stream_descriptor"]["name"]: s["destinationStats"] for s in result.states}
    assert (stats["clientes"]["recordCount"], stats["clientes"]["rejectedRecordCount"]) == (20, 0)
    assert (stats["anexos"]["recordCount"], stats["anexos"]["rejectedRecordCount"]) == (5, 1)


@pytest.mark.parametrize("encoding", ["multipart", "json_base64"])
def test_bytes_become_files_from_base64_and_from_file_transfer(
    encoding: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    customers, _ = seed(sandbox, range(3))
    staging = tmp_path / "staging"
    staging.mkdir()
    (staging / "scan.pdf").write_bytes(b"%PDF" * 100_000)
    (tmp_path / "secret").write_text("not for us")
    encoded = base64.b64encode(b"picture" * 1000).decode()
    rows = [
        anexo(cpfCnpj=cpf(0), fileContent=encoded, fileName="id.png", purpose="identity_document_front"),
        {**anexo(cpfCnpj=cpf(1))},
        {**anexo(cpfCnpj=cpf(2))},
        anexo(cpfCnpj=cpf(2), fileUrl="https://127.0.0.1/x"),
        anexo(cpfCnpj=cpf(2), fileUrl="http://example.com/x"),
        anexo(cpfCnpj=cpf(2), fileContent="no*base64"),
        anexo(cpfCnpj=cpf(2), fileContent=base64.b64encode(b"x" * 600_000).decode()),
    ]
    rows[1]["record"]["file_reference"] = {
        "staging_file_url": str(staging / "scan.pdf"),
        "file_size_bytes": 400_000,
    }
    rows[2]["record"]["file_reference"] = {"staging_file_url": f"{staging}/../secret"}
    config = sandbox.config(
        attachments=sandbox.attach_config(upload={**UPLOAD, "encoding": encoding, "max_megabytes": 0.5}),
        object_storage_config={"storage_type": "Local", "path": str(tmp_path / "letters")},
        rejections={"fail_when_all_rejected": False},
    )
    environment = {"AIRBYTE_STAGING_DIRECTORY": str(staging)}
    result = write(tmp_path, config, [*rows, state(1, "anexos")], ANEXOS, environment)
    assert result.counts == (2, 5), result.log
    files = sandbox.attachments()["files"]
    made = {file["size"]: file for file in files if file.get("size")}
    assert sorted(attached(sandbox)) == sorted(customers[:2])
    if encoding == "json_base64":
        assert {size: file["purpose"] for size, file in made.items()} == {
            7000: "identity_document_front",
            400_000: "pay_stub",
        }
    messages = [row["message"] for row in dead_letter(tmp_path / "letters")]
    assert {row["reason"] for row in dead_letter(tmp_path / "letters")} == {"file_refused"}
    for said in (
        "staging directory",
        "not on the public Internet",
        "no https address",
        "no base64",
        "more than 0.5 MB",
    ):
        assert any(said in message for message in messages), (said, messages)


def test_bytes_without_an_upload_section_are_rejected_with_advice(sandbox: Sandbox, tmp_path: Path) -> None:
    seed(sandbox, range(1))
    encoded = base64.b64encode(b"picture").decode()
    result = run(sandbox, tmp_path, [anexo(cpfCnpj=cpf(0), fileContent=encoded), state(1, "anexos")])
    assert result.counts == (0, 1)
    assert "attachments.upload" in dead_letter(tmp_path / "letters")[0]["message"]


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.0, 0.15, 0.4])
def test_a_crash_between_cliente_and_attachment_loses_no_file(seconds: float, tmp_path: Path) -> None:
    with Sandbox(latency_ms=40) as sandbox:
        customers, files = seed(sandbox, range(60))
        config = sandbox.config(
            attachments=sandbox.attach_config(), lote={"open_lote_policy": "close", "records_per_lote": 20}
        )
        messages = [*(record(good(n, attachments=[files[n]])) for n in range(60)), state(60)]
        crashed = Write(tmp_path, config).start()
        crashed.send(*messages)
        crashed.close()
        while sandbox.state()["requests"].get("attach", 0) < 5:
            assert crashed.process.poll() is None
            time.sleep(0.01)
        time.sleep(seconds)
        os.kill(crashed.process.pid, signal.SIGKILL)
        assert crashed.finish().states == []
        assert len(attached(sandbox)) < 60
        result = write(tmp_path, config, messages)
        assert (result.code, result.counts) == (0, (60, 0))
        assert attached(sandbox) == {
            customer: [file] for customer, file in zip(customers, files, strict=True)
        }
        assert sandbox.state()["open_lotes"] == 0
