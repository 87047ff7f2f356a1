"""Attaching files: find the customers, then one call for each file, several at once.

A file that is attached already is left alone: the idempotency key protects for 24 hours only.
"""

import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

from source_destination_clientes.anexo.anexo import Anexo
from source_destination_clientes.anexo.api import Customer, CustomersApi, Filter, Refused, connect_customers
from source_destination_clientes.anexo.directory import Directory, Found
from source_destination_clientes.anexo.download import Downloader
from source_destination_clientes.anexo.fault import CutError, DeferError, FaultFinder, Trial
from source_destination_clientes.anexo.uploads import Uploader
from source_destination_clientes.http.retry import AccessError, OutOfTimeError, RetryPolicy
from source_destination_clientes.protocol.context import RunContext
from source_destination_clientes.rejection.outcome import ACCEPTED, Outcome, Reason, Rejection, Stage
from source_destination_clientes.runtime.parallel import TaskPool
from source_destination_clientes.settings import FilesApi, NoAttachments, Settings

Settle: TypeAlias = Callable[[Anexo, Outcome], None]

T = TypeVar("T")

_CODE: Final = re.compile(r"[A-Z][A-Z0-9_]{2,60}")


@dataclass(frozen=True, slots=True)
class _Task:
    """One call to make, and everything it settles: the same file may be asked for twice."""

    customer: str
    known: Customer | None
    anexos: tuple[Anexo, ...]
    trial: Trial = field(default_factory=Trial)


@dataclass(slots=True)
class Attacher:
    """Attaches files. `uploader` makes files of bytes, where the config says how; `threads` bounds the calls at one time."""

    api: CustomersApi
    directory: Directory
    uploader: Uploader | None
    threads: int
    finder: FaultFinder = field(init=False)

    def __post_init__(self) -> None:
        self.finder = FaultFinder(self.api)

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

        todo = deque(_Task(name, known.get(name), tuple(same)) for (name, _), same in tasks.items())
        self._work_through(todo, settle, go_on, give_up)

    def _work_through(
        self, todo: deque[_Task], settle: Settle, go_on: Callable[[], bool], give_up: Callable[[], bool]
    ) -> None:
        """Do the tasks, and those that were deferred after the others."""
        deferred: deque[tuple[_Task, DeferError]] = deque()

        def work(task: _Task) -> Iterable[_Task]:
            try:
                outcome = self._attach_one(task)
            except DeferError as error:
                deferred.append((task, error))
                return []
            for anexo in task.anexos:
                settle(anexo, outcome)
            return []

        while todo:
            if not TaskPool(work, go_on, give_up).run(todo, min(self.threads, len(todo))) or not go_on():
                return
            for _, error in deferred:
                if error.cause is not None and not self.finder.health.successes:
                    raise error.cause
            todo = deque(task for task, _ in deferred)
            deferred.clear()

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
            made = self._upload(anexo, task)
            if isinstance(made, Rejection):
                return made
            file = made
        assert file is not None, "an anexo brings a file or its bytes"
        if task.known and file in (task.known.files or ()):
            return ACCEPTED
        answer = self._patiently(task, lambda api: api.attach(task.customer, file))
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
        self.finder.health.succeeded((task.customer, file))
        return ACCEPTED

    def _patiently(self, task: _Task, call: Callable[[CustomersApi], T]) -> T | Rejection:
        """What a call brings; a rejection when it fails again and again while the calls for other files succeed.

        Raises `DeferError` when those are to go first.
        """
        trial, finder = task.trial, self.finder
        try:
            return call(finder.watched(trial))
        except CutError:
            pass
        except AccessError as error:
            raise finder.defer(trial, error) from None
        except OutOfTimeError:
            if not finder.is_at_fault(trial, last=True):
                raise
        status = f"HTTP {trial.status}" if trial.status else "no answer"
        return _rejection(
            task.anexos[0],
            Reason.FILE_REFUSED,
            f"The customers API failed to take the file {trial.failures} times ({status}), while it took others.",
            status=trial.status,
        )

    def _ask_again(self, customer: Customer) -> Customer:
        """The customer with his attachments, which the answer left out."""
        found = self.api.find("id", [customer.id])
        return customer if isinstance(found, Refused) else next(found, customer)

    def _upload(self, anexo: Anexo, task: _Task) -> str | Rejection:
        if self.uploader is None:
            return _rejection(
                anexo,
                Reason.FILE_REFUSED,
                "The record brings the bytes of a file, and attachments.upload does not say how to make a file of them.",
            )
        assert anexo.source is not None, "the caller saw it"
        uploader, source = self.uploader, anexo.source
        made = self._patiently(task, lambda api: uploader.upload(source, task.customer, api))
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
