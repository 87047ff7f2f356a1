"""Environments for programs whose dependencies conflict with ours, made once and kept under build/."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[1]
FOLDER: Final = ROOT / "build" / "chain"

OUTSIDE: Final = {
    **os.environ,
    "DO_NOT_TRACK": "1",
    "AIRBYTE_OFFLINE_MODE": "1",
    "PYTHONWARNINGS": "ignore",
}
"""For PyAirbyte: it neither reports to anyone nor looks for connectors."""


def environment(name: str, *packages: str) -> Path:
    """The `bin` of an environment with these packages. Skips the test where pip cannot get them."""
    home = FOLDER / name
    wanted = hashlib.sha256("\n".join(packages).encode()).hexdigest()
    done = home / "installed"
    if done.exists() and done.read_text() == wanted:
        return home / "bin"
    home.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    pip = subprocess.run(
        [str(home / "bin" / "pip"), "install", "--quiet", *packages],
        capture_output=True,
        text=True,
        check=False,
    )
    if pip.returncode:
        pytest.skip(f"pip cannot get {', '.join(packages)}: {pip.stderr.strip()[-300:]}")
    done.write_text(wanted)
    return home / "bin"


def pyairbyte() -> Path:
    """PyAirbyte, and with it the source of its smoke test."""
    return environment("pyairbyte", "airbyte==0.71.3")


def source_faker() -> Path:
    """The command of source-faker."""
    return environment("source-faker", "airbyte-source-faker==7.2.1") / "source-faker"


def source_file() -> Path:
    """The command of source-file."""
    return environment("source-file", "airbyte-source-file==0.5.39") / "source-file"


def destination() -> Path:
    """The installed command under test."""
    return Path(sys.executable).parent / "destination-clientes"
