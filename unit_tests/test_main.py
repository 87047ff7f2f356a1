"""The door: which command is run."""

import re
import sys
import tomllib
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Never

import pytest

from source_destination_clientes import __main__ as door
from source_destination_clientes.commands import write

MODULES = {command.name: command.module for command in door.COMMANDS}
FOR_PEOPLE = [command.name for command in door.COMMANDS if not command.for_airbyte]
FOR_AIRBYTE = [command.name for command in door.COMMANDS if command.for_airbyte]


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
    monkeypatch.setitem(sys.modules, MODULES[name], module)
    return calls


@pytest.mark.parametrize(("arguments", "code"), [((), 2), (("-h",), 0), (("--help",), 0)])
def test_whoever_asks_for_nothing_or_help_is_told_every_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int
) -> None:
    assert run(monkeypatch, *arguments) == code
    shown = capsys.readouterr().out
    for command in door.COMMANDS:
        assert re.search(rf"^  {command.name} +{re.escape(command.help)}$", shown, re.MULTILINE)


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


@pytest.mark.parametrize("name", FOR_PEOPLE)
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
    said = capsys.readouterr().err
    assert "uvicorn is missing" in said
    # A name on an index would be somebody else's package: there is none of ours.
    assert "from a checkout" in said
    assert "pip install '.[sandbox]'" in said


def test_a_part_of_our_own_that_is_missing_is_no_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> ModuleType:
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(door, "import_module", missing)
    monkeypatch.setattr(sys, "argv", ["destination-clientes", "demo"])
    with pytest.raises(ModuleNotFoundError):
        door.main()


def test_every_command_exists_and_has_a_file_of_its_own() -> None:
    assert all(find_spec(command.module) for command in door.COMMANDS)
    assert len({command.module for command in door.COMMANDS}) == len(door.COMMANDS)


@pytest.mark.parametrize("name", FOR_AIRBYTE)
def test_a_command_of_airbytes_shows_its_help(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert run(monkeypatch, name, "--help") == 0
    assert f"usage: destination-clientes {name} " in capsys.readouterr().out


@pytest.mark.parametrize("name", ["check", "discover", "write"])
def test_a_command_of_airbytes_names_the_options_it_misses(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert run(monkeypatch, name) == 2
    assert "--config" in capsys.readouterr().err


def test_a_sync_is_three_calls_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """From `main` to the sync the stack has no relay in it: main, run, write."""
    stack: list[str] = []

    def stand_in(*_arguments: object) -> Never:
        frame = sys._getframe(1)
        while frame.f_back is not None and (not stack or stack[-1] != "__main__.main"):
            stack.append(f"{frame.f_globals['__name__'].rpartition('.')[2]}.{frame.f_code.co_name}")
            frame = frame.f_back
        raise SystemExit(0)

    monkeypatch.setattr(write, "read_config", stand_in)
    assert run(monkeypatch, "write", "--config", "c", "--catalog", "d") == 0
    assert stack == ["write.run", "airbyte.run", "__main__.main"]
