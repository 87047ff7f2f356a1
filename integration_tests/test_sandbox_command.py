"""`destination-clientes sandbox`: its options, its ready line, its end."""

import json
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from integration_tests.harness import COMMAND
from integration_tests.sandbox_client import Sandbox
from source_destination_clientes.sandbox.__main__ import main

TOKEN = {
    "grant_type": "password",
    "username": "u",
    "password": "p",
    "client_id": "c",
    "client_secret": "s",
    "scope": "authorization_api",
}


@contextmanager
def started(*options: str) -> Iterator[tuple[subprocess.Popen[bytes], bytes]]:
    """The command and its first line."""
    process = subprocess.Popen(
        [*COMMAND, "sandbox", *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        yield process, process.stdout.readline()
    finally:
        process.kill()
        process.communicate()


@contextmanager
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def free_port() -> int:
    with taken_port() as port:
        return port


def test_help_names_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    shown = capsys.readouterr().out
    options = ("port", "latency-ms", "store-delay-seconds", "stores", "token-seconds", "max-body-bytes")
    assert all(f"--{option}" in shown for option in options)


def test_a_port_that_somebody_has_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with taken_port() as port:
        assert main(["--port", str(port)]) == 1
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", f"Port {port} cannot be used: Address already in use.\n")


@pytest.mark.parametrize("port", ["65536", "-1"])
def test_a_port_that_is_none_is_one_sentence(capsys: pytest.CaptureFixture[str], port: str) -> None:
    assert main(["--port", port]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == f"Port {port} cannot be used: ports go from 0 to 65535.\n"


@pytest.mark.parametrize("options", [["--port", "http"], ["--latency-ms", "fast"], ["--colour"]])
def test_options_that_make_no_sense_are_refused(
    capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(options)
    assert caught.value.code == 2
    assert options[0] in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_first_line_says_where_it_listens_and_a_signal_ends_it_well(number: signal.Signals) -> None:
    port = free_port()
    with started("--port", str(port)) as (process, line):
        ready = json.loads(line)
        assert ready == {"event": "ready", "url": f"http://127.0.0.1:{port}"}
        assert requests.get(f"{ready['url']}/_sandbox/state", timeout=10).json()["open_lotes"] == 0
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (0, b"", b"")


def test_the_port_is_free_again_at_once() -> None:
    port = free_port()
    for _ in range(2):
        with Sandbox(port=port) as sandbox:
            assert sandbox.url.endswith(f":{port}")
            sandbox.state()


def test_tokens_live_as_long_as_asked_for() -> None:
    with Sandbox(token_seconds=7) as sandbox:
        said = requests.post(f"{sandbox.url}/totvs.rac/connect/token", data=TOKEN, timeout=10)
        assert said.json()["expires_in"] == 7


def test_longer_requests_than_allowed_get_413() -> None:
    with Sandbox(max_body_bytes=100) as sandbox:
        url = f"{sandbox.url}/totvs.rac/connect/token"
        said = requests.post(url, data={**TOKEN, "password": "p" * 100}, timeout=10)
        assert said.status_code == 413


def test_answers_take_as_long_as_asked_for() -> None:
    with Sandbox(latency_ms=200) as sandbox:
        asked = time.monotonic()
        requests.post(f"{sandbox.url}/totvs.rac/connect/token", data=TOKEN, timeout=10)
        assert time.monotonic() - asked >= 0.2


def test_the_stores_are_those_that_were_named() -> None:
    with started("--stores", "0707", "0808") as (_process, line):
        url = json.loads(line)["url"]
        token = requests.post(f"{url}/totvs.rac/connect/token", data=TOKEN, timeout=10).json()["access_token"]
        lote = requests.post(f"{url}/_sandbox/lotes", json={"idInquilino": "inq-1"}, timeout=10).json()
        said = requests.get(
            f"{url}/controleprocesso/api/retaguarda/v2/LojaLoteStatusRetorno",
            params={"inquilino": "inq-1", "loteOrigem": lote["loteOrigem"]},
            headers={"Authorization": f"Bearer {token}"},
            timeout=10,
        )
    assert [store["idRetaguardaLoja"] for store in said.json()["data"]["lojaLotes"]] == ["0707", "0808"]
