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


TOLD, TESTS = PAGE.split("## The tests behind this page")


def rows(part: str) -> list[list[str]]:
    """The rows of all tables, without their heads."""
    tables = re.findall(r"^\|.*\|\n\|---.*\n((?:\|.*\|\n)+)", part, re.MULTILINE)
    return [
        [cell.strip() for cell in row.strip("|").split("|")] for table in tables for row in table.splitlines()
    ]


def test_every_test_that_is_named_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert len(named) > 40
    assert named - existing() == set()


def test_every_promise_and_every_row_has_its_tests_at_the_end_in_the_same_order() -> None:
    promises = re.findall(r"^\*\*(.+?)\.\*\*", TOLD, re.MULTILINE)
    assert len(promises) == 6
    assert [row[0] for row in rows(TESTS)] == promises + [row[0] for row in rows(TOLD)]


def test_only_one_line_has_no_test_to_hold_it() -> None:
    bare = [tests for _, tests in rows(TESTS) if not re.fullmatch(r"`test_\w+`(, `test_\w+`)*", tests)]
    assert bare == [UNPROVED]


def test_the_names_of_tests_are_only_at_the_end() -> None:
    assert "test_" not in TOLD
