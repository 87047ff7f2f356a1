"""The two READMEs say the same, each in its language."""

import json
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
ENGLISH = (ROOT / "README.md").read_text()
PORTUGUESE = (ROOT / "README.pt-BR.md").read_text()
BLOCK = re.compile(r"^```(?P<language>\w*)\n(?P<content>.*?)^```$", re.DOTALL | re.MULTILINE)


def blocks(page: str, language: str) -> list[str]:
    return [found["content"] for found in BLOCK.finditer(page) if found["language"] == language]


def heading_levels(page: str) -> list[int]:
    return [len(marks) for marks in re.findall(r"^(#{1,6}) ", BLOCK.sub("", page), re.MULTILINE)]


def commands(page: str) -> list[list[str]]:
    """Every command of every shell block; what is said beside it is the language's own."""
    lines = (line for block in blocks(page, "sh") for line in block.splitlines())
    return [shlex.split(line, comments=True) for line in lines if line.strip()]


def links(page: str) -> list[str]:
    return re.findall(r"\]\(([^)]+)\)", BLOCK.sub("", page))


def shape(value: Any) -> Any:
    """A config without the values a reader puts in."""
    if isinstance(value, dict):
        return {name: shape(child) for name, child in value.items()}
    return value if value in {"production", "rac_password"} else "..."


def test_both_have_the_same_headings_in_the_same_order() -> None:
    assert heading_levels(ENGLISH) == heading_levels(PORTUGUESE)


def test_both_have_the_same_blocks_of_code_in_the_same_order() -> None:
    languages = [found["language"] for found in BLOCK.finditer(ENGLISH)]
    assert languages == [found["language"] for found in BLOCK.finditer(PORTUGUESE)]
    assert set(languages) <= {"sh", "json"}


def test_both_show_the_same_commands() -> None:
    assert commands(ENGLISH) == commands(PORTUGUESE)


def test_both_show_the_same_config() -> None:
    english, portuguese = (
        [shape(json.loads(b)) for b in blocks(page, "json")] for page in (ENGLISH, PORTUGUESE)
    )
    assert english == portuguese


def test_both_link_to_the_same_pages_but_for_each_other() -> None:
    other = {"README.md", "README.pt-BR.md"}
    assert [link for link in links(ENGLISH) if link not in other] == [
        link for link in links(PORTUGUESE) if link not in other
    ]
    assert "README.pt-BR.md" in links(ENGLISH)
    assert "README.md" in links(PORTUGUESE)


def test_both_have_tables_and_lists_of_the_same_length() -> None:
    for mark in (r"^\|", r"^- "):
        found = [len(re.findall(mark, page, re.MULTILINE)) for page in (ENGLISH, PORTUGUESE)]
        assert found[0] == found[1]


def test_every_command_for_people_is_shown() -> None:
    shown = {words[1] for words in commands(ENGLISH) if words[0] == "destination-clientes"}
    assert {"demo", "sandbox", "preview", "replay", "status"} <= shown


def test_every_example_that_is_shown_exists() -> None:
    named = {word for words in commands(ENGLISH) for word in words if word.startswith("examples/")}
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_make_target_that_is_shown_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    shown = set(re.findall(r"(?:^|`)make ([a-z-]+)", ENGLISH, re.MULTILINE))
    assert shown
    assert shown <= targets


def test_make_and_the_pages_name_the_pythons_that_the_package_supports() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["poetry"]
    supported = re.fullmatch(r">=3\.(\d+),<3\.(\d+)", project["dependencies"]["python"])
    assert supported
    versions = [f"3.{minor}" for minor in range(*map(int, supported.groups()))]
    assert f"PYTHONS := {'|'.join(versions)}\n" in (ROOT / "Makefile").read_text()
    named = f"Python {', '.join(versions[:-1])}"
    assert f"{named} or {versions[-1]}" in ENGLISH
    assert f"{named} ou {versions[-1]}" in PORTUGUESE
