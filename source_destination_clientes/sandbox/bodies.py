"""Reading what a request brings, within limits of size and time."""

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import Request


async def read_body(request: Request, limit: int, seconds: float) -> bytes:
    """The body of a request, of at most `limit` bytes and within `seconds`.

    A length that is announced is judged before anything is read, one that is not while it is read. Raises `HTTPException` 413 or
    408. What is left of a body that was refused is read and dropped by the server: were the connection closed at once, a client
    that is still sending would not see the answer.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise HTTPException(413)
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for part in request.stream():
                body += part
                if len(body) > limit:
                    raise HTTPException(413)
    except TimeoutError:
        raise HTTPException(408, headers={"Connection": "close"}) from None
    return bytes(body)
