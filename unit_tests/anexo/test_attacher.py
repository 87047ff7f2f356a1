"""Attaching: only the file at fault pays."""

from collections.abc import Callable

import pytest

from source_destination_clientes.anexo.anexo import Anexo
from source_destination_clientes.anexo.api import CustomersApi
from source_destination_clientes.anexo.attacher import Attacher
from source_destination_clientes.anexo.directory import Directory
from source_destination_clientes.errors import TransientError
from source_destination_clientes.http.transport import Answer, NoAnswerError, Request
from source_destination_clientes.rejection.outcome import ACCEPTED, Outcome, Rejection
from unit_tests.kit.fakes import FakeServer, answer, make_caller, make_entry


class Token:
    def authorization(self) -> str:
        return "Bearer key"

    def renew(self, stale: str) -> bool:
        return False


def attach(
    customers: list[str], reply: Callable[[str], Answer | NoAnswerError]
) -> tuple[dict[str, Outcome], FakeServer]:
    """The outcome of a file for each customer, one after the other; `reply` answers the call for one."""

    def serve(request: Request) -> Answer | NoAnswerError:
        if request.operation == "attach a file":
            return reply(request.url.split("/")[-2])
        ids = (request.params or {})["id"].split(",")
        return answer({"data": [{"id": each, "attachments": []} for each in ids]})

    server = FakeServer(reply=serve)
    api = CustomersApi(make_caller(server, credential=Token()), "https://b.example", {})
    outcomes: dict[str, Outcome] = {}
    Attacher(api, Directory(api), None, 1).attach(
        [Anexo(make_entry(""), customer, None, "file_1", None) for customer in customers],
        lambda anexo, outcome: outcomes.update({str(anexo.customer): outcome}),
        lambda: True,
        lambda: False,
    )
    return outcomes, server


def attached(customer: str) -> Answer:
    return answer({"id": customer, "attachments": [{"file": "file_1"}]})


@pytest.mark.parametrize("status", [409, 403])
def test_a_conflict_that_does_not_end_and_a_missing_right_reject_one_row_while_others_succeed(
    status: int,
) -> None:
    outcomes, server = attach(
        ["well", "odd", "fine"],
        lambda customer: answer(b"", status) if customer == "odd" else attached(customer),
    )
    rejected = outcomes.pop("odd")
    assert isinstance(rejected, Rejection)
    assert (rejected.http_status, rejected.reason) == (status, "file_refused")
    assert outcomes == {"well": ACCEPTED, "fine": ACCEPTED}
    assert sum("odd" in request.url for request in server.requests) > 1


@pytest.mark.parametrize("said", [answer(b"", 500), NoAnswerError("refused", doubtful=False)])
def test_a_failure_without_any_success_meanwhile_is_an_outage(said: Answer | NoAnswerError) -> None:
    with pytest.raises(TransientError, match="Could not attach a file"):
        attach(["well", "odd"], lambda customer: said if customer == "odd" else attached(customer))


def test_a_conflict_before_any_success_is_an_outage() -> None:
    with pytest.raises(TransientError, match="409"):
        attach(
            ["odd", "well"], lambda customer: answer(b"", 409) if customer == "odd" else attached(customer)
        )


def test_a_failure_while_other_files_are_attached_rejects_its_own_row() -> None:
    """The success of another thread, told in the middle of the failing call."""
    beside: list[Attacher] = []

    def reply(request: Request) -> Answer:
        if request.operation != "attach a file":
            return answer({"data": [{"id": "odd", "attachments": []}]})
        beside[0]._succeeded += 1
        return answer(b"", 500)

    server = FakeServer(reply=reply)
    api = CustomersApi(make_caller(server), "https://b.example", {})
    beside.append(Attacher(api, Directory(api), None, 1))
    outcomes: list[Outcome] = []
    beside[0].attach(
        [Anexo(make_entry(""), "odd", None, "file_1", None)],
        lambda _anexo, outcome: outcomes.append(outcome),
        lambda: True,
        lambda: False,
    )
    (rejected,) = outcomes
    assert isinstance(rejected, Rejection)
    assert rejected.http_status == 500
