"""Every promise of docs/delivery.md names a test that exists."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "delivery.md").read_text()
UNPROVED = "–"
"""Stands in the last column where no test can hold what is said."""


def existing() -> set[str]:
    files = [*ROOT.glob("unit_tests/**/test_*.py"), *ROOT.glob("integration_tests/**/test_*.py")]
    return {
        name for file in files for name in re.findall(r"^\s*def (test_\w+)", file.read_text(), re.MULTILINE)
    }


def rows() -> list[list[str]]:
    lines = [line for line in PAGE.splitlines() if line.startswith("|") and not line.startswith("|---")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_test_that_is_named_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert len(named) > 40
    assert named - existing() == set()


def test_every_row_names_the_test_that_holds_it() -> None:
    heads = {"what fails", "lost answer to", "policy", "what happens", "not known"}
    bare = [row[0] for row in rows() if row[0] not in heads and "`test_" not in row[-1]]
    assert len([row for row in rows() if row[-1] == UNPROVED]) == len(bare) == 1
