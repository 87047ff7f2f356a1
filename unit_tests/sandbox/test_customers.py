"""The customers API in memory."""

from typing import Any

import pytest

from source_destination_clientes.sandbox.customers import ApiError, Customers, only_fields
from unit_tests.kit.fakes import FakeTime


def attach(customers: Customers, customer: str, file: str, key: str | None = None) -> dict[str, Any]:
    done = customers.begin(key)
    if done is not None:
        return done
    try:
        return customers.attach(customer, {"file": file}, key)
    finally:
        customers.end(key)


def test_customers_are_listed_newest_first_page_by_page() -> None:
    customers = Customers()
    ids = [customers.add_customer({})["id"] for _ in range(5)]
    first = customers.list({}, 2, None)
    assert ([each["id"] for each in first["data"]], first["hasMore"]) == ([ids[4], ids[3]], True)
    last = customers.list({}, 3, ids[3])
    assert ([each["id"] for each in last["data"]], last["hasMore"]) == ([ids[2], ids[1], ids[0]], False)
    assert customers.list({}, 2, "unknown")["data"] == []


def test_filters_narrow_the_list() -> None:
    customers = Customers()
    for document in ("1", "2", "3"):
        customers.add_customer({"document": document})
    found = customers.list({"document": {"1", "3"}}, 10, None)["data"]
    assert [each["document"] for each in found] == ["3", "1"]


def test_a_file_is_attached_once_for_each_key_that_succeeded() -> None:
    time = FakeTime()
    customers = Customers(monotonic=lambda: time.seconds)
    customer, file = customers.add_customer({})["id"], customers.add_file({})["id"]
    for _ in range(3):
        assert len(attach(customers, customer, file, "key")["attachments"]) == 1
    assert customers.attach_calls == 1
    attach(customers, customer, file, "other")
    time.seconds = 24 * 3600
    assert len(attach(customers, customer, file, "key")["attachments"]) == 3


def test_without_a_key_each_call_does_its_work() -> None:
    customers = Customers()
    customer, file = customers.add_customer({})["id"], customers.add_file({})["id"]
    attach(customers, customer, file)
    assert len(attach(customers, customer, file)["attachments"]) == 2


def test_a_key_whose_call_still_runs_is_a_conflict() -> None:
    customers = Customers()
    customers.begin("key")
    with pytest.raises(ApiError) as caught:
        customers.begin("key")
    assert caught.value.status == 409
    customers.end("key")
    assert customers.begin("key") is None


def test_a_failure_is_not_kept_so_the_same_key_may_succeed_later() -> None:
    customers = Customers()
    file = customers.add_file({})["id"]
    with pytest.raises(ApiError):
        attach(customers, "cust_1", file, "key")
    customers.add_customer({"id": "cust_1"})
    assert len(attach(customers, "cust_1", file, "key")["attachments"]) == 1


@pytest.mark.parametrize(
    ("customer", "body", "status", "code"),
    [
        ("cust_1", {}, 400, "INVALID_BODY"),
        ("cust_1", {"file": 7}, 400, "INVALID_BODY"),
        ("cust_1", None, 400, "INVALID_BODY"),
        ("cust_1", {"file": "unknown"}, 404, "FILE_NOT_FOUND"),
        ("cust_2", {"file": "file_1"}, 404, "CUSTOMER_NOT_FOUND"),
        ("deleted", {"file": "file_1"}, 404, "CUSTOMER_NOT_FOUND"),
    ],
)
def test_what_cannot_be_attached_is_refused_in_the_documented_shape(
    customer: str, body: object, status: int, code: str
) -> None:
    customers = Customers()
    customers.add_customer({"id": "cust_1"})
    customers.add_customer({"id": "deleted", "deleted": True})
    customers.add_file({"id": "file_1"})
    with pytest.raises(ApiError) as caught:
        customers.attach(customer, body, None)
    assert (caught.value.status, caught.value.body["code"]) == (status, code)


def test_an_error_without_a_code_has_a_message_only() -> None:
    assert ApiError(409, "busy").body == {"message": "busy"}


def test_only_the_fields_asked_for_are_shown() -> None:
    assert only_fields({"id": 1, "document": 2}, "id, email") == {"id": 1}
    assert only_fields({"id": 1}, None) == {"id": 1}
