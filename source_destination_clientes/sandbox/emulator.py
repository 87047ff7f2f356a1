"""The emulated services behind their routes: what they know, and how each call is counted, delayed and spoiled."""

import asyncio
import secrets
import socket
import struct
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from source_destination_clientes.sandbox.bodies import read_body
from source_destination_clientes.sandbox.customers import Customers
from source_destination_clientes.sandbox.faults import Fault, Faults
from source_destination_clientes.sandbox.lotes import Lotes

Handler = Callable[[Request, bytes], Awaitable[Response]]

_LOG_LENGTH: Final = 100_000


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """Times in seconds; `max_body_bytes` is the longest request the gateway in front takes, `body_seconds` the slowest.

    `hosts` are names of the sandbox beside those of loopback.
    """

    latency: float = 0.0
    store_delay: float = 2.0
    stores: tuple[str, ...] = ("0101", "0102")
    token_seconds: float = 1200.0
    max_body_bytes: int = 4 << 20
    body_seconds: float = 30.0
    hosts: tuple[str, ...] = ()


@dataclass(slots=True)
class Emulator:
    """One sandbox."""

    settings: SandboxSettings
    lotes: Lotes = field(init=False)
    customers: Customers = field(default_factory=Customers)
    faults: Faults = field(default_factory=Faults)
    tokens: dict[str, float] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    log: deque[dict[str, Any]] = field(init=False)
    in_flight: int = 0
    max_in_flight: int = 0
    max_records: int = 0
    max_bytes: int = 0

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin anew."""
        self.lotes = Lotes(self.settings.stores, self.settings.store_delay)
        self.customers = Customers()
        self.faults = Faults()
        self.tokens = {}
        self.calls = Counter()
        self.log = deque(maxlen=_LOG_LENGTH)
        self.in_flight = self.max_in_flight = self.max_records = self.max_bytes = 0

    def make_token(self) -> str:
        """A bearer token that lives for `token_seconds`."""
        token = secrets.token_hex(16)
        self.tokens[token] = time.monotonic() + self.settings.token_seconds
        return token

    def refusal(self, request: Request) -> Response | None:
        """401 or 403 when the bearer token does not open the retaguarda API."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            if token == "no-permission":  # noqa: S105 - a made-up token that tests use
                return reply({"message": "Forbidden"}, 403)
            if token == "sandbox-token" or self.tokens.get(token, 0) > time.monotonic():  # noqa: S105 - as above
                return None
        return reply({"message": "Unauthorized"}, 401)

    def operation(self, name: str, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        """A route that is counted, delayed, and spoiled by the faults planned for it."""

        async def serve(request: Request) -> Response:
            body = await self._read(request)
            self.calls[name] += 1
            self.in_flight += name == "send"
            self.max_in_flight = max(self.max_in_flight, self.in_flight)
            started = time.monotonic()
            try:
                if self.settings.latency:
                    await asyncio.sleep(self.settings.latency)
                response = await self._serve(name, handler, request, body)
            finally:
                self.in_flight -= name == "send"
            self._note(name, request, response, started)
            return response

        return serve

    async def _read(self, request: Request) -> bytes | Response:
        """The body, or the answer to one that is too long or too slow."""
        try:
            return await read_body(request, self.settings.max_body_bytes, self.settings.body_seconds)
        except HTTPException as error:
            return Response(error.detail, error.status_code, error.headers)

    async def _serve(self, name: str, handler: Handler, request: Request, body: bytes | Response) -> Response:
        fault = self.faults.fire(name)
        request.state.fault = fault and fault.kind
        if isinstance(body, Response):
            return body
        if fault is None:
            return await handler(request, body)
        if fault.kind == "status":
            return Response(fault.body, fault.status, dict(fault.headers), fault.content_type)
        if fault.kind == "reset":
            await _hang_up(request, reset=True)
            return Response(status_code=599)
        if fault.kind == "stall":
            await asyncio.sleep(fault.seconds)
        done = await handler(request, body)
        return await self._after_work(fault, request, done)

    async def _after_work(self, fault: Fault, request: Request, done: Response) -> Response:
        if fault.kind == "drop_after":
            await _hang_up(request, reset=False)
        if fault.kind == "empty_body":
            return Response(b"", 200)
        if fault.kind == "not_json":
            return Response("<html><body>OK</body></html>", 200, media_type="text/html")
        return done

    def _note(self, name: str, request: Request, response: Response, started: float) -> None:
        entry = {
            "operation": name,
            "method": request.method,
            "path": request.scope["path"],
            "status": response.status_code,
            "started": started,
            "ended": time.monotonic(),
            "fault": request.state.fault,
        }
        self.log.append(entry | getattr(request.state, "note", {}))


async def _hang_up(request: Request, *, reset: bool) -> None:
    """End the connection without an answer; with `reset`, by a TCP RST.

    uvicorn keeps the transport in its request cycle, whose bound method `receive` is; ASGI has no word for hanging up.
    """
    transport = request.receive.__self__.transport  # type: ignore[attr-defined] # see above
    if reset:
        raw = transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    # uvicorn learns of it in the next turn of the loop, and then sends nothing.
    await asyncio.sleep(0.01)


def reply(content: object, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(orjson.dumps(content), status, media_type="application/json")


def envelope(
    message: str, *, success: bool, data: object = None, errors: object = None, number: int = 0
) -> dict[str, Any]:
    """The retaguarda API's envelope."""
    return {
        "success": success,
        "message": message,
        "data": data,
        "errors": errors,
        "totalTime": 0,
        "numberOfRecords": number,
    }


def parse(body: bytes) -> Any:
    """The JSON of a request, None when it is none."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
