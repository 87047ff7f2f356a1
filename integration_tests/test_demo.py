"""The first command a stranger runs."""

import json
import signal
import subprocess
import time
from pathlib import Path

import pytest

from integration_tests.harness import COMMAND, command, dead_letter


def test_the_demo_accounts_for_every_cliente(tmp_path: Path) -> None:
    result = command("demo", "--records", "600", "--latency-ms", "2", "--output", str(tmp_path), "--json")
    assert result.code == 0, result.everything
    numbers = json.loads(result.stdout)
    assert numbers["accepted"] + numbers["rejected"] == 600
    assert numbers["accepted"] == numbers["at_the_tills"]
    assert numbers["open_lotes"] == 0
    assert len(dead_letter(tmp_path)) == numbers["rejected"] > 0
    assert set(numbers["reasons"]) >= {"bad_document", "missing_field", "refused_by_api"}


def test_a_folder_that_cannot_be_made_is_said_in_a_sentence(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.touch()
    result = command("demo", "--output", str(taken), "--records", "5")
    assert result.code == 1
    assert result.stderr == f"{taken}: File exists.\n"


@pytest.mark.slow
def test_ctrl_c_stops_the_demo_in_order_and_shows_what_was_done(tmp_path: Path) -> None:
    arguments = ["demo", "--records", "5000", "--latency-ms", "80", "--output", str(tmp_path)]
    process = subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    letters = tmp_path / "dead-letter"
    end = time.monotonic() + 60
    while not list(letters.rglob("*.jsonl")):
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, (stdout, stderr)
    assert b"Traceback" not in stderr
    assert b"all closed" in stdout
    assert b"stopped on request" in stdout.replace(b"\n", b" ")
