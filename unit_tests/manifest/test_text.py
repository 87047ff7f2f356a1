from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.errors import ConfigError
from source_destination_clientes.manifest.text import read_yaml, resolve

DEFINITIONS = {"size": {"max_length": 5, "title": "Size"}, "outer": {"inner": {"$ref": "#/definitions/size"}}}


def complaint(text: str) -> str:
    with pytest.raises(ConfigError) as raised:
        read_yaml(text, "objects")
    return str(raised.value)


def test_yaml_becomes_plain_data() -> None:
    text = "a: [1, 1.5, true, no, null, ~, x, '7']\nb: {}\n3: 2020-01-31\n"
    assert read_yaml(text, "objects") == {
        "a": [1, 1.5, True, False, None, None, "x", "7"],
        "b": {},
        "3": "2020-01-31",
    }


def test_an_empty_text_is_nothing() -> None:
    assert read_yaml("  # nothing\n", "objects") is None


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: 1\nb: [", "line 3, column 1"),
        ("a: 1\n\tb: 2", "line 2, column 1"),
        ("a: 1\nb: 2\na: 3", "line 3, column 1"),
        ("a: 1\n? [x]\n: 2", "line 2, column 3"),
        ("a: &x 1\nb: *x", "line 2, column 4"),
        ("a: 0x_", "line 1, column 4"),
        ("a: 1\n---\nb: 2", "line 2, column 1"),
    ],
)
def test_what_is_no_yaml_or_not_taken_is_told_with_its_line(text: str, place: str) -> None:
    assert complaint(text).startswith(f"objects, {place}: ")


def test_a_name_that_stands_twice_is_named() -> None:
    assert complaint("a:\n  b: 1\n  b: 2") == "objects, line 3, column 3: 'b' stands twice in one place."


def test_a_character_that_no_text_may_hold_is_a_mistake_of_the_config() -> None:
    assert complaint("a: \x00").startswith("objects is no YAML: ")


@pytest.mark.parametrize("opening", ["[", "- ", "{a: "])
def test_a_text_that_is_nested_without_end_is_refused_before_it_is_read(opening: str) -> None:
    at = 50 * len(opening) + 1
    said = f"objects, line 1, column {at}: nested too deeply; at most 50 levels are taken."
    assert complaint(opening * 25_000) == said


def test_a_text_of_fifty_levels_is_taken() -> None:
    assert read_yaml("[" * 50 + "]" * 50, "objects") is not None


def test_a_text_that_is_too_long_is_refused() -> None:
    assert complaint("#" * 100_001) == "objects has 100001 characters; at most 100000 are taken."


def test_half_a_character_is_a_mistake_with_its_line() -> None:
    assert complaint("a: 1\nb: \ud800") == "objects, line 2: half a character, which no text may hold."


def test_a_number_that_is_not_taken_is_not_repeated() -> None:
    assert complaint("a: " + "9" * 5000) == "objects, line 1, column 4: a number in a form that is not taken."


@given(text=st.text(alphabet="ab:-[]{}&*!|>'\" \n\t#?0.1~", max_size=60))
def test_no_text_raises_anything_else(text: str) -> None:
    with suppress(ConfigError):
        read_yaml(text, "objects")


def test_a_reference_is_replaced_by_what_it_names_and_what_stands_beside_it_wins() -> None:
    data = {
        "x": {"$ref": "#/definitions/size", "title": "Mine"},
        "y": [{"a": 1, "$ref": "#/definitions/outer"}],
    }
    assert resolve(data, DEFINITIONS, "") == {
        "x": {"max_length": 5, "title": "Mine"},
        "y": [{"a": 1, "inner": {"max_length": 5, "title": "Size"}}],
    }


def test_what_stands_before_a_reference_wins_too_and_keeps_its_place() -> None:
    resolved = resolve({"title": "Mine", "$ref": "#/definitions/size"}, DEFINITIONS, "")
    assert list(resolved.items()) == [("title", "Mine"), ("max_length", 5)]


def test_a_reference_goes_down_by_slashes() -> None:
    assert resolve({"$ref": "#/definitions/outer/inner"}, DEFINITIONS, "") == {
        "max_length": 5,
        "title": "Size",
    }


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("#/definitions/gone", "there is no '#/definitions/gone'. Definitions: size, outer."),
        ("#/definitions/size/title", "there is no '#/definitions/size/title'"),
        ("#/elsewhere", 'must look like "#/definitions/name"'),
        (7, 'must look like "#/definitions/name"'),
    ],
)
def test_a_reference_to_nothing_is_told_with_its_place(reference: object, words: str) -> None:
    data: Any = {"a": [{"$ref": reference}]}
    with pytest.raises(ConfigError) as raised:
        resolve(data, DEFINITIONS, "objects")
    assert str(raised.value).startswith("objects.a[0].$ref")
    assert words in str(raised.value)


def test_a_reference_that_leads_to_itself_is_a_mistake() -> None:
    circle = {"a": {"$ref": "#/definitions/b"}, "b": {"$ref": "#/definitions/a"}}
    with pytest.raises(ConfigError, match=r"^x\.\$ref leads to itself\.$"):
        resolve({"$ref": "#/definitions/a"}, circle, "x")
