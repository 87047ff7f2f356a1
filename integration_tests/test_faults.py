"""What each misbehaviour of the server does to a sync; every planned fault is seen to have fired."""

import json
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from integration_tests.harness import COMMAND, Result, good, record, state, write
from integration_tests.sandbox_client import Sandbox

NUMBER = 450

HARMLESS: dict[str, dict[str, Any]] = {
    "500 twice on send": {"operation": "send", "kind": "status", "status": 500, "times": 2},
    "502 with HTML on send": {
        "operation": "send",
        "kind": "status",
        "status": 502,
        "body": "<html>Bad Gateway</html>",
        "content_type": "text/html",
    },
    "503 on open": {"operation": "open", "kind": "status", "status": 503},
    "500 on close": {"operation": "close", "kind": "status", "status": 500},
    "408 on send": {"operation": "send", "kind": "status", "status": 408},
    "reset on send": {"operation": "send", "kind": "reset"},
    "reset on open": {"operation": "open", "kind": "reset"},
    "answer to send lost": {"operation": "send", "kind": "drop_after"},
    "answer to open lost": {"operation": "open", "kind": "drop_after"},
    "answer to close lost": {"operation": "close", "kind": "drop_after"},
    "answer to the token lost": {"operation": "token", "kind": "drop_after"},
    "send stalls beyond the time-out": {"operation": "send", "kind": "stall", "seconds": 3},
    "open stalls beyond the time-out": {"operation": "open", "kind": "stall", "seconds": 3},
    "200 with HTML on send": {"operation": "send", "kind": "not_json"},
    "200 with nothing on send": {"operation": "send", "kind": "empty_body"},
    "200 with nothing on open": {"operation": "open", "kind": "empty_body"},
    "200 with nothing on close": {"operation": "close", "kind": "empty_body"},
    "401 in mid-sync": {"operation": "send", "kind": "status", "status": 401, "after": 1},
    "503 on the token": {"operation": "token", "kind": "status", "status": 503},
    "413 on send": {"operation": "send", "kind": "status", "status": 413},
}


def messages() -> list[dict[str, Any]]:
    return [*(record(good(number)) for number in range(NUMBER)), state(1)]


def network(**changes: Any) -> dict[str, Any]:
    return {"request_timeout_seconds": 1, "retry_minutes": 0.5, **changes}


