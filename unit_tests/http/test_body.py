"""Bytes are judged after their encoding."""

import codecs
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.http.body import is_page, parse_object, text_of

ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
OBJECT = {"success": False, "message": "Requisição não aceita"}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_object_is_read_in_every_encoding_of_unicode(encoding: str) -> None:
    assert parse_object(json.dumps(OBJECT, ensure_ascii=False).encode(encoding)) == OBJECT


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_page_is_known_in_every_encoding_of_unicode(encoding: str) -> None:
    page = "\r\n <!DOCTYPE html><title>Manutenção</title>".encode(encoding)
    assert is_page(page)
    assert parse_object(page) is None


def test_a_mark_in_the_middle_hides_nothing() -> None:
    assert is_page(b"\r\n" + codecs.BOM_UTF8 + b"<html>")
    assert parse_object(codecs.BOM_UTF8 * 2 + b'{"a":1}') == {"a": 1}


@pytest.mark.parametrize("body", [b"", b"OK", b'{"a":"<"}', b"[]", b"\xff\xfe", codecs.BOM_UTF8])
def test_what_does_not_begin_like_a_page_is_none(body: bytes) -> None:
    assert not is_page(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'"text"',
        b'{"a":',
        b'{"a":"\xff"}',
        b"\xff\xfe{",
        b"[" * 100_000,
        codecs.BOM_UTF8,
    ],
)
def test_what_is_no_object_is_none(body: bytes) -> None:
    assert parse_object(body) is None


def test_words_in_no_known_encoding_are_still_words() -> None:
    assert text_of("não".encode("latin-1")) == "n\ufffdo"


@given(st.binary(max_size=64))
def test_no_bytes_are_so_odd_that_reading_them_fails(body: bytes) -> None:
    parsed = parse_object(body)
    assert parsed is None or isinstance(parsed, dict)
    assert isinstance(text_of(body), str)
    assert is_page(body) == text_of(body).startswith("<")
