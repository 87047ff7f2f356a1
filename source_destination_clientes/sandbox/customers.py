"""The customers API, in memory: customers, files, and the attach call with its idempotency.

After https://docs.base39.com.br/development/idempotency and https://docs.paketa.com.br/development/api-reference: a success is
replayed for 24 hours, a failure is not kept, a key whose call still runs is a conflict.
"""

import itertools
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

_WINDOW_SECONDS: Final = 24 * 3600


class ApiError(Exception):
    """An answer other than 200, in the shape the API documents."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"code": code, "message": message} if code else {"message": message}


@dataclass(slots=True)
class Customers:
    """Every customer and file."""

    monotonic: Callable[[], float] = time.monotonic
    customers: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    attach_calls: int = 0
    _successes: dict[str, tuple[float, str]] = field(default_factory=dict)
    _running: set[str] = field(default_factory=set)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def add_customer(self, customer: Mapping[str, Any]) -> dict[str, Any]:
        """Make a customer; `id` and `document` may be given."""
        made = {"id": f"cust_{next(self._numbers):024x}", "attachments": [], "deleted": False, **customer}
        self.customers[made["id"]] = made
        return made

    def add_file(self, file: Mapping[str, Any]) -> dict[str, Any]:
        """Make a file."""
        made = {"id": f"file_{next(self._numbers):024x}", **file}
        self.files[made["id"]] = made
        return made

    def list(self, filters: Mapping[str, set[str]], limit: int, starting_after: str | None) -> dict[str, Any]:
        """A page of customers, newest first."""
        found = [
            customer
            for customer in reversed(self.customers.values())
            if all(str(customer.get(name)) in wanted for name, wanted in filters.items())
        ]
        if starting_after:
            ids = [customer["id"] for customer in found]
            found = found[ids.index(starting_after) + 1 :] if starting_after in ids else []
        return {"data": found[:limit], "hasMore": len(found) > limit}

    def begin(self, key: str | None) -> dict[str, Any] | None:
        """Note that a call with this idempotency key runs; the stored result when it succeeded before."""
        if key is None:
            return None
        if key in self._running:
            raise ApiError(409, "A request with this Idempotency-Key is still running")
        success = self._successes.get(key)
        if success and self.monotonic() - success[0] < _WINDOW_SECONDS:
            return self.customers[success[1]]
        self._running.add(key)
        return None

    def attach(self, customer_id: str, body: object, key: str | None) -> dict[str, Any]:
        """Attach a file; the customer afterwards."""
        self.attach_calls += 1
        file = body.get("file") if isinstance(body, dict) else None
        if not isinstance(file, str) or not file:
            raise ApiError(400, "The field file is required", "INVALID_BODY")
        customer = self.customers.get(customer_id)
        if customer is None or customer["deleted"]:
            raise ApiError(404, "Customer not found", "CUSTOMER_NOT_FOUND")
        if file not in self.files:
            raise ApiError(404, "File not found", "FILE_NOT_FOUND")
        linked = datetime.now(tz=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        customer["attachments"].append({"file": file, "linkedAt": linked})
        if key is not None:
            self._successes[key] = (self.monotonic(), customer_id)
        return customer

    def end(self, key: str | None) -> None:
        """Note that a call with this key no longer runs."""
        self._running.discard(key or "")


def only_fields(found: Mapping[str, Any], fields: str | None) -> dict[str, Any]:
    """The fields a caller asked for; all, when it asked for none."""
    if not fields:
        return dict(found)
    wanted = {name.strip() for name in fields.split(",")}
    return {name: value for name, value in found.items() if name in wanted}
