"""What is installed is made of the lock: the image holds what the command needs, which is what its modules import."""

import ast
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement

from scripts.requirements import ONLY_FOR_CALLERS, Lock, main, name_of

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "source_destination_clientes"
NEEDS_THE_SANDBOX = (
    PACKAGE / "sandbox",
    PACKAGE / "commands" / "demo.py",
    PACKAGE / "commands" / "sample.py",
)
NEEDS_WORKBOOKS = PACKAGE / "commands" / "files" / "workbook.py"
LOCK = Lock()


def names(*sets: str) -> set[str]:
    """The packages of these sets that are for this machine."""
    return {
        name_of(package["name"])
        for package, marker in LOCK.chosen(sets)
        if marker is None or Marker(marker).evaluate()
    }


@cache
def distributions() -> Mapping[str, Sequence[str]]:
    """The distributions of each module that is installed; it reads the files of all of them."""
    return packages_distributions()


def imported(path: Path) -> Iterator[str]:
    """The distributions of others that a module imports, wherever in it."""
    known = distributions()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            modules = [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules = [node.module]
        else:
            continue
        for top in {each.partition(".")[0] for each in modules} - {
            PACKAGE.name,
            "_typeshed",
            *sys.stdlib_module_names,
        }:
            yield name_of(known[top][0])


def declared(text: str) -> list[str]:
    """What a distribution asks for, without extras, on this machine."""
    try:
        wanted = [Requirement(each) for each in requires(text) or []]
    except PackageNotFoundError:
        pytest.fail(f"{text} is not installed: this test runs where the lock is installed")
    return [
        name_of(each.name) for each in wanted if each.marker is None or each.marker.evaluate({"extra": ""})
    ]


def closure(roots: set[str]) -> set[str]:
    done: set[str] = set()
    while roots:
        done |= roots
        roots = {each for root in roots for each in declared(root)} - done
    return done


def test_the_command_needs_what_its_modules_import_and_all_that_comes_with_it() -> None:
    modules = [
        path
        for path in PACKAGE.rglob("*.py")
        if not any(
            path.is_relative_to(each)
            for each in (*NEEDS_THE_SANDBOX, NEEDS_WORKBOOKS, PACKAGE / "destination.py")
        )
    ]
    roots = {each for path in modules for each in imported(path)}
    assert "requests" in roots
    assert closure(roots) == names("command")


def test_the_sandbox_needs_what_it_imports_besides() -> None:
    modules = [
        path for each in NEEDS_THE_SANDBOX for path in (each.rglob("*.py") if each.is_dir() else [each])
    ]
    roots = {each for path in modules for each in imported(path)}
    assert "starlette" in roots
    # faker needs it on Windows only, but pandas needs it everywhere, and the lock has one condition for both.
    too_many = {"tzdata"}
    assert closure(roots) | names("command") | too_many == names("sandbox") | too_many


def test_workbooks_need_one_package_besides() -> None:
    assert set(imported(NEEDS_WORKBOOKS)) == names("xlsx") - names("command") == {"python-calamine"}


def test_only_who_calls_from_python_gets_airbytes_cdk() -> None:
    assert set(imported(PACKAGE / "destination.py")) - names("command") == ONLY_FOR_CALLERS
    assert names("package") > names("sandbox", "xlsx") | ONLY_FOR_CALLERS
    assert not names("command", "sandbox") & {"airbyte-cdk", "pandas", "numpy", "cryptography"}


def test_the_command_needs_few_packages() -> None:
    assert 15 < len(names("command")) < 30


def test_what_builds_and_what_locks_is_locked_too() -> None:
    assert names("build") == {"poetry-core"}
    assert names("tools") >= {"poetry", "cyclonedx-bom", "pip-audit"}


def test_every_requirement_has_a_version_and_hashes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["package", "dev", "build", "tools"]) == 0
    entries = re.split(r"\n(?=\S)", capsys.readouterr().out.strip())
    assert len(entries) > 150
    assert [
        each for each in entries if not re.match(r"[\w.-]+==\S+( ; .+)? \\\n    --hash=sha256:", each)
    ] == []


def test_a_package_for_some_pythons_keeps_its_condition_and_one_of_an_extra_has_none_left(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["package", "dev"])
    out = capsys.readouterr().out
    assert re.search(r'^airbyte-connector-models==\S+ ; .*python_version < "3.13"', out, re.MULTILINE)
    assert "extra ==" not in out
    assert re.search(r"^starlette==", out, re.MULTILINE)
    assert re.search(r"^python-calamine==", out, re.MULTILINE)


def test_a_set_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(SystemExit, match="there is no set 'nothing'"):
        main(["nothing"])


def test_the_lock_names_no_other_index() -> None:
    assert "[package.source]" not in (ROOT / "poetry.lock").read_text()
