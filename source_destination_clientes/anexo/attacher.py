"""Attaching files: find the customers, then one call for each file, several at once.

A file that is attached already is left alone: the idempotency key protects for 24 hours only.
"""

import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

from source_destination_clientes.anexo.anexo import Anexo
from source_destination_clientes.anexo.api import Customer, CustomersApi, Filter, Refused, connect_customers
from source_destination_clientes.anexo.directory import Directory, Found
from source_destination_clientes.anexo.download import Downloader
from source_destination_clientes.anexo.uploads import Unusable, Uploader
from source_destination_clientes.http.retry import OutOfTimeError, RetryPolicy
from source_destination_clientes.protocol.context import RunContext
from source_destination_clientes.rejection.outcome import ACCEPTED, Outcome, Reason, Rejection, Stage
from source_destination_clientes.runtime.parallel import TaskPool
from source_destination_clientes.settings import FilesApi, NoAttachments, Settings

Settle: TypeAlias = Callable[[Anexo, Outcome], None]

T = TypeVar("T")

_OF_ONE_CUSTOMER: Final = frozenset({403, 409})

_CODE: Final = re.compile(r"[A-Z][A-Z0-9_]{2,60}")


@dataclass(frozen=True, slots=True)
class _Task:
    """One call to make, and everything it settles: the same file may be asked for twice."""

    customer: str
    known: Customer | None
    anexos: tuple[Anexo, ...]


@dataclass(slots=True)
class Attacher:
    """Attaches files. `uploader` makes files of bytes, where the config says how; `threads` bounds the calls at one time."""

    api: CustomersApi
    directory: Directory
    uploader: Uploader | None
    threads: int
    _succeeded: int = 0

    def attach(
        self,
        anexos: Sequence[Anexo],
        settle: Settle,
        go_on: Callable[[], bool],
        give_up: Callable[[], bool],
    ) -> None:
        """Give each anexo its outcome; those that were not begun when `go_on` said no are left without one.

        Raises `ConfigError` when the key is refused, `TransientError` when the API does not answer for too long.
        """
        wanted: dict[Filter, list[str]] = {
            "id": [anexo.customer for anexo in anexos if anexo.customer],
            "document": [anexo.document for anexo in anexos if anexo.document],
        }
        found = self.directory.look_up(wanted, self.threads, go_on, give_up)
        tasks: defaultdict[tuple[str, object], list[Anexo]] = defaultdict(list)
        known: dict[str, Customer] = {}
        for anexo in anexos:
            whose = self._customer_of(anexo, found)
            if isinstance(whose, Rejection):
                settle(anexo, whose)
            elif whose is not None:
                customer, details = whose
                tasks[customer, anexo.file or id(anexo)].append(anexo)
                if details:
                    known[customer] = details

        def work(task: _Task) -> Iterable[_Task]:
            outcome = self._attach_one(task)
            for anexo in task.anexos:
                settle(anexo, outcome)
            return []

        todo = deque(_Task(name, known.get(name), tuple(same)) for (name, _), same in tasks.items())
        if todo:
            TaskPool(work, go_on, give_up).run(todo, min(self.threads, len(todo)))

    def _customer_of(
        self, anexo: Anexo, found: dict[tuple[Filter, str], Found]
    ) -> tuple[str, Customer | None] | Rejection | None:
        """The id of the customer, and what is known of him; None when there was no time to ask."""
        if anexo.customer:
            # An id is used as it is: whether it exists is for the attach call to say.
            listed = found.get(("id", anexo.customer))
            return (
                (anexo.customer, listed.customers[0] if listed and listed.customers else None)
                if listed
                else None
            )
        answer = found.get(("document", anexo.document or ""))
        if answer is None:
            return None
        if len(answer.customers) == 1:
            return answer.customers[0].id, answer.customers[0]
        if answer.customers:
            return _rejection(
                anexo,
                Reason.CUSTOMER_AMBIGUOUS,
                f"{len(answer.customers)} customers have this CPF; give customerId to say which.",
                field="cpfCnpj",
            )
        return _rejection(
            anexo,
            Reason.CUSTOMER_NOT_FOUND,
            "No customer of the customers API has this CPF.",
            field="cpfCnpj",
            refused=answer.refusal,
        )

    def _attach_one(self, task: _Task) -> Outcome:
        anexo = task.anexos[0]
        file = anexo.file
        if anexo.source is not None:
            made = self._upload(anexo, task.customer)
            if isinstance(made, Rejection):
                return made
            file = made
        assert file is not None, "an anexo brings a file or its bytes"
        if task.known and file in (task.known.files or ()):
            return ACCEPTED
        answer = self._patiently(anexo, lambda: self.api.attach(task.customer, file))
        if isinstance(answer, Rejection):
            return answer
        if isinstance(answer, Refused):
            return _refused(anexo, answer)
        if answer.files is None:
            answer = self._ask_again(answer)
        if file not in (answer.files or ()):
            return _rejection(
                anexo,
                Reason.FILE_REFUSED,
                "The API answered well, yet the file is not among the customer's attachments.",
            )
        self.directory.learn(answer)
        return ACCEPTED

    def _patiently(self, anexo: Anexo, call: Callable[[], T]) -> T | Rejection:
        """What a call brings; a rejection when it fails for all its time while others succeed, as it is then at fault itself.

        A conflict or a missing right (409, 403) speaks of one customer once any file was attached in this sync. Every other failure
        needs a success since the call began, or it is an outage.
        """
        before = self._succeeded
        try:
            made = call()
        except OutOfTimeError as trouble:
            if self._succeeded > (0 if trouble.status in _OF_ONE_CUSTOMER else before):
                status = f"HTTP {trouble.status}" if trouble.status else "no answer"
                return _rejection(
                    anexo,
                    Reason.FILE_REFUSED,
                    f"The customers API did not take the file in all the time of network.retry_minutes ({status}), while it took others.",
                    status=trouble.status,
                )
            raise
        if not isinstance(made, Refused | Unusable):
            self._succeeded += 1
        return made

    def _ask_again(self, customer: Customer) -> Customer:
        """The customer with his attachments, which the answer left out."""
        found = self.api.find("id", [customer.id])
        return customer if isinstance(found, Refused) else next(found, customer)

    def _upload(self, anexo: Anexo, customer: str) -> str | Rejection:
        if self.uploader is None:
            return _rejection(
                anexo,
                Reason.FILE_REFUSED,
                "The record brings the bytes of a file, and attachments.upload does not say how to make a file of them.",
            )
        assert anexo.source is not None, "the caller saw it"
        uploader, source = self.uploader, anexo.source
        made = self._patiently(anexo, lambda: uploader.upload(source, customer))
        if isinstance(made, Rejection):
            return made
        if isinstance(made, Refused):
            return _refused(anexo, made, what="the bytes of the file")
        if isinstance(made, str):
            return made
        return _rejection(anexo, Reason.FILE_REFUSED, made.words)


