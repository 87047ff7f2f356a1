"""The sandbox and the rest of the package import nothing of each other, and the contract would notice if they did."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = "source_destination_clientes"
OUTSIDE = sorted(
    path.stem
    for path in (ROOT / PACKAGE).iterdir()
    if (path.suffix == ".py" or (path / "__init__.py").exists()) and path.stem not in {"sandbox", "__init__"}
)
"""Every room and door but the sandbox."""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the package beside the project's contracts."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / PACKAGE, tmp_path / PACKAGE, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def broken(copy: Path) -> str:
    """What import-linter says of the copy, on one line; empty when every contract is kept."""
    code = (
        "import sys; from importlinter.cli import lint_imports; "
        "sys.exit(lint_imports(no_cache=True, config_filename='pyproject.toml', no_logo=True))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=60, check=False)
    said = " ".join((done.stdout + done.stderr).split())
    assert "Contracts:" in said, said
    return said if done.returncode else ""


def test_the_package_as_it_is_keeps_the_contracts(copy: Path) -> None:
    assert not broken(copy)


def test_the_sandbox_may_import_no_other_room(copy: Path) -> None:
    imports = "".join(f"import {PACKAGE}.{room}\n" for room in OUTSIDE)
    (copy / PACKAGE / "sandbox" / "offender.py").write_text(imports)
    said = broken(copy)
    missed = [room for room in OUTSIDE if f"{PACKAGE}.sandbox.offender -> {PACKAGE}.{room} (l." not in said]
    assert said
    assert not missed


def test_the_sandbox_may_not_import_the_front_door(copy: Path) -> None:
    (copy / PACKAGE / "sandbox" / "offender.py").write_text(f"from {PACKAGE} import DestinationClientes\n")
    assert f"{PACKAGE}.sandbox.offender -> {PACKAGE} (l.1)" in broken(copy)


def test_no_room_may_import_the_sandbox(copy: Path) -> None:
    offenders = [path for path in OUTSIDE if (copy / PACKAGE / path).is_dir()]
    for room in offenders:
        (copy / PACKAGE / room / "offender.py").write_text(f"import {PACKAGE}.sandbox.faults\n")
    said = broken(copy)
    missed = [room for room in offenders if f"{PACKAGE}.{room}.offender" not in said]
    assert said
    assert not missed


def test_a_new_room_needs_a_place_in_the_contract(copy: Path) -> None:
    room = copy / PACKAGE / "attic"
    room.mkdir()
    (room / "__init__.py").touch()
    assert f"{PACKAGE}.attic" in broken(copy)
