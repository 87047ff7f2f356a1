"""The walk through Airbyte's screens names what the form really shows."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from source_destination_clientes.errors import ConfigError
from source_destination_clientes.settings import Settings
from source_destination_clientes.settings.spec import build_spec

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "airbyte-ui.md").read_text()
SPEC: Mapping[str, Any] = build_spec()["connectionSpecification"]
AIRBYTE_SAYS = {
    "Workspace settings → Destinations",
    "Workspace settings → Destinations → New connector → Add a new Docker connector",
    "Destinations → New destination → Clientes",
    "Set up destination",
}


def titles(node: Any) -> Iterator[str]:
    """Every title within the form."""
    if isinstance(node, Mapping):
        if isinstance(node.get("title"), str):
            yield node["title"]
        for child in node.values():
            yield from titles(child)
    elif isinstance(node, list):
        for child in node:
            yield from titles(child)


def section(title: str, level: int = 2) -> str:
    """A section of the page, without its heading."""
    marks = "#" * level
    found = re.search(
        rf"^{marks} {re.escape(title)}\n(.*?)(?=^#{{1,{level}}} |\Z)", PAGE, re.DOTALL | re.MULTILINE
    )
    assert found is not None, title
    return found[1]


def test_groups_are_described_in_the_order_of_the_form() -> None:
    said = re.findall(r"^### (.+)$", section("Filling the form"), re.MULTILINE)
    assert said == [group["title"] for group in SPEC["groups"]]


@pytest.mark.parametrize("group", SPEC["groups"], ids=lambda group: group["id"])
def test_every_group_has_its_picture(group: Mapping[str, str]) -> None:
    picture = f"images/form-{group['id']}.png"
    assert f"]({picture})" in section(group["title"], 3)
    assert (ROOT / "docs" / picture).read_bytes().startswith(b"\x89PNG")


def test_every_title_the_page_names_is_one_of_the_form() -> None:
    named = set(re.findall(r"\*\*(.+?)\*\*", section("Filling the form").replace("\n", " ")))
    assert named - AIRBYTE_SAYS - set(titles(SPEC)) == set()


def test_a_check_that_fails_says_what_the_page_says() -> None:
    config = {
        "environment": {"environment_type": "production"},
        "credentials": {
            "auth_type": "rac_password",
            "username": "a",
            "password": "b",
            "client_id": "c",
            "client_secret": "d",
        },
        "id_inquilino": "i",
        "id_proprietario": "p",
    }
    with pytest.raises(ConfigError) as raised:
        Settings.parse(config)
    assert f"```text\n{raised.value}\n```" in PAGE
