"""The first command a stranger runs."""

import json
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import requests

from integration_tests.harness import COMMAND, command, dead_letter
from integration_tests.sandbox_client import is_gone


def test_the_demo_accounts_for_every_cliente(tmp_path: Path) -> None:
    result = command("demo", "--records", "600", "--latency-ms", "2", "--output", str(tmp_path), "--json")
    assert result.code == 0, result.everything
    numbers = json.loads(result.stdout)
    assert numbers["accepted"] + numbers["rejected"] == 600
    assert numbers["accepted"] == numbers["at_the_tills"]
    assert numbers["open_lotes"] == 0
    assert len(dead_letter(tmp_path)) == numbers["rejected"] > 0
    assert set(numbers["reasons"]) >= {"bad_document", "missing_field", "refused_by_api"}


def test_a_second_demo_has_a_dead_letter_of_its_own(tmp_path: Path) -> None:
    counts = []
    for _ in range(2):
        result = command("demo", "--records", "100", "--latency-ms", "0", "--output", str(tmp_path), "--json")
        counts.append(json.loads(result.stdout)["rejected"])
        config = json.loads((tmp_path / "config.json").read_text())
        assert len(dead_letter(Path(config["object_storage_config"]["path"]))) == counts[-1] > 0
    assert len(dead_letter(tmp_path)) == sum(counts)


def test_no_proxy_comes_between_the_demo_and_its_sandbox(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as proxy:
        address = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        proxies = dict.fromkeys(("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"), address)
        arguments = ("--records", "20", "--latency-ms", "0", "--output", str(tmp_path), "--json")
        result = command("demo", *arguments, environment=proxies)
        assert result.code == 0, result.everything
        proxy.setblocking(False)
        with pytest.raises(BlockingIOError):
            proxy.accept()


@contextmanager
def kept(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A demo that has shown its results and keeps its sandbox; the address of that."""
    arguments = ["demo", "--keep", "--records", "20", "--latency-ms", "0", "--output", str(folder)]
    with subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if "Ctrl-C ends it" in line:
                break
        yield process, re.findall(r"http://127\.0\.0\.1:\d+", said)[-1]
        process.kill()


def test_a_demo_that_keeps_its_sandbox_leaves_a_config_that_works(tmp_path: Path) -> None:
    with kept(tmp_path) as (process, url):
        assert "<h1>" in requests.get(url, timeout=10).text
        result = command("check", "--config", str(tmp_path / "config.json"))
        assert result.messages[-1]["connectionStatus"]["status"] == "SUCCEEDED"
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0
        assert is_gone(url)


def test_the_command_at_the_end_starts_a_sandbox_for_the_config_that_is_left(tmp_path: Path) -> None:
    arguments = ("--records", "20", "--latency-ms", "0", "--output", str(tmp_path))
    said = command("demo", *arguments, environment={"COLUMNS": "300"}).everything
    last = said.splitlines()[-1].removeprefix("$ ")
    with subprocess.Popen(last.split(), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert b"ready" in process.stdout.readline()
        result = command("check", "--config", str(tmp_path / "config.json"))
        process.terminate()
    assert result.messages[-1]["connectionStatus"]["status"] == "SUCCEEDED"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_demo_that_is_killed_leaves_no_sandbox_behind(tmp_path: Path, number: signal.Signals) -> None:
    with kept(tmp_path) as (process, url):
        assert not is_gone(url)
        process.send_signal(number)
        process.wait(timeout=20)
        end = time.monotonic() + 20
        while not is_gone(url):
            assert time.monotonic() < end
            time.sleep(0.05)


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
