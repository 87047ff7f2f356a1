"""One function per endpoint of the customers API."""

import json

import pytest

from source_destination_clientes.anexo.api import CustomersApi, Refused, idempotency_key
from source_destination_clientes.errors import FatalError
from source_destination_clientes.http.transport import Answer, Request
from unit_tests.kit.fakes import FakeServer, answer, make_caller


def api(server: FakeServer) -> CustomersApi:
    return CustomersApi(make_caller(server), "https://b.example", {})


def test_a_list_is_followed_to_its_end() -> None:
    def reply(request: Request) -> Answer:
        after = int((request.params or {}).get("starting_after", "cust_0")[5:])
        return answer({"data": [{"id": f"cust_{after + 1}"}], "hasMore": after < 2})

    found = api(FakeServer(reply=reply)).find("document", ["1", "2", "3"])
    assert not isinstance(found, Refused)
    assert [customer.id for customer in found] == ["cust_1", "cust_2", "cust_3"]


def test_a_list_that_never_ends_ends_the_sync_instead_of_filling_the_memory() -> None:
    page = {"data": [{"id": "cust_1"}], "hasMore": True}
    server = FakeServer(script=[answer(json.dumps(page).encode()) for _ in range(3)])
    with pytest.raises(FatalError, match="does not end"):
        api(server).find("document", ["1"])
    assert len(server.requests) == 2


def test_a_list_of_ever_new_customers_ends_the_sync_too() -> None:
    server = FakeServer(
        reply=lambda _: answer({"data": [{"id": f"c{len(server.requests)}"}], "hasMore": True})
    )
    with pytest.raises(FatalError, match="does not end"):
        api(server).find("document", ["1"])
    assert len(server.requests) == 100


@pytest.mark.parametrize("customer", ["", ".", ".."])
def test_an_id_that_leads_to_another_endpoint_is_never_called(customer: str) -> None:
    server = FakeServer()
    with pytest.raises(ValueError, match="step of a path"):
        api(server).attach(customer, "file_1")
    assert server.requests == []


def test_a_customer_whose_id_leads_elsewhere_is_not_found() -> None:
    found = api(FakeServer([answer({"data": [{"id": ".."}, {"id": "cust_1"}, {}]})])).find("id", ["x"])
    assert not isinstance(found, Refused)
    assert [customer.id for customer in found] == ["cust_1"]


def test_an_idempotency_key_is_of_one_inquilino_and_one_list_of_parts() -> None:
    assert idempotency_key("a", "b") == idempotency_key("a", "b")
    assert (
        len(
            {
                idempotency_key(*parts)
                for parts in (("a", "b"), ("b", "a"), ("ab",), ("a\nb",), ("a", "b", ""))
            }
        )
        == 5
    )


def test_refusals_are_read_in_any_encoding() -> None:
    said = json.dumps({"code": "FILE_NOT_FOUND", "message": "não"}).encode("utf-16")
    refused = api(FakeServer([answer(said, 404)])).attach("cust_1", "file_1")
    assert refused == Refused(404, "FILE_NOT_FOUND", "não")
