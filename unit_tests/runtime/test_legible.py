"""Others' text, made fit for a log and a terminal."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.runtime.legible import MOST_SHOWN, legible, legible_json

HOSTILE = "".join(
    map(chr, [*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, 0x202E, 0x2066, 0x200F, 0x061C])
)


@given(st.text(st.sampled_from(HOSTILE) | st.characters(), max_size=50))
def test_nothing_that_moves_a_cursor_or_ends_a_line_is_left(text: str) -> None:
    shown = legible(text)
    assert not any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in shown)
    assert not set(shown) & set(HOSTILE)


@pytest.mark.parametrize(
    "text", ["", "Cliente não pôde ser gravado – 7 €", "👩\u200d👧 Ana", "x" * MOST_SHOWN]
)
def test_text_that_is_fit_stays_as_it_is(text: str) -> None:
    assert legible(text) == text


def test_a_line_break_cannot_pass_for_another_line() -> None:
    assert legible("clientes\r\nERROR all lost\u2028x") == "clientes ERROR all lost x"


def test_what_is_too_long_keeps_its_beginning_and_its_end() -> None:
    shown = legible("The shop says: " + "x" * 10_000 + ". Run the sync again.")
    assert len(shown) == MOST_SHOWN
    assert shown.startswith("The shop says: x")
    assert shown.endswith("x. Run the sync again.")


@given(st.text(st.sampled_from(HOSTILE) | st.characters(exclude_categories=["Cs"]), max_size=50))
def test_a_program_reads_the_same_and_a_terminal_nothing_odd(text: str) -> None:
    encoded = legible_json(json.dumps({text: text}, ensure_ascii=False))
    assert json.loads(encoded) == {text: text}
    assert not set(encoded) & set(HOSTILE)
