"""Look up known vulnerabilities of locked packages, and never take "could not look" for "nothing is known".

    build/tools/bin/python scripts/audit.py REQUIREMENTS

The exit status is 0 when nothing is known, 1 when something is, and 2 when it could not look: no service answers within
`AUDIT_SECONDS` (180), or the one that answers does not know the packages, or knows nothing of a release that everyone knows to be
vulnerable. `ALLOW_UNAUDITED=1` makes a 0 of the 2. It runs in pip-audit's environment.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

SERVICES: Final = ("osv", "pypi")
Pin: TypeAlias = tuple[str, str]
"""The name and the version of a package."""
Report: TypeAlias = Mapping[str, Any]
Ask: TypeAlias = Callable[[str, Path], Report]

CANARY: Final[Pin] = ("pip", "20.0")
"""A release with known vulnerabilities (CVE-2021-3572). A service that knows none of them knows nothing."""


class CouldNotLookError(Exception):
    """Nothing was learned about some package."""


def pip_audit(service: str, requirements: Path, *, seconds: float) -> Report:
    """pip-audit's report. Every package is there by version, so nothing needs to be installed to know it."""
    options = ["--vulnerability-service", service, "--progress-spinner", "off", "--format", "json"]
    command = [sys.executable, "-m", "pip_audit", *options, "--disable-pip", "--no-deps"]
    try:
        done = subprocess.run(
            [*command, "--requirement", str(requirements)], capture_output=True, timeout=seconds, check=False
        )
        report: Report = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        raise CouldNotLookError(f"{service} gave no answer within {seconds:.0f} s") from None
    except json.JSONDecodeError:
        words = done.stderr.decode(errors="replace").strip().splitlines() or ["no words"]
        raise CouldNotLookError(
            f"{service}: pip-audit ended with {done.returncode}: {words[-1][:200]}"
        ) from None
    return report


def vulnerable(ask: Ask, service: str, pins: Sequence[Pin]) -> list[str]:
    """A line for each known vulnerability of these packages; `CouldNotLookError` unless each of them was looked up."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "requirements.txt")

        def look_up(once: Mapping[str, str]) -> list[str]:
            path.write_text(
                "".join(f"{name}=={version}\n" for name, version in once.items()), encoding="utf-8"
            )
            return _found(ask(service, path), once)

        if not look_up(dict([CANARY])):
            raise CouldNotLookError(f"{service} knows no vulnerability of {' '.join(CANARY)}, which has some")
        return [line for once in _rounds(pins) for line in look_up(once)]


def _rounds(pins: Sequence[Pin]) -> Iterator[Mapping[str, str]]:
    """All pins, each name once a round: some have a version for old Pythons and one for new, and pip-audit takes no name twice."""
    while pins:
        once = dict(reversed(pins))
        yield once
        pins = [(name, version) for name, version in pins if once[name] != version]


def _found(report: Report, pins: Mapping[str, str]) -> list[str]:
    seen = {each["name"]: each for each in report["dependencies"]}
    unknown = [name for name in pins if "vulns" not in seen.get(name, {})]
    if unknown:
        raise CouldNotLookError(
            f"{len(unknown)} of {len(pins)} packages were not looked up: {', '.join(unknown[:5])}"
        )
    return [
        f"{name} {pins[name]}: {vulnerability['id']}, fixed in {', '.join(vulnerability['fix_versions']) or 'no release'}"
        for name in pins
        for vulnerability in seen[name]["vulns"]
    ]


def audit(ask: Ask, pins: Sequence[Pin], *, allow_unaudited: bool) -> tuple[int, list[str]]:
    """The exit status, and what to print."""
    reasons: list[str] = []
    for service in SERVICES:
        try:
            found = vulnerable(ask, service, pins)
        except CouldNotLookError as error:
            reasons.append(str(error))
            continue
        return (
            (1, found) if found else (0, [f"No known vulnerabilities in {len(pins)} packages ({service})."])
        )
    end = "Allowed by ALLOW_UNAUDITED." if allow_unaudited else "Set ALLOW_UNAUDITED=1 to go on without."
    return (0 if allow_unaudited else 2), ["NOT AUDITED: no service could be asked.", *reasons, end]


def pins_of(text: str) -> list[Pin]:
    """The packages in requirements, for this Python and every other."""
    return re.findall(r"^([\w.-]+)==([^\s;\\]+)", text, re.MULTILINE)


def main(argv: Sequence[str]) -> int:
    """Audit a list of requirements."""
    seconds = float(os.environ.get("AUDIT_SECONDS", "180"))
    code, lines = audit(
        lambda service, path: pip_audit(service, path, seconds=seconds),
        pins_of(Path(argv[0]).read_text(encoding="utf-8")),
        allow_unaudited=os.environ.get("ALLOW_UNAUDITED") == "1",
    )
    print("\n".join(lines))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
