"""Bodies that stream a file."""

import base64
import io
import json
from email import message_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.anexo.bodies import Body, Content, json_body, multipart_body


def content(data: bytes, name: str = "id.png", kind: str = "image/png") -> Content:
    return Content(lambda: io.BytesIO(data), len(data), "sha", name, kind)


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
    body = multipart_body(content(b"\x89PNG"), "file", {"purpose": "pay_stub"})
    found = parts(body)
    assert found["file"] == ("id.png", "image/png", b"\x89PNG")
    assert found["purpose"][2] == b"pay_stub"


def test_a_name_cannot_break_out_of_its_header() -> None:
    body = multipart_body(content(b"x", name='a"\r\nX-Evil: 1'), "file", {})
    assert b"\r\nX-Evil" not in b"".join(body)


@given(st.binary(max_size=500_000), st.sampled_from(["multipart", "json"]))
def test_the_length_is_told_before_a_byte_is_read_and_is_right(data: bytes, encoding: str) -> None:
    make = multipart_body if encoding == "multipart" else json_body
    body = make(content(data), "file", {"purpose": "ção"})
    assert len(body) == sum(len(piece) for piece in body)


@given(st.binary(max_size=500_000))
def test_json_carries_the_file_as_one_base64_text(data: bytes) -> None:
    sent = json.loads(b"".join(json_body(content(data), "document", {"purpose": "pay_stub"})))
    assert base64.b64decode(sent["document"]) == data
    assert sent["purpose"] == "pay_stub"


@pytest.mark.parametrize("make", [multipart_body, json_body])
def test_a_body_can_be_sent_again_from_its_start(make: object) -> None:
    assert callable(make)
    body = make(content(b"again" * 100), "file", {})
    assert list(body) == list(body)
