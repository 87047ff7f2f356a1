"""Real sources on the left of the installed command, and PyAirbyte as the client: the examples, run as a user runs them."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from integration_tests.environments import OUTSIDE, ROOT, destination, pyairbyte, source_faker, source_file
from integration_tests.harness import dead_letter
from integration_tests.sandbox_client import Sandbox

# An environment is made within the first test that needs it.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

EXAMPLES = ROOT / "examples"
CSV = EXAMPLES / "clientes.csv"


def config_of(sandbox: Sandbox, folder: Path, **overrides: Any) -> Path:
    path = folder / "config.json"
    storage = {"storage_type": "Local", "path": str(folder / "letters")}
    path.write_text(json.dumps(sandbox.config(object_storage_config=storage, **overrides)))
    return path


def run(*command: str | Path, folder: Path, environment: Mapping[str, str] = OUTSIDE) -> str:
    """Run an example to its end; what it said."""
    done = subprocess.run(
        list(map(str, command)),
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def pipe(source: Path, source_config: Path, config: Path, stream: str, folder: Path) -> str:
    environment = {**OUTSIDE, "DESTINATION": str(destination()), "PYTHON": sys.executable}
    script = EXAMPLES / "pipe.sh"
    return run(script, source, source_config, config, stream, "work", folder=folder, environment=environment)


def test_pyairbyte_delivers_the_users_of_source_faker_and_invents_no_document(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    said = run(
        pyairbyte() / "python",
        EXAMPLES / "pyairbyte_faker.py",
        *("--config", config_of(sandbox, tmp_path)),
        *("--source", source_faker()),
        *("--destination", destination()),
        *("--count", "130"),
        folder=tmp_path,
    )
    assert "130 records given to destination-clientes" in said
    clientes = sandbox.clientes()
    assert set(clientes) == {f"FAKER-{number}" for number in range(1, 131)}
    assert all(cliente["nome"] and cliente["pessoaFisica"] == 1 for cliente in clientes.values())
    assert {cliente.get("cpfCnpj") for cliente in clientes.values()} == {None}
    assert {cliente["sexo"] for cliente in clientes.values()} == {0, 1, 2}
    assert all(cliente["telefone"].isdigit() for cliente in clientes.values())
    assert sandbox.state()["open_lotes"] == 0
    assert dead_letter(tmp_path / "letters") == []


def test_pyairbyte_delivers_a_csv_of_clientes_that_source_file_reads(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    said = run(
        pyairbyte() / "python",
        EXAMPLES / "pyairbyte_csv.py",
        *("--config", config_of(sandbox, tmp_path)),
        *("--csv", CSV),
        *("--source", source_file()),
        *("--destination", destination()),
        folder=tmp_path,
    )
    assert "5 records given to destination-clientes" in said
    assert_csv_arrived(sandbox, tmp_path)


def test_a_plain_pipe_delivers_a_csv_of_clientes(sandbox: Sandbox, tmp_path: Path) -> None:
    source_config = tmp_path / "source.json"
    source_config.write_text(
        json.dumps(
            {
                "dataset_name": "clientes",
                "format": "csv",
                "reader_options": json.dumps({"dtype": "str"}),
                "url": str(CSV),
                "provider": {"storage": "local"},
            }
        )
    )
    mapping = {
        "stream": "clientes",
        "fields": [
            {"field": "idRetaguarda", "value": "codigo"},
            {"field": "nome", "value": "{{ record.nome ~ ' ' ~ record.sobrenome }}"},
            {"field": "dataNascimento", "value": "{{ record.data_nascimento | date('%d/%m/%Y') }}"},
        ],
    }
    config = config_of(sandbox, tmp_path, streams=[mapping])
    said = pipe(source_file(), source_config, config, "clientes", tmp_path)
    assert "5 records: 3 accepted, 2 rejected" in said
    assert_csv_arrived(sandbox, tmp_path)


def assert_csv_arrived(sandbox: Sandbox, folder: Path) -> None:
    clientes = sandbox.clientes()
    assert {key: (c["nome"], c["cpfCnpj"], c["pessoaFisica"]) for key, c in clientes.items()} == {
        "1001": ("Ana Souza", "52998224725", 1),
        "1002": ("João Conceição", "01234567890", 1),
        "1003": ("Padaria Três Irmãos Ltda", "11222333000181", 0),
    }
    assert clientes["1001"]["dataNascimento"] == "1984-05-17"
    rejected = {row["record"]["codigo"]: row["reason"] for row in dead_letter(folder / "letters")}
    assert rejected == {"1004": "missing_field", "1005": "bad_document"}
    assert sandbox.state()["open_lotes"] == 0


def test_a_plain_pipe_continues_from_the_state_it_saved(sandbox: Sandbox, tmp_path: Path) -> None:
    source_config = tmp_path / "source.json"
    source_config.write_text(
        json.dumps(
            {"count": 250, "seed": 7, "parallelism": 1, "records_per_slice": 100, "always_updated": False}
        )
    )
    mapping = {
        "stream": "users",
        "fields": [
            {"field": "idRetaguarda", "value": "id"},
            {"field": "nome", "value": "name"},
            {"field": "pessoaFisica", "value": "'pessoa física'"},
        ],
    }
    config = config_of(sandbox, tmp_path, api_version="v3", streams=[mapping])
    assert "250 records: 250 accepted" in pipe(source_faker(), source_config, config, "users", tmp_path)
    assert len(sandbox.clientes()) == 250
    states = json.loads((tmp_path / "work" / "state.json").read_text())
    assert [state["stream"]["stream_descriptor"]["name"] for state in states] == ["users"]
    sent = len(sandbox.requests("send"))
    pipe(source_faker(), source_config, config, "users", tmp_path)
    assert len(sandbox.requests("send")) == sent


def test_a_source_that_cannot_read_its_file_says_so_through_the_pipe(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    broken = tmp_path / "source"
    error = {"message": "clientes.csv is not there", "failure_type": "config_error"}
    message = json.dumps({"type": "TRACE", "trace": {"type": "ERROR", "emitted_at": 1, "error": error}})
    broken.write_text(f"#!/bin/sh\necho '{message}'\nexit 1\n")
    broken.chmod(0o755)
    config = config_of(sandbox, tmp_path)
    done = subprocess.run(
        [str(EXAMPLES / "pipe.sh"), str(broken), str(config), str(config), "clientes"],
        cwd=tmp_path,
        env={**OUTSIDE, "DESTINATION": str(destination()), "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 1
    assert "clientes.csv is not there" in done.stderr
    assert "The source has no stream clientes; it has none." in done.stderr
    assert "Traceback" not in done.stderr


def test_a_source_that_fails_fails_the_pipe(sandbox: Sandbox, tmp_path: Path) -> None:
    broken = tmp_path / "source"
    catalog = {"streams": [{"name": "clientes", "json_schema": {}, "supported_sync_modes": ["full_refresh"]}]}
    message = json.dumps({"type": "CATALOG", "catalog": catalog})
    broken.write_text(f"#!/bin/sh\ntest \"$1\" = discover && echo '{message}'\n")
    broken.chmod(0o755)
    environment = {**OUTSIDE, "DESTINATION": str(destination()), "PYTHON": sys.executable}
    config = config_of(sandbox, tmp_path)
    done = subprocess.run(
        [str(EXAMPLES / "pipe.sh"), str(broken), str(config), str(config), "clientes"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 1, done.stderr
