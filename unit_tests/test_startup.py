"""A command imports what it needs: the platform starts one for every form that is opened and every sync."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SLOW = {"airbyte_cdk", "jinja2", "obstore", "pyrate_limiter", "rich", "starlette", "uvicorn", "yaml"}
"""What takes long to import and only some runs need."""

FOR_A_SYNC = {"requests", "stdnum"}


def packages(code: str, *arguments: str) -> set[str]:
    """The packages a fresh process has imported after running `code`."""
    told = "\nimport json, sys\nsys.stderr.write(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    command = [sys.executable, "-c", code + told, *arguments]
    done = subprocess.run(command, capture_output=True, check=True, text=True, timeout=60)
    return set(json.loads(done.stderr.splitlines()[-1]))


COMMAND = "import sys; from source_destination_clientes.__main__ import main; main()"


def test_spec_imports_nothing_that_only_a_sync_needs() -> None:
    assert not packages(COMMAND, "spec") & (SLOW | FOR_A_SYNC)


def test_a_check_of_a_wrong_config_imports_nothing_that_only_a_sync_needs(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text("{}")
    assert not packages(COMMAND, "check", "--config", str(config)) & (SLOW | FOR_A_SYNC)


def test_check_and_write_import_nothing_slow_before_a_config_asks_for_it() -> None:
    loaded = packages("from source_destination_clientes.commands import probes, write")
    assert loaded >= FOR_A_SYNC
    assert not loaded & SLOW


@pytest.mark.parametrize("module", ["jinja2", "pyrate_limiter", "yaml"])
def test_what_is_imported_at_its_use_is_there_when_it_is_used(module: str) -> None:
    uses = {
        "jinja2": "from source_destination_clientes.cliente.expressions import compile_value\n"
        "assert compile_value('{{ record.a | digits }}', 'x')({'a': 'n-1'}) == '1'",
        "pyrate_limiter": "from source_destination_clientes.http.throttle import make_throttle\n"
        "make_throttle(5, print)()",
        "yaml": "from source_destination_clientes.cliente.preset import load_preset\n"
        "assert load_preset('vtex')",
    }
    assert packages(uses[module]) & SLOW == {module}


def test_the_class_for_python_imports_little_more_than_the_cdk_itself() -> None:
    of_the_cdk = "import airbyte_cdk.destinations, airbyte_cdk.models\n"
    more = packages(of_the_cdk + "from source_destination_clientes import DestinationClientes") - packages(
        of_the_cdk
    )
    assert "source_destination_clientes" in more
    assert not more & SLOW
