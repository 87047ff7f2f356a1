"""The door: which command is run."""

import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest

from source_destination_clientes import __main__ as door


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> object:
    monkeypatch.setattr(sys, "argv", ["destination-clientes", *arguments])
    with pytest.raises(SystemExit) as caught:
        door.main()
    return caught.value.code


def people_command(monkeypatch: pytest.MonkeyPatch, name: str) -> list[Sequence[str]]:
    """A stand-in for the module behind a command; the arguments it was called with."""
    calls: list[Sequence[str]] = []
    module = ModuleType("stand_in")
    module.main = lambda argv: calls.append(argv) or 3  # type: ignore[attr-defined, func-returns-value] # made here
    monkeypatch.setitem(sys.modules, door.PEOPLE[name], module)
    return calls


@pytest.mark.parametrize(("arguments", "code"), [((), 2), (("-h",), 0), (("--help",), 0)])
def test_whoever_asks_for_nothing_or_help_is_told_every_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int
) -> None:
    assert run(monkeypatch, *arguments) == code
    shown = capsys.readouterr().out
    assert all(f"  {name} " in shown for name in ("spec", "check", "discover", "write", *door.PEOPLE))


def test_a_command_that_does_not_exist_is_answered_with_those_that_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "wrte", "--config", "c.json") == 2
    shown = capsys.readouterr()
    assert "there is no command 'wrte'" in shown.err
    assert "  preview " in shown.err
    assert shown.out == ""


def test_the_version_is_that_of_the_package(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pyproject = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())
    assert run(monkeypatch, "--version") == 0
    assert capsys.readouterr().out == f"destination-clientes {pyproject['tool']['poetry']['version']}\n"


@pytest.mark.parametrize("name", sorted(door.PEOPLE))
def test_a_command_for_people_gets_its_arguments_and_ends_the_process_with_its_code(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    calls = people_command(monkeypatch, name)
    assert run(monkeypatch, name, "--json", "x") == 3
    assert calls == [["--json", "x"]]


def test_a_command_without_its_packages_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(name: str) -> ModuleType:
        raise ModuleNotFoundError(name="uvicorn")

    monkeypatch.setattr(door, "import_module", missing)
    assert run(monkeypatch, "sandbox") == 2
    assert "uvicorn is missing" in capsys.readouterr().err


def test_a_part_of_our_own_that_is_missing_is_no_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> ModuleType:
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(door, "import_module", missing)
    monkeypatch.setattr(sys, "argv", ["destination-clientes", "demo"])
    with pytest.raises(ModuleNotFoundError):
        door.main()


def test_every_command_for_people_exists() -> None:
    from importlib.util import find_spec  # noqa: PLC0415 - only here

    assert all(find_spec(module) for module in door.PEOPLE.values())


def test_airbytes_verbs_go_to_the_destination(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "write") == 2
    assert "--config" in capsys.readouterr().err
