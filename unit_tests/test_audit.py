"""The audit never takes "could not look" for "nothing is known"."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts.audit import CANARY, SERVICES, CouldNotLookError, Pin, audit, pins_of

PINS: list[Pin] = [("requests", "2.32.0"), ("numpy", "2.4.6"), ("numpy", "2.5.5")]
Answer = Callable[[str, str], dict[str, Any]]


def clean(_name: str, _version: str) -> dict[str, Any]:
    return {"vulns": []}


def skipped(name: str, _version: str) -> dict[str, Any]:
    """What pip-audit says, with exit status 0, where the index has no JSON."""
    return {"skip_reason": f"Dependency not found on PyPI and could not be audited: {name}"}


class Services:
    """Answers by service; a service without any cannot be reached."""

    def __init__(self, **answers: Answer) -> None:
        self.answers = answers
        self.asked: list[tuple[str, list[Pin]]] = []

    def __call__(self, service: str, requirements: Path) -> dict[str, Any]:
        pins = pins_of(requirements.read_text())
        self.asked.append((service, pins))
        assert len({name for name, _ in pins}) == len(pins), "pip-audit takes no name twice"
        if service not in self.answers:
            raise CouldNotLookError(f"{service} is away")
        return {
            "dependencies": [
                {"name": name, "version": version, **self._answer(service, name, version)}
                for name, version in pins
            ]
        }

    def _answer(self, service: str, name: str, version: str) -> dict[str, Any]:
        answer = self.answers[service](name, version)
        if (name, version) == CANARY and answer == {"vulns": []} and self.answers[service] is not forgetful:
            return {"vulns": [{"id": "PYSEC-2021-437", "fix_versions": ["21.1"]}]}
        return answer


def forgetful(_name: str, _version: str) -> dict[str, Any]:
    """A service that says of everything that nothing is known."""
    return {"vulns": []}


def test_nothing_known_passes_once_every_version_was_looked_up() -> None:
    services = Services(osv=clean)
    code, lines = audit(services, PINS, allow_unaudited=False)
    assert (code, lines) == (0, ["No known vulnerabilities in 3 packages (osv)."])
    assert {pin for _, pins in services.asked for pin in pins} == {*PINS, CANARY}


def test_a_known_vulnerability_fails_even_where_unaudited_is_allowed() -> None:
    def old(name: str, version: str) -> dict[str, Any]:
        found = [{"id": "PYSEC-1", "fix_versions": ["2.6"]}] if (name, version) == ("numpy", "2.5.5") else []
        return {"vulns": found}

    code, lines = audit(Services(osv=old), PINS, allow_unaudited=True)
    assert (code, lines) == (1, ["numpy 2.5.5: PYSEC-1, fixed in 2.6"])


def test_the_second_service_is_asked_where_the_first_is_away() -> None:
    services = Services(pypi=clean)
    assert audit(services, PINS, allow_unaudited=False)[0] == 0
    assert [service for service, _ in services.asked][:2] == list(SERVICES)


@pytest.mark.parametrize(
    ("services", "words"),
    [
        (Services(), "osv is away"),
        (Services(pypi=skipped), "1 of 1 packages were not looked up: pip"),
        (Services(osv=forgetful), "osv knows no vulnerability of pip 20.0"),
    ],
    ids=["away", "an index without JSON", "a service that knows nothing"],
)
def test_what_could_not_be_looked_up_fails_unless_it_is_allowed(services: Services, words: str) -> None:
    code, lines = audit(services, PINS, allow_unaudited=False)
    assert code == 2
    assert lines[0].startswith("NOT AUDITED")
    assert any(words in line for line in lines)
    assert audit(services, PINS, allow_unaudited=True)[0] == 0


def test_one_package_that_was_not_looked_up_is_enough_to_fail() -> None:
    def gap(name: str, version: str) -> dict[str, Any]:
        return skipped(name, version) if name == "requests" else clean(name, version)

    code, lines = audit(Services(osv=gap), PINS, allow_unaudited=False)
    assert code == 2
    assert any("1 of 2 packages were not looked up: requests" in line for line in lines)


def test_pins_are_read_whatever_marker_or_hash_follows() -> None:
    text = 'a-b==1.0 ; (python_version < "3.12") \\\n    --hash=sha256:00\nc==2 \\\n    --hash=sha256:11\n'
    assert pins_of(text) == [("a-b", "1.0"), ("c", "2")]
