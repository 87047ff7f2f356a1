"""What the docs say of settings, fields, reasons, words, filters and commands is what the code says."""

import os
import re
from pathlib import Path

import pytest

from scripts import generate_docs
from source_destination_clientes.cliente.expressions import compile_value
from source_destination_clientes.cliente.filters import FILTERS
from source_destination_clientes.rejection.explain import EXPLANATIONS
from source_destination_clientes.rejection.outcome import Reason


def test_every_page_is_up_to_date() -> None:
    stale = [str(page.relative_to(generate_docs.ROOT)) for page in generate_docs.stale()]
    assert not stale, "run scripts/generate_docs.py"


def test_every_generated_part_is_shown_in_some_page() -> None:
    shown = {name for page in generate_docs.pages() for name in generate_docs.names_in(page.read_text())}
    assert shown == generate_docs.blocks().keys()


def test_no_marker_is_left_without_its_end() -> None:
    for page in generate_docs.pages():
        text = page.read_text()
        markers = re.findall(r"^<!-- (?:generated: .+|words|filters) -->$", text, re.MULTILINE)
        assert len(markers) == len(generate_docs.names_in(text)), page


def test_a_page_that_asks_for_an_unknown_part_is_a_mistake() -> None:
    with pytest.raises(generate_docs.UnknownBlockError, match="'weather'"):
        generate_docs.filled("<!-- generated: weather -->\n<!-- /generated -->", generate_docs.blocks())


def test_filling_a_filled_page_changes_nothing() -> None:
    made = generate_docs.blocks()
    once = generate_docs.filled("a\n<!-- words -->\n<!-- /words -->\nb\n", made)
    assert "`solteira`" in once
    assert generate_docs.filled(once, made) == once


def test_a_stale_page_is_named_and_only_written_when_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "docs" / "page.md"
    page.parent.mkdir()
    page.write_text("<!-- filters -->\n<!-- /filters -->\n")
    monkeypatch.setattr(generate_docs, "ROOT", tmp_path)
    monkeypatch.setattr(generate_docs.stale, "__defaults__", (tmp_path,))
    assert generate_docs.main(["--check"]) == 1
    assert f"docs{os.sep}page.md is stale" in capsys.readouterr().out
    assert page.read_text() == "<!-- filters -->\n<!-- /filters -->\n"
    assert generate_docs.main([]) == 0
    assert "regex_search" in page.read_text()
    assert generate_docs.main(["--check"]) == 0


def test_descriptions_of_the_form_become_markdown() -> None:
    text = '<b>wait</b> for <i>lotes</i> &amp; <code>x</code>, see <a href="https://example.com" target="_blank">there</a>'
    assert generate_docs.markdown(text) == "**wait** for *lotes* & `x`, see [there](https://example.com)"


def test_a_bar_does_not_split_a_cell() -> None:
    assert generate_docs.table(("a",), [("x | y",)]).splitlines()[2] == r"| x \| y |"


def test_every_filter_has_an_example() -> None:
    assert generate_docs.FILTER_EXAMPLES.keys() == FILTERS.keys()


@pytest.mark.parametrize("reason", Reason)
def test_each_reason_is_explained_in_sentences(reason: Reason) -> None:
    said = EXPLANATIONS[reason]
    for text in (said.happened, said.example, said.remedy):
        assert text[0].isupper() or text[0] == "`"
        assert text.endswith(".")


def test_every_reason_is_explained_and_nothing_else() -> None:
    assert set(EXPLANATIONS) == set(Reason)


def test_no_two_reasons_are_explained_alike() -> None:
    assert len({EXPLANATIONS[reason].happened for reason in Reason}) == len(Reason)


@pytest.mark.parametrize("reason", Reason)
def test_expressions_in_explanations_compile(reason: Reason) -> None:
    said = EXPLANATIONS[reason]
    for expression in re.findall(r"`(\{\{.+?\}\})`", f"{said.happened} {said.example} {said.remedy}"):
        compile_value(expression, reason)


@pytest.mark.parametrize("reason", Reason)
def test_settings_in_explanations_exist(reason: Reason) -> None:
    said = EXPLANATIONS[reason]
    sections = "".join(generate_docs.settings_sections().values())
    for name in re.findall(r"`(?:\w+(?:\[\])?\.)+(\w+)`", f"{said.happened} {said.example} {said.remedy}"):
        # `address.line1` is a column of somebody's source.
        assert f"`{name}`" in sections or f".{name}`" in sections or name == "line1"


def test_every_room_and_module_is_in_the_table_of_the_house() -> None:
    rows = [generate_docs.room_row(room) for room in generate_docs.rooms()]
    shown = {
        f"{room.strip('`')}{module}.py"
        for room, _, modules in rows
        for module in re.findall(r"`(\w+)`", modules)
    }
    files = {
        path.relative_to(generate_docs.PACKAGE).as_posix() for path in generate_docs.PACKAGE.glob("*/**/*.py")
    }
    assert len(files) > 80
    assert shown == {file for file in files if not file.endswith("__init__.py")}


def test_every_room_says_in_its_docstring_what_it_is_for() -> None:
    silent = [row[0] for row in map(generate_docs.room_row, generate_docs.rooms()) if not row[1]]
    assert not silent


def test_the_paths_that_contributors_are_led_to_exist() -> None:
    page = (generate_docs.ROOT / "CONTRIBUTING.md").read_text()
    paths = set(
        re.findall(
            r"`((?:[\w.]+/)+[\w.]*\w)`",
            page.partition("## How to add a field")[2].partition("## The slow")[0],
        )
    )
    roots = (generate_docs.ROOT, generate_docs.PACKAGE)
    assert len(paths) > 15
    assert not [path for path in paths if not any((root / path).exists() for root in roots)]
