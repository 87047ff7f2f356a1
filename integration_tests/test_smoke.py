"""PyAirbyte's smoke test for destinations, against the installed command.

Its records are no clientes: what can be one is accepted, the rest is rejected and counted, and nothing crashes.
"""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from integration_tests.environments import OUTSIDE, ROOT, destination, pyairbyte
from integration_tests.harness import dead_letter
from integration_tests.sandbox_client import Sandbox

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

MAPPING = {
    "stream": "*",
    "object": "cliente",
    "fields": [
        {"field": "idRetaguarda", "value": "{{ record.id }}"},
        {"field": "nome", "value": "name"},
        {"field": "pessoaFisica", "value": "'pessoa física'"},
    ],
}
WITHOUT_KEY = "schema_with_no_primary_key"


def config_of(sandbox: Sandbox, folder: Path) -> Path:
    path = folder / "config.json"
    storage = {"storage_type": "Local", "path": str(folder / "letters")}
    # v3, since none of the records has a document.
    config = sandbox.config(
        api_version="v3",
        streams=[MAPPING],
        object_storage_config=storage,
        rejections={"fail_when_all_rejected": False},
    )
    path.write_text(json.dumps(config))
    return path


def run(*command: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        list(map(str, command)),
        cwd=folder,
        # The smoke test looks for its source on the PATH.
        env={
            **OUTSIDE,
            "PATH": f"{pyairbyte()}:{OUTSIDE['PATH']}",
            "AIRBYTE_LOGGING_ROOT": str(folder / "logs"),
        },
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


def smoke_test(sandbox: Sandbox, folder: Path, scenarios: str, *options: str) -> dict[str, Any]:
    """What `pyab destination-smoke-test` reports."""
    done = run(
        pyairbyte() / "pyab",
        "destination-smoke-test",
        *("--destination", destination()),
        *("--config", config_of(sandbox, folder)),
        *("--scenarios", scenarios),
        *options,
        folder=folder,
    )
    report = re.search(r"^.*?(\{\n.*\n\})$", done.stdout, re.MULTILINE | re.DOTALL)
    assert report is not None, done.stdout[-2000:] + done.stderr[-2000:]
    result: dict[str, Any] = json.loads(report[1])
    return result


def log_of(folder: Path) -> str:
    """What the destination said, as PyAirbyte keeps it; the latest run last."""
    logs = (folder / "logs").rglob("destination-clientes-log-*.log")
    return "".join(path.read_text() for path in sorted(logs, key=lambda path: path.stat().st_mtime))


def summary(folder: Path) -> dict[str, Any]:
    """The summary of the latest run, for machines."""
    line = re.findall(r"INFO - (\{\"summary\": .*\})$", log_of(folder), re.MULTILINE)[-1]
    found: dict[str, Any] = json.loads(line)["summary"]
    return found


def predefined_scenarios(folder: Path) -> list[str]:
    """The names of the scenarios this PyAirbyte has."""
    code = (
        "import json; from airbyte.cli.smoke_test_source._scenarios import PREDEFINED_SCENARIOS as known; "
        "print(json.dumps([scenario['name'] for scenario in known]))"
    )
    names: list[str] = json.loads(
        run(pyairbyte() / "python", "-c", code, folder=folder).stdout.splitlines()[-1]
    )
    return names


def test_every_scenario_is_written_and_every_record_is_accepted_or_rejected(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    script = ROOT / "integration_tests" / "smoke.py"
    done = run(pyairbyte() / "python", script, destination(), config_of(sandbox, tmp_path), folder=tmp_path)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert set(told["streams"]) == set(predefined_scenarios(tmp_path))

    streams = summary(tmp_path)["streams"]
    rejected = dead_letter(tmp_path / "letters")
    assert sum(stream["accepted"] for stream in streams) > 1000
    assert sum(stream["rejected"] for stream in streams) == len(rejected)
    assert sum(stream["accepted"] + stream["rejected"] for stream in streams) == told["records"]
    assert sandbox.state()["open_lotes"] == 0
    assert {row["reason"] for row in rejected} >= {"missing_field"}
    assert {row["stage"] for row in rejected} == {"mapping"}


def test_the_smoke_test_passes_for_every_scenario_that_has_a_key(sandbox: Sandbox, tmp_path: Path) -> None:
    scenarios = [name for name in predefined_scenarios(tmp_path) if name != WITHOUT_KEY]
    result = smoke_test(sandbox, tmp_path, ",".join(scenarios))
    assert result["success"], result["error"]
    assert result["preflight_passed"]
    assert result["records_delivered"] > 1000


def test_a_scenario_that_would_replace_what_is_at_the_tills_is_refused_in_words(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    result = smoke_test(sandbox, tmp_path, WITHOUT_KEY, "--skip-preflight")
    assert not result["success"]
    assert result["error"].endswith("ConfigError")
    assert f"Stream '{WITHOUT_KEY}' is set to 'overwrite', which PDVSync cannot do" in log_of(tmp_path)
    assert sandbox.state()["open_lotes"] == 0
