"""Look up known vulnerabilities of what ships; say so, and pass, where the service cannot be reached.

    build/tools/bin/python scripts/audit.py REQUIREMENTS

Runs in the environment of pip-audit: what this cannot reach, pip-audit cannot either.
"""

import subprocess
import sys
from collections.abc import Sequence
from typing import Final

import requests

_SERVICE: Final = "https://api.osv.dev/v1/query"


def main(argv: Sequence[str]) -> int:
    """The exit status of pip-audit: 1 when something is known to be vulnerable."""
    try:
        question = {"package": {"name": "pip", "ecosystem": "PyPI"}, "version": "20.0"}
        requests.post(_SERVICE, json=question, timeout=20).raise_for_status()
    except requests.RequestException as error:
        print(f"NOT AUDITED: the vulnerability service cannot be reached from here ({type(error).__name__}).")
        return 0
    command = [
        sys.executable,
        "-m",
        "pip_audit",
        "--vulnerability-service",
        "osv",
        "--progress-spinner",
        "off",
    ]
    # Every package is there by version and hash, so nothing needs to be installed to know them.
    options = ["--require-hashes", "--disable-pip", "--requirement", argv[0]]
    return subprocess.run([*command, *options], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
