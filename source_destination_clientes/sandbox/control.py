"""Routes that steer and inspect the sandbox, under a prefix of their own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from source_destination_clientes.sandbox.bodies import read_body
from source_destination_clientes.sandbox.emulator import Emulator, parse, reply
from source_destination_clientes.sandbox.faults import Fault, UnknownFaultError
from source_destination_clientes.sandbox.overview import overview

PREFIX: Final = "/_sandbox"

_MAX_BODY: Final = 16 << 20


@dataclass(frozen=True, slots=True)
class ControlRoutes:
    """Handlers of one emulator."""

    emulator: Emulator

    def routes(self) -> list[BaseRoute]:
        """Every route."""
        table: list[tuple[str, str, Callable[..., Any]]] = [
            ("GET", "state", self.state),
            ("GET", "overview", self.overview),
            ("GET", "clientes", self.clientes),
            ("GET", "requests", self.requests),
            ("GET", "faults", self.list_faults),
            ("POST", "faults", self.plan_fault),
            ("DELETE", "faults", self.forget_faults),
            ("POST", "lotes", self.plant_lote),
            ("POST", "customers", self.add_customer),
            ("POST", "files", self.add_file),
            ("GET", "attachments", self.attachments),
            ("POST", "reset", self.reset),
        ]
        return [Route(f"{PREFIX}/{path}", handler, methods=[method]) for method, path, handler in table]

    async def _asked(self, request: Request) -> list[Any]:
        """What a request asks for: a list, or one thing alone."""
        asked = parse(await read_body(request, _MAX_BODY, self.emulator.settings.body_seconds))
        return asked if isinstance(asked, list) else [asked]

    async def _objects(self, request: Request) -> list[dict[str, Any]]:
        asked = await self._asked(request)
        if not asked or not all(isinstance(each, dict) for each in asked):
            raise HTTPException(400, "The body must be a JSON object, or a list of them")
        return asked

    async def overview(self, request: Request) -> Response:
        """What the page shows: of everything the newest, and the records of one lote, the newest unless `lote` names one."""
        query = request.query_params
        return reply(overview(self.emulator, query.get("lote"), reveal=bool(query.get("reveal"))))

    async def state(self, _request: Request) -> Response:
        """Lotes and counts."""
        emulator = self.emulator
        return reply(
            {
                "open_lotes": emulator.lotes.open_count,
                "lotes": [lote.as_json() for lote in emulator.lotes.lotes.values()],
                "clientes": sum(1 for _, kind, _ in emulator.lotes.tills if kind == "cliente"),
                "requests": dict(emulator.calls),
                "max_in_flight": emulator.max_in_flight,
                "max_records_per_request": emulator.max_records,
                "max_request_bytes": emulator.max_bytes,
            },
        )

    async def clientes(self, request: Request) -> Response:
        """What the tills can see, one object a line; with `pending=1`, what lies in open lotes."""
        lotes = self.emulator.lotes
        query = request.query_params
        records = lotes.pending() if query.get("pending") else lotes.visible(query.get("inquilino"))
        lines = b"".join(orjson.dumps(record) + b"\n" for record in records)
        return Response(lines, media_type="application/x-ndjson")

    async def requests(self, _request: Request) -> Response:
        """The log of calls, the newest 100,000; times on the monotonic clock, in seconds."""
        return reply(list(self.emulator.log))

    async def list_faults(self, _request: Request) -> Response:
        """Each planned fault and how often it fired."""
        return reply([fault.as_json() for fault in self.emulator.faults.planned])

    async def plan_fault(self, request: Request) -> Response:
        """Plan a fault, or several."""
        try:
            planned = [Fault.plan(plan) for plan in await self._asked(request)]
        except UnknownFaultError as error:
            return reply({"message": str(error)}, 400)
        self.emulator.faults.planned += planned
        return reply([fault.as_json() for fault in planned], 201)

    async def forget_faults(self, _request: Request) -> Response:
        """Plan nothing any more."""
        self.emulator.faults.planned.clear()
        return reply([])

    async def plant_lote(self, request: Request) -> Response:
        """Open a lote as somebody else would; `owner_closes_after` seconds, if given, it is closed by its owner."""
        asked = (await self._objects(request))[0]
        seconds = asked.get("owner_closes_after")
        lote = self.emulator.lotes.open(asked.get("idInquilino", "inq-1"), [13], owner_closes_after=seconds)
        if lote is None:
            return reply({"message": "another lote is open"}, 409)
        return reply(lote.as_json(), 201)

    async def add_customer(self, request: Request) -> Response:
        """Make a customer, or several."""
        add = self.emulator.customers.add_customer
        return reply([add(each) for each in await self._objects(request)], 201)

    async def add_file(self, request: Request) -> Response:
        """Make a file, or several."""
        add = self.emulator.customers.add_file
        return reply([add(each) for each in await self._objects(request)], 201)

    async def attachments(self, _request: Request) -> Response:
        """Which files hang on which customer, and how many attach calls did their work."""
        customers = self.emulator.customers
        attached = {
            customer["id"]: [entry["file"] for entry in customer["attachments"]]
            for customer in customers.customers.values()
        }
        return reply(
            {
                "attached": attached,
                "attach_calls": customers.attach_calls,
                "files": list(customers.files.values()),
            }
        )

    async def reset(self, _request: Request) -> Response:
        """Begin anew."""
        self.emulator.reset()
        return reply({})
