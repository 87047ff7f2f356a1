"""Reading what a request brings, within limits."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from source_destination_clientes.sandbox.bodies import read_body
from unit_tests.kit.asgi import App


class Parts:
    """A request whose body arrives in parts; `taken` counts those that were read."""

    def __init__(self, parts: Sequence[bytes], **headers: str) -> None:
        self.parts, self.taken = parts, 0
        raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        self.request = Request({"type": "http", "method": "POST", "headers": raw}, self.receive)

    async def receive(self) -> dict[str, Any]:
        if self.taken == len(self.parts):
            await asyncio.Event().wait()
        self.taken += 1
        return {
            "type": "http.request",
            "body": self.parts[self.taken - 1],
            "more_body": self.parts[self.taken - 1] != b"",
        }

    def read(self, limit: int, seconds: float = 30.0) -> bytes:
        return asyncio.run(read_body(self.request, limit, seconds))


def test_a_body_within_its_limits_is_read_whole() -> None:
    assert Parts([b"ab", b"c", b""], content_length="3").read(3) == b"abc"
    assert Parts([b""]).read(0) == b""


def test_a_length_that_is_too_long_is_refused_before_anything_is_read() -> None:
    asked = Parts([b"abcd", b""], content_length="4")
    with pytest.raises(HTTPException) as caught:
        asked.read(3)
    assert (caught.value.status_code, asked.taken) == (413, 0)


@pytest.mark.parametrize("headers", [{}, {"content_length": "-1"}, {"content_length": "many"}])
def test_a_body_without_a_length_is_refused_as_soon_as_it_is_too_long(headers: dict[str, str]) -> None:
    asked = Parts([b"ab"] * 1000, **headers)
    with pytest.raises(HTTPException) as caught:
        asked.read(3)
    assert (caught.value.status_code, asked.taken) == (413, 2)


def test_a_body_that_never_ends_is_not_waited_for() -> None:
    with pytest.raises(HTTPException) as caught:
        Parts([b"a"]).read(3, seconds=0)
    assert caught.value.status_code == 408
    assert caught.value.headers == {"Connection": "close"}


def test_control_routes_have_a_limit_of_their_own() -> None:
    app = App(max_body_bytes=10)
    assert app("POST", "/_sandbox/customers", {"document": "5" * 100}).status == 201
    assert app("POST", "/_sandbox/customers", {"document": "5" * (17 << 20)}).status == 413
