"""Anything at all on stdin, in a catalog or in a config ends in order: status 0 or 1, at most one TRACE ERROR, no traceback.

Examples run in this process, each through `DestinationClientes.run` as the command does it, with every answer made up; a few
go through the installed command.
"""

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integration_tests.harness import COMMAND, catalog, good, record, state
from source_destination_clientes import DestinationClientes
from source_destination_clientes.http import connect
from source_destination_clientes.http.transport import Answer, Request

EXAMPLES: Final = settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "60")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

CONFIG: Final[Mapping[str, Any]] = {
    "environment": {
        "environment_type": "custom",
        "control_url": "http://127.0.0.1:9/controle",
        "clientes_url": "http://127.0.0.1:9/cliente",
    },
    "credentials": {"auth_type": "bearer_token", "token": "t0ken-of-the-fuzz"},
    "id_inquilino": "inq-1",
    "id_proprietario": "matriz",
    "network": {"retry_minutes": 0, "request_timeout_seconds": 1},
}

TEXT: Final = st.text(st.characters(codec=None), max_size=12)
JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


def spoiled(valid: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """A valid object with one place, at any depth, replaced or removed."""
    return st.tuples(st.sampled_from(places(valid)), JSON | st.just("removed")).map(
        lambda drawn: replaced(valid, drawn[0], drawn[1])
    )


def places(content: Any) -> list[tuple[Any, ...]]:
    """The path of every value inside."""
    pairs = (
        list(content.items())
        if isinstance(content, Mapping)
        else list(enumerate(content))
        if isinstance(content, list)
        else []
    )
    return [place for key, value in pairs for place in ((key,), *((key, *rest) for rest in places(value)))]


def replaced(content: Any, path: tuple[Any, ...], value: Any) -> Any:
    copied = dict(content) if isinstance(content, Mapping) else list(content)
    key, *rest = path
    if rest:
        copied[key] = replaced(content[key], tuple(rest), value)
    elif value == "removed":
        del copied[key]
    else:
        copied[key] = value
    return copied


RECORD: Final = record(good(1, dataNascimento="1990-01-31", sexo=1), "clientes", "erp")
GLOBAL: Final = {"type": "STATE", "state": {"type": "GLOBAL", "global": {"stream_states": []}}}
MESSAGES: Final = (
    spoiled(RECORD)
    | spoiled(state(1))
    | spoiled(GLOBAL)
    | JSON
    | st.sampled_from([record(good(2)), state(2)])
)


def encoded(message: Any) -> bytes:
    return json.dumps(message).encode()


LINES: Final = st.lists(
    MESSAGES.map(encoded)
    | st.binary(max_size=60).map(lambda line: line.replace(b"\n", b""))
    | st.tuples(MESSAGES.map(encoded), st.integers(0, 400)).map(lambda cut: cut[0][: cut[1]]),
    max_size=8,
)


def yes(request: Request, timeout: float) -> Answer:
    """PDVSync in good health."""
    if "lotesexternos" in request.url and request.method == "POST":
        return Answer(200, b'{"success":true,"data":{"loteOrigem":"L-1"}}')
    return Answer(200, b'{"success":true,"errors":null}')


class Pipes:
    """What the process has for standard streams while an example runs."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._patch = monkeypatch
        self._patch.setattr(connect, "make_transport", lambda *_: yes)
        self._patch.setattr(connect, "FreshTransport", lambda transport: transport)

    def run(self, verb: str, config: bytes, configured: bytes, stdin: bytes) -> tuple[int, bytes, str]:
        """Status, stdout and stderr of one command."""
        paths = {name: self.folder / f"{name}.json" for name in ("config", "catalog", "stdin")}
        for path, content in zip(paths.values(), (config, configured, stdin), strict=True):
            path.write_bytes(content)
        arguments = [verb, "--config", str(paths["config"])]
        if verb == "write":
            arguments += ["--catalog", str(paths["catalog"])]
        stdout, stderr = io.TextIOWrapper(io.BytesIO()), io.StringIO()
        code = 0
        with self._patch.context() as patch, paths["stdin"].open() as source:
            patch.setattr(sys, "stdin", source)
            patch.setattr(sys, "stdout", stdout)
            patch.setattr(sys, "stderr", stderr)
            try:
                DestinationClientes().run(arguments)
            except SystemExit as end:
                code = int(end.code or 0)
        return code, stdout.buffer.getvalue(), stderr.getvalue()


@pytest.fixture
def pipes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pipes:
    monkeypatch.setattr("signal.signal", lambda *_: None)
    return Pipes(tmp_path, monkeypatch)


def assert_in_order(code: int, stdout: bytes, stderr: str) -> list[dict[str, Any]]:
    """Whole messages only, an error exactly when it failed, and no traceback."""
    assert stdout == b"" or stdout.endswith(b"\n")
    messages = [json.loads(line) for line in stdout.splitlines()]
    errors = [m for m in messages if m["type"] == "TRACE" and m["trace"]["type"] == "ERROR"]
    assert (code, len(errors)) in {(0, 0), (1, 1)}, stdout[-3000:]
    assert "Traceback" not in stdout.decode() + stderr
    return messages


def unexpected(messages: list[dict[str, Any]]) -> list[str]:
    """Where unforeseen errors came from."""
    errors = [m["trace"]["error"] for m in messages if m["type"] == "TRACE" and m["trace"]["type"] == "ERROR"]
    said = [error["internal_message"] for error in errors]
    return [words for words in said if re.match(r"\w+ at \w+\.py:\d+ ", words)]


@EXAMPLES
@given(lines=LINES)
def test_any_lines_on_stdin_end_in_order(lines: list[bytes], pipes: Pipes) -> None:
    configured = json.dumps(catalog()).encode()
    ended = pipes.run("write", encoded(CONFIG), configured, b"\n".join(lines))
    assert unexpected(assert_in_order(*ended)) == []


@EXAMPLES
@given(
    configured=spoiled(catalog("clientes", "anexos")).map(encoded)
    | JSON.map(encoded)
    | st.binary(max_size=80)
)
def test_any_catalog_ends_in_order(configured: bytes, pipes: Pipes) -> None:
    ended = pipes.run("write", encoded(CONFIG), configured, encoded(record(good(1))))
    assert unexpected(assert_in_order(*ended)) == []


FULL_CONFIG: Final = {
    **CONFIG,
    "api_version": "v3",
    "lote": {"records_per_lote": 10, "store_status": {"mode": "off"}},
    "values": {"overlong": "truncate", "pessoa_fisica_code": 0},
    "rejections": {"fail_above_percent": 50, "fail_above_records": 3},
    "streams": [
        {
            "stream": "clientes*",
            "object": "cliente",
            "fields": [{"field": "nome", "value": "{{ record.nome }}"}],
        }
    ],
}


@EXAMPLES
@given(
    config=spoiled(FULL_CONFIG).map(encoded) | JSON.map(encoded) | st.binary(max_size=80),
    verb=st.sampled_from(["write", "check", "discover"]),
)
def test_any_config_ends_in_order(config: bytes, verb: str, pipes: Pipes) -> None:
    ended = pipes.run(verb, config, json.dumps(catalog()).encode(), encoded(record(good(1))))
    messages = assert_in_order(*ended)
    assert unexpected(messages) == []
    if verb == "check" and ended[0] == 0:
        assert [m["type"] for m in messages if m["type"] not in {"LOG", "TRACE"}] == ["CONNECTION_STATUS"]


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
# With other waits than these, which the process really takes, an example would last for minutes.
@given(lines=LINES, config=spoiled(CONFIG).filter(lambda config: config.get("network") == CONFIG["network"]))
def test_the_installed_command_ends_in_order_too(lines: list[bytes], config: Any, tmp_path: Path) -> None:
    for name, content in (("config", config), ("catalog", catalog())):
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    arguments = [
        "write",
        "--config",
        str(tmp_path / "config.json"),
        "--catalog",
        str(tmp_path / "catalog.json"),
    ]
    done = subprocess.run(
        [*COMMAND, *arguments], input=b"\n".join(lines), capture_output=True, timeout=90, check=False
    )
    assert_in_order(done.returncode, done.stdout, done.stderr.decode())
