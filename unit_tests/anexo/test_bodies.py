"""Bodies that stream a file."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from email import message_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.anexo.bodies import Body, Content, ShrunkError, json_body, multipart_body

Make = Callable[[Content, Mapping[str, str]], Body]


def content(data: bytes, name: str = "id.png", kind: str = "image/png") -> Content:
    return Content(lambda size, at: data[at : at + size], len(data), "sha", name, kind)


def multipart(content: Content, fields: Mapping[str, str]) -> Body:
    return multipart_body(content, "file", fields, "b0undary")


def in_json(content: Content, fields: Mapping[str, str]) -> Body:
    return json_body(content, "file", fields)


def parts(body: Body) -> dict[str, tuple[str | None, str, bytes]]:
    """File name, type and bytes of each part, by the name of its field."""
    whole = message_from_bytes(b"Content-Type: " + body.content_type.encode() + b"\r\n\r\n" + b"".join(body))
    found = {}
    for part in whole.get_payload():
        assert not isinstance(part, str)
        name = part.get_param("name", header="content-disposition")
        payload = part.get_payload(decode=True)
        assert isinstance(name, str)
        assert isinstance(payload, bytes)
        found[name] = (part.get_filename(), part.get_content_type(), payload)
    return found


def test_multipart_carries_the_file_with_its_name_and_type_beside_the_fields() -> None:
    body = multipart(content(b"\x89PNG"), {"purpose": "pay_stub"})
    found = parts(body)
    assert found["file"] == ("id.png", "image/png", b"\x89PNG")
    assert found["purpose"][2] == b"pay_stub"


def test_a_name_cannot_break_out_of_its_header() -> None:
    body = multipart(content(b"x", name='a"\r\nX-Evil: 1'), {})
    assert b"\r\nX-Evil" not in b"".join(body)


@given(st.binary(max_size=500_000), st.sampled_from([multipart, in_json]))
def test_the_length_is_told_before_a_byte_is_read_and_is_right(data: bytes, make: Make) -> None:
    body = make(content(data), {"purpose": "ção"})
    assert len(body) == sum(len(piece) for piece in body)


@given(st.binary(max_size=500_000))
def test_json_carries_the_file_as_one_base64_text(data: bytes) -> None:
    sent = json.loads(b"".join(json_body(content(data), "document", {"purpose": "pay_stub"})))
    assert base64.b64decode(sent["document"]) == data
    assert sent["purpose"] == "pay_stub"


@pytest.mark.parametrize("make", [multipart, in_json])
def test_a_body_can_be_sent_again_from_its_start_and_is_the_same_each_time(make: Make) -> None:
    body = make(content(b"again" * 100_000), {})
    assert list(body) == list(body)


@pytest.mark.parametrize("make", [multipart, in_json])
def test_a_file_that_grows_is_sent_as_long_as_it_was_told_to_be(make: Make) -> None:
    growing = replace(content(b"x" * 500_000), size=300_000)
    body = make(growing, {})
    assert len(body) == sum(len(piece) for piece in body)


@pytest.mark.parametrize("make", [multipart, in_json])
def test_a_file_that_shrinks_breaks_its_request(make: Make) -> None:
    body = make(replace(content(b"x" * 200_000), size=300_000), {})
    with pytest.raises(ShrunkError):
        list(body)