def _refused(anexo: Anexo, answer: Refused, what: str = "the file") -> Rejection:
    code = answer.code if _CODE.fullmatch(answer.code) else ""
    no_customer = answer.status == 404 and "CUSTOMER" in code
    return _rejection(
        anexo,
        Reason.CUSTOMER_NOT_FOUND if no_customer else Reason.FILE_REFUSED,
        f"The customers API refused {what} (HTTP {answer.status}{', ' + code if code else ''}); its own words are in raw.",
        refused=answer,
    )


def _rejection(
    anexo: Anexo,
    reason: Reason,
    message: str,
    *,
    field: str | None = None,
    refused: Refused | None = None,
    status: int | None = None,
) -> Rejection:
    return Rejection(
        Stage.ATTACH,
        reason,
        message,
        field=field,
        key=anexo.entry.key or None,
        http_status=refused.status if refused else status,
        raw=refused.words if refused else None,
    )


_STAGING: Final = "/staging/files"
"""Where Airbyte's file transfer puts files, unless AIRBYTE_STAGING_DIRECTORY says otherwise."""


def make_attacher(settings: Settings, context: RunContext, policy: RetryPolicy) -> Attacher | None:
    """What attaches files; None when the config attaches nothing."""
    api = connect_customers(settings, context, policy)
    if api is None or isinstance(settings.attachments, NoAttachments):
        return None
    upload = settings.attachments.upload
    staging = Path(context.environment.get("AIRBYTE_STAGING_DIRECTORY") or _STAGING)
    uploader = (
        Uploader(api, upload, Downloader(settings.network.ca_bundle), staging)
        if isinstance(upload, FilesApi)
        else None
    )
    return Attacher(api, Directory(api), uploader, settings.lote.concurrent_requests)
