"""Request bodies that stream a file, and can be sent again from the start when a request is repeated."""

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import msgspec
from urllib3.fields import RequestField

_PIECE: Final = 3 * 64 * 1024
"""Bytes read at a time; a multiple of three, so that base64 pieces join without padding."""


class ShrunkError(Exception):
    """A file has fewer bytes than when its length was told. Raised in the middle of a request, which breaks its connection."""


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of a file: how to read some of them (how many, from where), how many they are, and what is known about them."""

    read: Callable[[int, int], bytes]
    size: int
    sha256: str
    name: str
    content_type: str

    def pieces(self) -> Iterator[bytes]:
        """Yield `size` bytes from the start, never more: they would pass for the next request of the connection.

        Raises `ShrunkError` when there are fewer.
        """
        at = 0
        while at < self.size:
            wanted = min(_PIECE, self.size - at)
            piece = self.read(wanted, at)
            if len(piece) < wanted:
                raise ShrunkError
            at += wanted
            yield piece


@dataclass(frozen=True, slots=True)
class Body:
    """Text around a file's content. `requests` takes the length from `len` and streams by iterating."""

    content_type: str
    before: bytes
    content: Content
    after: bytes
    encoding: Literal["raw", "base64"]

    def __len__(self) -> int:
        size = self.content.size
        return len(self.before) + len(self.after) + (size if self.encoding == "raw" else 4 * -(-size // 3))

    def __iter__(self) -> Iterator[bytes]:
        yield self.before
        for piece in self.content.pieces():
            yield piece if self.encoding == "raw" else base64.b64encode(piece)
        yield self.after


def multipart_body(content: Content, file_field: str, fields: Mapping[str, str], boundary: str) -> Body:
    """`multipart/form-data` with the file in `file_field`. The same boundary makes the same bytes."""
    text = "".join(
        _part(boundary, RequestField(name, value)) + value + "\r\n" for name, value in fields.items()
    )
    file = RequestField(file_field, "", filename=content.name)
    before = text + _part(boundary, file, content.content_type)
    return Body(
        f"multipart/form-data; boundary={boundary}",
        before.encode(),
        content,
        f"\r\n--{boundary}--\r\n".encode(),
        "raw",
    )


def _part(boundary: str, field: RequestField, content_type: str | None = None) -> str:
    field.make_multipart(content_type=content_type)
    return f"--{boundary}\r\n{field.render_headers()}"


def json_body(content: Content, file_field: str, fields: Mapping[str, str]) -> Body:
    """A JSON object with the file as base64 in `file_field`."""
    head = msgspec.json.encode(dict(fields))[:-1] + (b"," if fields else b"")
    return Body("application/json", head + msgspec.json.encode(file_field) + b':"', content, b'"}', "base64")
