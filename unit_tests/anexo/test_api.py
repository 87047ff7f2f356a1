"""One function per endpoint of the customers API."""

import json

import pytest

from source_destination_clientes.anexo.api import CustomersApi, Refused
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
    with pytest.raises(FatalError, match="same page"):
        api(server).find("document", ["1"])
    assert len(server.requests) == 2
