"""Attaching: only the file at fault pays."""

from collections.abc import Callable

import pytest

from source_destination_clientes.anexo.anexo import Anexo
from source_destination_clientes.anexo.api import CustomersApi
from source_destination_clientes.anexo.attacher import Attacher
from source_destination_clientes.anexo.directory import Directory
from source_destination_clientes.errors import ConfigError, TransientError
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


@pytest.mark.parametrize("status", [409, 403])
def test_a_file_at_fault_that_comes_first_lets_the_others_show_it(status: int) -> None:
    outcomes, _ = attach(
        ["odd", "well"],
        lambda customer: answer(b"", status) if customer == "odd" else attached(customer),
    )
    assert outcomes["well"] is ACCEPTED
    assert isinstance(outcomes["odd"], Rejection)
    assert outcomes["odd"].http_status == status


def test_many_customers_at_fault_at_the_end_are_found_by_one_that_is_taken_again() -> None:
    odd = [f"odd{n}" for n in range(12)]
    outcomes, server = attach(
        ["well", *odd],
        lambda customer: answer(b"", 409) if customer in odd else attached(customer),
    )
    assert outcomes.pop("well") is ACCEPTED
    assert {type(each) for each in outcomes.values()} == {Rejection}
    assert len(outcomes) == 12
    assert len(server.requests) < 12 * 10


@pytest.mark.parametrize(
    "said", [answer(b"", 500), answer(b"", 409), NoAnswerError("refused", doubtful=False)]
)
def test_what_ends_for_all_is_an_outage(said: Answer | NoAnswerError) -> None:
    taken: list[str] = []

    def reply(customer: str) -> Answer | NoAnswerError:
        taken.append(customer)
        return attached(customer) if len(taken) == 1 else said

    with pytest.raises(TransientError, match="Could not attach a file"):
        attach(["well", "one", "two", "three"], reply)


def test_a_conflict_without_any_success_is_an_outage() -> None:
    with pytest.raises(TransientError, match="409"):
        attach(["odd", "other"], lambda _customer: answer(b"", 409))


def test_a_right_that_is_missing_for_all_is_believed_after_a_few() -> None:
    asked: list[str] = []

    def reply(customer: str) -> Answer:
        asked.append(customer)
        return answer(b"", 403)

    with pytest.raises(ConfigError, match="403"):
        attach([f"c{n}" for n in range(100)], reply)
    assert len(asked) < 10


def test_a_failure_while_other_files_are_attached_rejects_its_own_row() -> None:
    """The success of another thread, told in the middle of the failing call."""
    beside: list[Attacher] = []

    def reply(request: Request) -> Answer:
        if request.operation != "attach a file":
            return answer({"data": [{"id": "odd", "attachments": []}]})
        beside[0].finder.health.succeeded(("well", "file_1"))
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
