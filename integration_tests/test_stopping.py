"""Ending early, and waiting: signals, quiet sources, broken pipes."""

import signal
import time
from pathlib import Path

import pytest

from integration_tests.harness import Write, good, record, state
from integration_tests.sandbox_client import Sandbox


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_closes_the_lote_and_emits_the_states_that_are_due(
    number: signal.Signals, tmp_path: Path
) -> None:
    with Sandbox(latency_ms=100) as sandbox:
        run = Write(
            tmp_path, sandbox.config(lote={"records_per_lote": 200, "concurrent_requests": 1})
        ).start()
        for start in range(0, 1000, 100):
            run.send(*(record(good(n)) for n in range(start, start + 100)), state(start + 100))
        run.wait_for(lambda message: message["type"] == "STATE")
        run.signal(number)
        asked = time.monotonic()
        result = run.finish()
        assert time.monotonic() - asked < 30
        tills, open_lotes = sandbox.clientes(), sandbox.state()["open_lotes"]
    assert result.code == 1
    assert [error["failure_type"] for error in result.errors] == ["transient_error"]
    assert open_lotes == 0
    last = max(message["id"] for message in result.states)
    assert {good(n)["idRetaguarda"] for n in range(last)} <= set(tills)
    assert last < 1000


@pytest.mark.slow
def test_a_server_that_hangs_does_not_keep_a_stopped_sync_from_ending(tmp_path: Path) -> None:
    with Sandbox() as sandbox:
        sandbox.fault("send", "stall", seconds=120)
        run = Write(tmp_path, sandbox.config()).start()
        run.send(*(record(good(n)) for n in range(10)), state(1))
        run.close()
        end = time.monotonic() + 20
        while not sandbox.state()["requests"].get("send") and time.monotonic() < end:
            time.sleep(0.05)
        run.signal(signal.SIGTERM)
        asked = time.monotonic()
        result = run.finish()
        assert time.monotonic() - asked < 30
        assert (result.code, result.states) == (1, [])
        assert sandbox.state()["open_lotes"] == 0


@pytest.mark.slow
def test_a_rate_limit_does_not_keep_a_stopped_sync_from_closing_its_lote(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    run = Write(
        tmp_path, sandbox.config(network={"requests_per_second": 0.3}, lote={"records_per_lote": 10})
    ).start()
    run.send(*(record(good(n)) for n in range(10)), state(1))
    end = time.monotonic() + 30
    while not sandbox.state()["requests"].get("send") and time.monotonic() < end:
        time.sleep(0.05)
    run.signal(signal.SIGTERM)
    result = run.finish()
    assert (result.code, [message["id"] for message in result.states]) == (1, [1])
    assert sandbox.state()["open_lotes"] == 0


def test_a_quiet_source_keeps_neither_lote_nor_state_waiting(sandbox: Sandbox, tmp_path: Path) -> None:
    run = Write(tmp_path, sandbox.config(lote={"max_open_seconds": 2})).start()
    run.send(record(good(1)), state(1))
    run.wait_for(lambda message: message["type"] == "STATE" and message["state"]["id"] == 1, seconds=15)
    assert sandbox.state()["open_lotes"] == 0
    assert set(sandbox.clientes()) == {"C-000001"}
    run.send(record(good(2)), state(2))
    run.wait_for(lambda message: message["type"] == "STATE" and message["state"]["id"] == 2, seconds=15)
    run.close()
    assert run.finish().counts == (2, 0)


def test_rejections_of_a_quiet_source_do_not_wait_for_more(sandbox: Sandbox, tmp_path: Path) -> None:
    rejections = {"fail_when_all_rejected": False}
    storage = {"storage_type": "Local", "path": str(tmp_path / "letters")}
    run = Write(tmp_path, sandbox.config(rejections=rejections, object_storage_config=storage)).start()
    run.send(record(good(1, nome=None)), state(1))
    run.wait_for(lambda message: message["type"] == "STATE", seconds=15)
    run.close()
    assert run.finish().counts == (0, 1)


@pytest.mark.slow
def test_a_lote_is_open_only_while_its_content_is_on_its_way(sandbox: Sandbox, tmp_path: Path) -> None:
    run = Write(tmp_path, sandbox.config(lote={"max_open_seconds": 60})).start()
    run.send(*(record(good(n)) for n in range(50)))
    time.sleep(6)
    assert sandbox.state()["lotes"] == []
    run.close()
    assert run.finish().code == 0
    assert len(sandbox.clientes()) == 50


def test_a_reader_that_goes_away_ends_the_sync_without_an_open_lote(sandbox: Sandbox, tmp_path: Path) -> None:
    run = Write(tmp_path, sandbox.config(lote={"records_per_lote": 100})).start(listen=False)
    assert run.process.stdout is not None
    run.process.stdout.close()
    try:
        for start in range(0, 3000, 100):
            run.send(*(record(good(n)) for n in range(start, start + 100)), state(start))
        run.close()
    except BrokenPipeError:
        pass
    assert run.process.wait(60) == 1
    assert sandbox.state()["open_lotes"] == 0


def test_a_signal_while_the_next_lote_is_waiting_still_emits_the_states_of_the_one_in_flight(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.fault("send", "stall", seconds=4)
    run = Write(tmp_path, sandbox.config(lote={"records_per_lote": 10})).start()
    run.send(
        *(record(good(n)) for n in range(10)), state(1), *(record(good(n)) for n in range(10, 20)), state(2)
    )
    end = time.monotonic() + 30
    while not sandbox.state()["requests"].get("send") and time.monotonic() < end:
        time.sleep(0.05)
    run.signal(signal.SIGTERM)
    result = run.finish()
    assert result.code == 1
    assert [message["id"] for message in result.states] == [1]
    assert len(sandbox.clientes()) == 10
    assert sandbox.state()["open_lotes"] == 0


@pytest.mark.parametrize("seconds", [0.1, 0.4, 0.8, 1.2])
def test_a_stop_during_the_start_ends_at_once_without_a_word_too_many(
    seconds: float, sandbox: Sandbox, tmp_path: Path
) -> None:
    run = Write(tmp_path, sandbox.config()).start()
    time.sleep(seconds)
    run.signal(signal.SIGTERM)
    result = run.finish(20)
    # Before our own handler is in place the interpreter or the shell's convention speaks: 143.
    assert result.code in {1, 143, -signal.SIGTERM}
    assert "Traceback" not in result.everything
    assert sandbox.state()["lotes"] == []
