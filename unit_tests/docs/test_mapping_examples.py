"""docs/mapping.md says what is true: its examples are run, its presets and fields exist."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from source_destination_clientes.cliente.expressions import compile_value
from source_destination_clientes.cliente.mapped import Mapped
from source_destination_clientes.cliente.preset import PRESETS
from source_destination_clientes.protocol.catalog import ConfiguredStream
from source_destination_clientes.protocol.messages import Record
from source_destination_clientes.rejection.outcome import Rejection
from source_destination_clientes.settings import Settings
from source_destination_clientes.sync.routes import make_routes

PAGE = Path(__file__).parents[2] / "docs" / "mapping.md"
TEXT = PAGE.read_text(encoding="utf-8")
OWNER = {
    "environment": {"environment_type": "production"},
    "credentials": {"auth_type": "bearer_token", "token": "t"},
    "id_inquilino": "tenant",
    "id_proprietario": "owner",
}
FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(\{\{ [^`]+ \}\})`")
SECTION = re.compile(r"^#+ (?P<title>.+)$", re.MULTILINE)


def fences() -> Iterator[tuple[str, str, str]]:
    """Every fenced block of the page: the section it stands in, what it is, its text."""
    for found in FENCE.finditer(TEXT):
        title = [section["title"] for section in SECTION.finditer(TEXT, 0, found.start())][-1]
        yield title, found["info"], found["body"]


def examples() -> list[Any]:
    """Config, record and outcome, as they follow each other on the page."""
    blocks = [(title, info, body) for title, info, body in fences() if info.startswith("json")]
    triples = zip(*(iter(blocks),) * 3, strict=True)
    made: list[Any] = []
    for (title, first, config), (_, second, record), (_, third, outcome) in triples:
        assert (first, second) == ("json config", "json record"), title
        assert third in {"json payload", "json rejection"}, title
        made.append(pytest.param(config, record, third, outcome, id=f"{len(made) + 1}: {title}"))
    return made


def test_every_example_is_a_config_a_record_and_an_outcome() -> None:
    assert len(examples()) >= 15
    assert {info for _, info, _ in fences() if not info.startswith("json ")} == {"sh"}


@pytest.mark.parametrize(("config", "record", "kind", "expected"), examples())
def test_an_example_gives_what_the_page_says(config: str, record: str, kind: str, expected: str) -> None:
    settings = Settings.parse({**OWNER, **json.loads(config)})
    stream = ConfiguredStream("customers", None, "append_dedup", None, None)
    (route,) = make_routes(settings, [stream])
    outcome = route.map(Record("customers", msgspec.Raw(record.encode())))
    if kind == "json payload":
        assert isinstance(outcome, Mapped), outcome
        assert json.loads(outcome.body + b"}") == json.loads(expected)
    else:
        assert isinstance(outcome, Rejection), outcome
        said = json.loads(expected)
        assert {name: getattr(outcome, name) for name in said} == said


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_has_a_section_with_an_example(preset: str) -> None:
    configs = [body for title, info, body in fences() if title == preset and info == "json config"]
    assert any(f'"preset": "{preset}"' in config for config in configs)
    section = TEXT.split(f"### {preset}\n")[1].split("\n#")[0]
    assert "What it needs: " in section


@pytest.mark.parametrize("expression", sorted(set(INLINE.findall(TEXT.replace("\\|", "|")))))
def test_every_expression_outside_of_examples_compiles(expression: str) -> None:
    compile_value(expression, PAGE.name)


def test_the_places_of_the_generated_tables_are_there() -> None:
    for name in ("words", "filters"):
        assert TEXT.index(f"<!-- {name} -->") < TEXT.index(f"<!-- /{name} -->")
