"""Routes of the customers API."""

import asyncio
import base64
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from source_destination_clientes.sandbox.customers import ApiError, only_fields
from source_destination_clientes.sandbox.emulator import Emulator, Handler, parse, reply

_FILTERS = ("id", "document", "email", "phone")


@dataclass(frozen=True, slots=True)
class AttachRoutes:
    """Handlers of one emulator."""

    emulator: Emulator

    def routes(self) -> list[BaseRoute]:
        """Every route."""
        return [
            self._route("/attach-api/v1/customers", "customers", self.list, "GET"),
            self._route("/attach-api/v1/customers/{id}", "customers", self.one, "GET"),
            self._route("/attach-api/v1/customers/{id}/attach", "attach", self.attach, "POST"),
            self._route("/attach-api/v1/files", "files", self.upload, "POST"),
        ]

    def _route(self, path: str, name: str, handler: Handler, method: str) -> Route:
        async def guarded(request: Request, body: bytes) -> Response:
            scheme, _, key = request.headers.get("authorization", "").partition(" ")
            if scheme != "Bearer" or not key.startswith("bs_sandbox_"):
                return reply({"message": "Unauthorized"}, 401)
            if key.endswith("_forbidden"):
                return reply({"message": "Missing Authentication Token"}, 403)
            try:
                return await handler(request, body)
            except ApiError as error:
                return reply(error.body, error.status)

        return Route(path, self.emulator.operation(name, guarded), methods=[method])

    async def list(self, request: Request, _body: bytes) -> Response:
        """Customers by filter."""
        query = request.query_params
        filters = {name: set(query[name].split(",")) for name in _FILTERS if name in query}
        limit = query.get("limit", "10")
        if not limit.isdigit() or not 1 <= int(limit) <= 100:
            raise ApiError(400, "limit must be between 1 and 100", "INVALID_QUERY")
        page = self.emulator.customers.list(filters, int(limit), query.get("starting_after"))
        page["data"] = [only_fields(customer, query.get("fields")) for customer in page["data"]]
        return reply(page)

    async def one(self, request: Request, _body: bytes) -> Response:
        """One customer."""
        customer = self.emulator.customers.customers.get(request.path_params["id"])
        if customer is None:
            raise ApiError(404, "Customer not found", "CUSTOMER_NOT_FOUND")
        return reply(only_fields(customer, request.query_params.get("fields")))

    async def attach(self, request: Request, body: bytes) -> Response:
        """Attach a file, once for each idempotency key that succeeds."""
        customers, key = self.emulator.customers, request.headers.get("idempotency-key")
        customer = customers.begin(key)
        if customer is None:
            try:
                # Another call with the same key must be able to find this one running.
                await asyncio.sleep(0)
                customer = customers.attach(request.path_params["id"], parse(body), key)
            finally:
                customers.end(key)
        return reply(only_fields(customer, request.query_params.get("fields")))

    async def upload(self, request: Request, body: bytes) -> Response:
        """Make a file of bytes: JSON with base64, or multipart taken as it is."""
        content: dict[str, Any] | None = parse(body)
        if isinstance(content, dict):
            size = _decoded_size(content.get("file"))
            purpose = content.get("purpose")
        else:
            size, purpose = len(body), None
        if not size:
            raise ApiError(400, "The field file is required", "INVALID_BODY")
        kind = request.headers.get("content-type", "").partition(";")[0]
        return reply(
            self.emulator.customers.add_file({"size": size, "purpose": purpose, "contentType": kind}), 201
        )


def _decoded_size(encoded: object) -> int:
    try:
        return len(base64.b64decode(encoded, validate=True)) if isinstance(encoded, str) else 0
    except ValueError:
        raise ApiError(400, "The field file is not base64", "INVALID_BODY") from None