@pytest.mark.parametrize("name", HARMLESS)
def test_a_passing_trouble_costs_nothing_but_time(name: str, sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.fault(**HARMLESS[name])
    # Whose lote is open after a lost answer to opening it, nobody can tell: it is waited for.
    lote = {"open_lote_wait_minutes": 0.02}
    result = write(tmp_path, sandbox.config(network=network(), lote=lote), messages())
    assert result.code == 0, result.everything
    sandbox.assert_all_faults_fired()
    assert len(sandbox.clientes()) == NUMBER
    assert result.counts == (NUMBER, 0)
    assert sandbox.state()["open_lotes"] == 0


@pytest.mark.parametrize("header", ["1", "Thu, 01 Jan 2026 00:00:00 GMT"])
def test_a_rate_limit_is_heeded_and_shown(header: str, sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.fault("send", "status", status=429, headers={"Retry-After": header})
    result = write(tmp_path, sandbox.config(network=network()), messages())
    assert (result.code, result.counts) == (0, (NUMBER, 0))
    sandbox.assert_all_faults_fired()
    assert "(the server asks for it)" in result.log
    assert result.of("TRACE") == []


ON_CLOSE: dict[str, dict[str, Any]] = {
    "401": {"kind": "status", "status": 401},
    "403": {"kind": "status", "status": 403},
    "404 of a gateway": {"kind": "status", "status": 404, "body": '{"message":"no Route matched"}'},
    "409": {"kind": "status", "status": 409, "body": '{"success":false,"message":"em processamento"}'},
    "429 with an hour": {"kind": "status", "status": 429, "headers": {"Retry-After": "3600"}},
    "200 that denies it": {"kind": "status", "status": 200, "body": '{"success":false}'},
    "200 with a page after a byte order mark": {
        "kind": "status",
        "status": 200,
        "body": "\ufeff<html></html>",
        "content_type": "text/html",
    },
}


@pytest.mark.parametrize("name", ON_CLOSE)
def test_an_odd_answer_to_closing_leaves_no_lote_open(name: str, sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.fault("close", **ON_CLOSE[name], times=2)
    result = write(tmp_path, sandbox.config(network=network()), messages())
    assert (result.code, result.counts) == (0, (NUMBER, 0)), result.everything
    sandbox.assert_all_faults_fired()
    assert sandbox.state()["open_lotes"] == 0


def test_close_lote_closes_a_lote_that_was_left_open(sandbox: Sandbox, tmp_path: Path) -> None:
    code = sandbox.plant_lote()
    config = tmp_path / "config.json"
    note = tmp_path / "letters" / "journal" / "inq-1" / "lotes" / "run1.json"
    storage = {"storage_type": "Local", "path": str(tmp_path / "letters")}
    config.write_text(json.dumps(sandbox.config(object_storage_config=storage)))
    note.parent.mkdir(parents=True)
    moment = datetime.now(tz=UTC).isoformat()
    about = {"run": "run1", "job": "7", "attempt": 1, "process": "", "since": moment, "renewed": moment}
    note.write_text(json.dumps({**about, "lote": code}))
    arguments = ["close-lote", "--config", str(config), "--lote", code]
    done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, f"Lote {code} is closed.\n"), done.stderr
    assert sandbox.state()["open_lotes"] == 0
    assert not note.exists()


LASTING: dict[str, tuple[dict[str, Any], str]] = {
    "send never works": ({"operation": "send", "kind": "status", "status": 500}, "transient_error"),
    "close never works": ({"operation": "close", "kind": "status", "status": 500}, "transient_error"),
    "open never works": ({"operation": "open", "kind": "status", "status": 503}, "transient_error"),
    "the token endpoint is down": (
        {"operation": "token", "kind": "status", "status": 503},
        "transient_error",
    ),
    "every answer is HTML": ({"operation": "send", "kind": "not_json"}, "transient_error"),
    "403 on send": ({"operation": "send", "kind": "status", "status": 403}, "config_error"),
    "401 for ever": ({"operation": "send", "kind": "status", "status": 401}, "config_error"),
    "404 on open": ({"operation": "open", "kind": "status", "status": 404}, "config_error"),
}


@pytest.mark.parametrize("name", LASTING)
def test_a_lasting_trouble_ends_the_sync_and_emits_no_state(
    name: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    fault, kind = LASTING[name]
    sandbox.fault(**fault, times=1000)
    result = write(tmp_path, sandbox.config(network=network(retry_minutes=0.02)), messages())
    assert result.code == 1
    assert [error["failure_type"] for error in result.errors] == [kind], result.everything
    assert result.states == []
    assert sandbox.faults()[0]["fired"] >= 1
    if name != "close never works":
        assert sandbox.state()["open_lotes"] == 0


def test_states_of_what_was_delivered_leave_although_the_sync_fails(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.fault("open", "status", status=403, after=1, times=1000)
    lote = {"records_per_lote": 100}
    lines = [
        m
        for number in range(300)
        for m in (record(good(number)), *([state(number)] if number % 100 == 99 else []))
    ]
    result = write(tmp_path, sandbox.config(lote=lote, network=network(retry_minutes=0.02)), lines)
    assert result.code == 1
    assert [error["failure_type"] for error in result.errors] == ["transient_error"]
    assert [s["id"] for s in result.states] == [99]
    assert sandbox.faults()[0]["fired"] >= 1


def test_a_host_that_does_not_exist_is_a_transient_error_that_names_it(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    config = sandbox.config(network=network(retry_minutes=0.01, allow_insecure_http=True))
    config["environment"]["control_url"] = "http://pdvsync.invalid/controle"
    result = write(tmp_path, config, messages())
    assert [error["failure_type"] for error in result.errors] == ["transient_error"]
    assert "pdvsync.invalid" in result.errors[0]["message"]
    assert "could not be resolved" in result.errors[0]["message"]


@contextmanager
def listener(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server on loopback that deals with each connection in its own way."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    talk(connection)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]


def test_a_server_that_speaks_no_tls_is_a_transient_error(sandbox: Sandbox, tmp_path: Path) -> None:
    config = sandbox.config(network=network(retry_minutes=0.01))
    with listener(lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")) as port:
        config["environment"]["control_url"] = f"https://127.0.0.1:{port}"
        result = write(tmp_path, config, messages())
    assert [error["failure_type"] for error in result.errors] == ["transient_error"]


def test_a_certificate_nobody_vouches_for_is_a_config_error_that_names_ca_bundle(
    sandbox: Sandbox, tmp_path: Path, self_signed: tuple[Path, Path]
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*self_signed)

    def talk(connection: socket.socket) -> None:
        try:
            context.wrap_socket(connection, server_side=True).close()
        except OSError:
            return

    config = sandbox.config(network=network())
    with listener(talk) as port:
        config["environment"]["control_url"] = f"https://127.0.0.1:{port}"
        result = write(tmp_path, config, messages())
    assert [error["failure_type"] for error in result.errors] == ["config_error"], result.everything
    assert "network.ca_bundle" in result.errors[0]["message"]


def orphan(
    sandbox: Sandbox,
    tmp_path: Path,
    policy: str,
    *,
    owner_closes_after: float | None = None,
    wait_minutes: float = 0.05,
) -> tuple[str, Result]:
    code = sandbox.plant_lote(owner_closes_after)
    lote = {"open_lote_policy": policy, "open_lote_wait_minutes": wait_minutes}
    return code, write(tmp_path, sandbox.config(lote=lote), messages())


def test_an_orphan_is_waited_for_and_then_closed(sandbox: Sandbox, tmp_path: Path) -> None:
    code, result = orphan(sandbox, tmp_path, "wait_then_close")
    assert (result.code, result.counts) == (0, (NUMBER, 0))
    assert f"Lote {code} of this inquilino is open" in result.log
    assert f"Closing lote {code}" in result.log
    assert sandbox.state()["open_lotes"] == 0


@pytest.mark.slow
def test_a_foreign_lote_is_left_to_its_owner_when_he_closes_it(sandbox: Sandbox, tmp_path: Path) -> None:
    code, result = orphan(sandbox, tmp_path, "wait_then_close", owner_closes_after=6, wait_minutes=1)
    assert result.code == 0
    assert f"Lote {code} is still open" in result.log
    assert f"Closing lote {code}" not in result.log


def test_close_closes_an_orphan_at_once(sandbox: Sandbox, tmp_path: Path) -> None:
    code, result = orphan(sandbox, tmp_path, "close")
    assert result.code == 0
    assert f"Closing lote {code}" in result.log


def test_fail_names_the_orphan_and_touches_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    code, result = orphan(sandbox, tmp_path, "fail")
    assert result.code == 1
    assert code in result.errors[0]["message"]
    assert result.errors[0]["failure_type"] == "config_error"
    assert sandbox.state()["open_lotes"] == 1
    assert sandbox.requests("send") == []


@pytest.mark.slow
def test_never_more_requests_than_the_limit_allows(sandbox: Sandbox, tmp_path: Path) -> None:
    config = sandbox.config(network=network(requests_per_second=10), lote={"records_per_request": 10})
    result = write(tmp_path, config, messages())
    assert result.code == 0
    moments = sorted(entry["started"] for entry in sandbox.requests())
    busiest = max(sum(1 for other in moments if moment <= other < moment + 0.95) for moment in moments)
    assert busiest <= 11
