"""The emulated customers API, route by route."""

import base64
from typing import Any

import pytest

from unit_tests.kit.asgi import App, Said

KEY = {"authorization": "Bearer bs_sandbox_key"}


@pytest.fixture
def app() -> App:
    app = App()
    app.control("customers", [{"id": "cust_1", "document": "1"}, {"id": "cust_2", "document": "2"}])
    app.control("files", {"id": "file_1"})
    return app


def get(app: App, path: str = "customers", **query: Any) -> Said:
    return app("GET", f"/attach-api/v1/{path}", headers=KEY, **query)


def attach(
    app: App, key: str | None = None, file: object = "file_1", customer: str = "cust_1", **query: Any
) -> Said:
    headers = {**KEY, "idempotency-key": key} if key else KEY
    return app(
        "POST", f"/attach-api/v1/customers/{customer}/attach", {"file": file}, headers=headers, **query
    )


@pytest.mark.parametrize(
    ("authorization", "status"), [("", 401), ("Bearer other", 401), ("Bearer bs_sandbox_forbidden", 403)]
)
def test_nothing_is_open_to_those_without_a_key(app: App, authorization: str, status: int) -> None:
    assert app("GET", "/attach-api/v1/customers", headers={"authorization": authorization}).status == status


def test_customers_are_found_by_filter_and_shown_by_field(app: App) -> None:
    found = get(app, document="2,3", fields="id").json
    assert (found["data"], found["hasMore"]) == ([{"id": "cust_2"}], False)
    assert get(app, limit=1).json["hasMore"] is True
    assert [each["id"] for each in get(app, starting_after="cust_2").json["data"]] == ["cust_1"]


@pytest.mark.parametrize("limit", ["0", "101", "many"])
def test_a_page_has_its_limits(app: App, limit: str) -> None:
    said = get(app, limit=limit)
    assert (said.status, said.json["code"]) == (400, "INVALID_QUERY")


def test_one_customer_is_read_by_id(app: App) -> None:
    assert get(app, "customers/cust_1", fields="document").json == {"document": "1"}
    missing = get(app, "customers/cust_9")
    assert (missing.status, missing.json["code"]) == (404, "CUSTOMER_NOT_FOUND")


def test_a_file_is_attached_once_for_each_key(app: App) -> None:
    for _ in range(2):
        said = attach(app, "key", fields="attachments")
        assert [entry["file"] for entry in said.json["attachments"]] == ["file_1"]
    shown = app.control("attachments")
    assert (shown["attach_calls"], shown["attached"]["cust_1"]) == (1, ["file_1"])


def test_an_attachment_that_fails_may_be_tried_again_with_its_key(app: App) -> None:
    assert attach(app, "key", file="file_9").json["code"] == "FILE_NOT_FOUND"
    assert attach(app, "key").status == 200


def test_bytes_become_a_file_by_json(app: App) -> None:
    said = app(
        "POST",
        "/attach-api/v1/files",
        {"file": base64.b64encode(b"12345").decode(), "purpose": "identity"},
        headers={**KEY, "content-type": "application/json; charset=utf-8"},
    )
    assert said.status == 201
    assert {**said.json, "id": ""} == {
        "id": "",
        "size": 5,
        "purpose": "identity",
        "contentType": "application/json",
    }


def test_bytes_become_a_file_by_multipart(app: App) -> None:
    said = app(
        "POST",
        "/attach-api/v1/files",
        b"--x\r\n",
        headers={**KEY, "content-type": "multipart/form-data; boundary=x"},
    )
    assert (said.status, said.json["size"], said.json["contentType"]) == (201, 5, "multipart/form-data")


@pytest.mark.parametrize("body", [b"", {"purpose": "identity"}, {"file": "not base64!"}, {"file": 7}])
def test_a_file_without_bytes_is_refused(app: App, body: object) -> None:
    said = app("POST", "/attach-api/v1/files", body, headers=KEY)
    assert (said.status, said.json["code"]) == (400, "INVALID_BODY")
