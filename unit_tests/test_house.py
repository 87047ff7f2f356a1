"""The house keeps its measures: few rooms, few arrows, no circle, short files, plain words."""

import ast
import re
from collections.abc import Callable, Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from statistics import median

import grimp
import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = "source_destination_clientes"
OTHERS = ("unit_tests", "integration_tests", "scripts", "benchmarks", "examples", "docs", ".ci")
TEXTS = {".py", ".md", ".yaml", ".yml", ".json", ".toml", ".sh", ""}
GRAPH = grimp.build_graph(PACKAGE)

WORDS = {
    "batch": r"\bbatch(?!_size\b|_template\b|Sink\b|RequestWriter\b)",
    "given up": r"(?<![a-z])(given[ _]up|(gives?|giving|gave)[ _]up[ _]((the|no|its|a|every|all)[ _])*states?)(?![a-z])",
}
"""What nobody writes: PDVSync has lotes and a request a chunk; a state is emitted, and to give up is to abandon."""

DIALECT = r"\b(bears?|mend(s|ed)?|l(ies|ie|ying) (in|below|with)|travels?|told in|brings? (none|no other))\b"
"""What has a plain word: has, fix, is in, send, is logged."""

OTHERS_WORDS = {"test_house.py", "bounds.py", "drt.py", "singer.py", "dlt_custom.py"}
"""This page, the filters of Jinja, and the tools we are compared with: others gave these their names."""


def modules() -> list[Path]:
    return sorted((ROOT / PACKAGE).rglob("*.py"))


def texts() -> Iterator[Path]:
    """Every text that people write here."""
    yield from (path for path in ROOT.iterdir() if path.is_file() and path.suffix in {*TEXTS} - {""})
    for folder in (PACKAGE, *OTHERS):
        yield from (path for path in (ROOT / folder).rglob("*") if path.is_file() and path.suffix in TEXTS)


def room_of(module: str) -> str:
    """The folder of a module; a folder is a room itself."""
    return module if (ROOT / module.replace(".", "/")).is_dir() else module.rpartition(".")[0]


def node_of(module: str) -> str:
    """The room of a module, or the module itself if it is a door of the package."""
    return module if room_of(module) == PACKAGE else room_of(module)


def test_there_are_at_most_twenty_two_rooms_and_a_hundred_arrows_between_them() -> None:
    """The layers are twelve rooms. The command line has four below it, and `manifest`, `records` and `readers` serve several layers."""
    rooms = {room_of(module) for module in GRAPH.modules}
    arrows = {
        (room_of(importer), room_of(imported))
        for importer in GRAPH.modules
        for imported in GRAPH.find_modules_directly_imported_by(importer)
        if room_of(importer) != room_of(imported)
    }
    assert 12 <= len(rooms) <= 22, sorted(rooms)
    assert 30 <= len(arrows) <= 100, sorted(arrows)


@pytest.mark.parametrize("of", [str, node_of], ids=["modules", "rooms"])
def test_no_imports_run_in_a_circle(of: Callable[[str], str]) -> None:
    imports: dict[str, set[str]] = {}
    for importer in GRAPH.modules:
        found = {of(imported) for imported in GRAPH.find_modules_directly_imported_by(importer)}
        imports.setdefault(of(importer), set()).update(found - {of(importer)})
    assert list(TopologicalSorter(imports).static_order())


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    long = {str(path.relative_to(ROOT)): count for path in modules() if (count := lines(path)) > 400}
    assert not long


def test_no_function_is_longer_than_sixty_lines_and_half_of_them_have_at_most_twelve() -> None:
    lengths: dict[str, int] = {}
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                name = f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
                lengths[name] = node.end_lineno - node.lineno + 1
    assert not {name: length for name, length in lengths.items() if length > 60}
    assert median(lengths.values()) <= 12


def test_the_tests_are_longer_than_the_package_and_at_most_half_as_long_again() -> None:
    package = sum(lines(path) for path in modules())
    tests = sum(
        lines(path)
        for folder in ("unit_tests", "integration_tests")
        for path in (ROOT / folder).rglob("*.py")
    )
    assert 1 <= tests / package <= 1.5, f"{tests} lines of tests for {package} of the package"


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("word", WORDS)
def test_no_text_uses_a_banned_word(word: str) -> None:
    banned = re.compile(WORDS[word], re.IGNORECASE)
    assert not [hit for path in texts() if path.name not in OTHERS_WORDS for hit in hits(banned, path)]


def test_pages_and_tests_of_the_whole_program_use_plain_words() -> None:
    dialect = re.compile(DIALECT, re.IGNORECASE)
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "integration_tests").glob("*.py")]
    assert not [hit for path in pages for hit in hits(dialect, path)]


def hits(pattern: re.Pattern[str], path: Path) -> Iterator[str]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if found := pattern.search(line):
            yield f"{path.relative_to(ROOT)}:{number}: {found[0]!r}"


def test_no_test_imports_a_test() -> None:
    imports = re.compile(
        r"^\s*(from \S*\btest_\w+ import|from (unit|integration)_tests\S* import test_)", re.MULTILINE
    )
    tests = [*(ROOT / "unit_tests").rglob("*.py"), *(ROOT / "integration_tests").rglob("*.py")]
    assert not [
        str(path.relative_to(ROOT)) for path in tests if imports.search(path.read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("sent as a batch", "batch"),
        ("every state given up", "given up"),
        ("test_it_gives_up_no_state", "given up"),
        ("gives up the states that are due", "given up"),
    ],
)
def test_a_banned_word_is_found(text: str, word: str) -> None:
    assert re.search(WORDS[word], text)


def test_to_give_up_may_be_said_of_what_is_abandoned() -> None:
    assert not re.search(WORDS["given up"], "the transport gives up after ten minutes")
