"""Both languages say the same things."""

import string

import pytest

from source_destination_clientes.commands.report.texts import LANGUAGES, plain
from source_destination_clientes.rejection.outcome import Reason


def test_both_languages_have_every_word_with_the_same_blanks_to_fill() -> None:
    english, portuguese = LANGUAGES["en"].words, LANGUAGES["pt-BR"].words
    assert english.keys() == portuguese.keys()
    for name in english:
        blanks = [
            {field for _, field, _, _ in string.Formatter().parse(words[name]) if field}
            for words in (english, portuguese)
        ]
        assert blanks[0] == blanks[1], name


@pytest.mark.parametrize("reason", sorted(Reason))
def test_every_reason_is_explained_in_both_languages(reason: str) -> None:
    english, portuguese = (LANGUAGES[tag].advice(reason) for tag in ("en", "pt-BR"))
    assert english is not None
    assert portuguese is not None
    assert english.remedy != portuguese.remedy
    for text in (portuguese.happened, portuguese.remedy):
        assert text.endswith(".")


def test_a_reason_of_a_later_version_has_no_advice() -> None:
    assert LANGUAGES["pt-BR"].advice("something_new") is None


@pytest.mark.parametrize(
    ("tag", "whole", "part"), [("en", "1,234,567", "1,234.5"), ("pt-BR", "1.234.567", "1.234,5")]
)
def test_numbers_are_written_as_people_there_write_them(tag: str, whole: str, part: str) -> None:
    assert LANGUAGES[tag].number(1_234_567) == whole
    assert LANGUAGES[tag].number(1_234.5) == part


def test_marks_and_links_are_taken_out_for_terminals() -> None:
    assert plain("See [fields.md](fields.md) and `cut(n)`.") == "See fields.md and cut(n)."
