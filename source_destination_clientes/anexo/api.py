"""One function per endpoint of the customers API.

Attach call: https://docs.paketa.com.br/development/api-reference/endpoints/post-v-1-customers-id-attach. Idempotency:
https://docs.base39.com.br/development/idempotency. The names of the list call's parameters follow the API's other lists.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeAlias

import msgspec

from source_destination_clientes.anexo.bodies import Body
from source_destination_clientes.errors import ConfigError, FatalError
from source_destination_clientes.http.body import parse_object, text_of
from source_destination_clientes.http.connect import CHECK_POLICY, make_caller
from source_destination_clientes.http.paths import is_step, path_step
from source_destination_clientes.http.retry import Caller, RetryPolicy, UnreadableAnswerError
from source_destination_clientes.http.transport import Answer, Request
from source_destination_clientes.protocol.context import RunContext
from source_destination_clientes.retaguarda.credential import StaticToken
from source_destination_clientes.settings import NoAttachments, Settings
from source_destination_clientes.settings.attachments import CUSTOMERS_URL

MOST_PER_LOOKUP: Final = 100
"""Customers one list call gives at most."""

_MOST_PAGES: Final = 100
_SETTING: Final = "attachments.base_url"

Filter: TypeAlias = Literal["id", "document"]

_JSON: Final = {"Content-Type": "application/json"}
_FIELDS: Final = "id,document,attachments,deleted"
_STILL_RUNNING: Final = frozenset({409})


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer as the API knows it; `files` are the ids of what is attached, None when the answer did not say."""

    id: str
    document: str
    files: frozenset[str] | None
    deleted: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """A final negative answer, with the API's own code and words."""

    status: int
    code: str
    words: str


@dataclass(frozen=True, slots=True)
class CustomersApi:
    """The customers API as one key sees it. `base` goes up to, not including, `/v1`; `inquilino` is whom we call for."""

    caller: Caller
    base: str
    headers: Mapping[str, str]
    inquilino: str = ""

    def find(self, name: Filter, values: Sequence[str]) -> Iterator[Customer] | Refused:
        """The customers that have one of these ids or documents, at most `MOST_PER_LOOKUP` of them.

        Raises `FatalError` when the list does not end.
        """
        params = {name: ",".join(values), "limit": str(MOST_PER_LOOKUP), "fields": _FIELDS}
        found: list[Customer] = []
        for _ in range(_MOST_PAGES):
            page = self.caller.call(
                Request(
                    "look up customers",
                    "GET",
                    f"{self.base}/v1/customers",
                    headers=self.headers,
                    params=params,
                    setting=_SETTING,
                ),
                _read_page,
            )
            if isinstance(page, Refused):
                return page
            customers, more = page
            found += customers
            if not more or not customers:
                return iter(found)
            if customers[-1].id == params.get("starting_after"):
                break
            params = {**params, "starting_after": customers[-1].id}
        raise FatalError(
            f"The customers API answers for {len(values)} customers with a list that does not end, so it cannot be asked for anybody. "
            "Ask its operator whether the list call heeds starting_after.",
        )

    def attach(self, customer: str, file: str) -> Customer | Refused:
        """Attach a file to a customer; the customer as it is afterwards.

        The key makes a repetition harmless for 24 hours, in this run or the next; a call with the same key that still runs is
        waited for.
        """
        request = Request(
            "attach a file",
            "POST",
            f"{self.base}/v1/customers/{path_step(customer)}/attach",
            msgspec.json.encode({"file": file}),
            {**self.headers, **_JSON, "Idempotency-Key": idempotency_key(self.inquilino, customer, file)},
            {"fields": _FIELDS},
            retry_also=_STILL_RUNNING,
            setting=_SETTING,
        )
        return self.caller.call(request, _read_customer)

    def create_file(self, path: str, body: Body, key: str) -> str | Refused:
        """Make a file of bytes; its id. The call is not publicly documented: path and body come from the config."""
        request = Request(
            "create a file",
            "POST",
            f"{self.base}/{path.lstrip('/')}",
            body,
            {**self.headers, "Content-Type": body.content_type, "Idempotency-Key": key},
            retry_also=_STILL_RUNNING,
            setting=_SETTING,
        )
        return self.caller.call(request, _read_file)

    def probe(self) -> None:
        """Ask for one customer, to see that the key opens the API; raises what a sync would raise."""
        params = {"limit": "1", "fields": "id"}
        request = Request(
            "look up customers",
            "GET",
            f"{self.base}/v1/customers",
            headers=self.headers,
            params=params,
            setting=_SETTING,
        )
        answer = self.caller.call(request, _read_page)
        if isinstance(answer, Refused):
            raise ConfigError(
                f"Nothing at {self.base}/v1/customers lists customers (HTTP {answer.status}). Check attachments.base_url: it goes "
                "up to, not including, /v1.",
            )


_NAMESPACE: Final = uuid.UUID("0b0f4c5e-6f0a-5f3c-9f43-6c1a2f3d9b57")


def idempotency_key(*parts: str) -> str:
    """The same key for the same parts, in every run.

    >>> idempotency_key("cust_1", "file_1") == idempotency_key("cust_1", "file_1") != idempotency_key("cust_1", "file_2")
    True
    """
    return str(uuid.uuid5(_NAMESPACE, msgspec.json.encode(parts).decode()))


def _read_page(answer: Answer) -> tuple[list[Customer], bool] | Refused:
    if not answer.ok:
        return _refusal(answer)
    content = parse_object(answer.body)
    data = content.get("data") if content else None
    if content is None or not isinstance(data, list):
        raise UnreadableAnswerError("no list of customers")
    customers = [
        _customer(entry)
        for entry in data
        if isinstance(entry, Mapping) and is_step(str(entry.get("id") or ""))
    ]
    return customers, content.get("hasMore") is True


def _read_customer(answer: Answer) -> Customer | Refused:
    if not answer.ok:
        return _refusal(answer)
    content = parse_object(answer.body)
    if content is None or not content.get("id"):
        raise UnreadableAnswerError("no customer")
    return _customer(content)


def _read_file(answer: Answer) -> str | Refused:
    if not answer.ok:
        return _refusal(answer)
    content = parse_object(answer.body)
    file = content.get("id") if content else None
    if not isinstance(file, str) or not file:
        raise UnreadableAnswerError("no id of a file")
    return file


def _refusal(answer: Answer) -> Refused:
    content = parse_object(answer.body) or {}
    words = str(content.get("message") or text_of(answer.body))
    return Refused(answer.status, str(content.get("code") or ""), words)


def _customer(entry: Mapping[str, Any]) -> Customer:
    attachments = entry.get("attachments")
    files = (
        frozenset(str(each["file"]) for each in attachments if isinstance(each, Mapping) and each.get("file"))
        if isinstance(attachments, list)
        else None
    )
    return Customer(str(entry["id"]), str(entry.get("document") or ""), files, entry.get("deleted") is True)


def connect_customers(
    settings: Settings, context: RunContext, policy: RetryPolicy = CHECK_POLICY
) -> CustomersApi | None:
    """The customers API with its key, rate limit and retries; None when the config attaches nothing."""
    attachments = settings.attachments
    if isinstance(attachments, NoAttachments):
        return None
    base = (attachments.base_url or CUSTOMERS_URL).rstrip("/")
    caller = replace(
        make_caller(settings, context, (base,), policy),
        credential=StaticToken(attachments.api_key.get_secret_value()),
    )
    client = attachments.external_client_id
    return CustomersApi(
        caller, base, {"base39-external-client-id": client} if client else {}, settings.id_inquilino
    )
