"""E-mail addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.cliente.readers.email import read_email
from unit_tests.kit.reading import misfit_of, read_or_none


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("ana@example.com", "ana@example.com"),
        (" Ana.Silva+loja@Example.com.br ", "Ana.Silva+loja@Example.com.br"),
        ("a@example.com;b@example.com", "a@example.com"),
        ("a@example.com; b@example.com", "a@example.com"),
        ("a@example.com, b@example.com", "a@example.com"),
        ("a@example.com / b@example.com", "a@example.com"),
        ("a@example.com b@example.com", "a@example.com"),
        ("Ana <ana@example.com>", "ana@example.com"),
        ('"Ana Teste" <ana@example.com>', "ana@example.com"),
        ("mailto:ana@example.com", "ana@example.com"),
        ("E-mail: ana@example.com", "ana@example.com"),
        ("ana@example.com.", "ana@example.com"),
        ("\u200bana@example.com\u00a0", "ana@example.com"),
        ("ana＠example.com", "ana@example.com"),
        ("o'neil@example.com", "o'neil@example.com"),
        ("joão@exemplo.com.br", "joão@exemplo.com.br"),
        ("naotem; b@example.com", "b@example.com"),
    ],
)
def test_the_first_address_of_a_text_is_taken(value: str, read: str) -> None:
    assert read_email(value) == read


@pytest.mark.parametrize(
    "value",
    [
        "naotem",
        "nao tem",
        "ana",
        "ana@",
        "@example.com",
        "ana@example",
        "ana@@example.com",
        "ana @example.com",
        "ana@example..com",
        "ana@example,com",
        5,
        True,
        [],
    ],
)
def test_what_is_no_address_is_a_misfit(value: object) -> None:
    assert "e-mail" in misfit_of(read_email, value).message


@given(st.text(st.sampled_from("ab1@.,;<> '-+_é\u200b")) | st.emails())
def test_an_address_has_one_at_and_reads_as_itself(value: str) -> None:
    read = read_or_none(read_email, value)
    if read is not None:
        assert read.count("@") == 1
        assert read_email(read) == read
