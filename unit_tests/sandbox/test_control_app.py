"""Steering and inspecting the sandbox."""

import json
from typing import Any

import pytest

from unit_tests.kit.asgi import App, cliente


def test_the_state_counts_what_was_asked_and_how_large_it_was() -> None:
    app = App()
    code = app.opened()
    app.send(cliente(code), cliente(code, "C-2"))
    state = app.control("state")
    assert state["requests"] == {"open": 1, "send": 1}
    assert (state["open_lotes"], state["max_records_per_request"], state["max_in_flight"]) == (1, 2, 1)
    assert [(lote["loteOrigem"], lote["records"], lote["requests"]) for lote in state["lotes"]] == [
        (code, 2, 1)
    ]
    log = app.control("requests")
    assert [(entry["operation"], entry["status"], entry.get("records")) for entry in log] == [
        ("open", 200, None),
        ("send", 200, 2),
    ]


def test_the_tills_and_what_is_pending_can_be_read_line_by_line() -> None:
    app = App()
    code = app.opened()
    app.send(cliente(code))

    def keys(**query: Any) -> list[str]:
        lines = app("GET", "/_sandbox/clientes", **query).body.splitlines()
        return [json.loads(line)["idRetaguarda"] for line in lines]

    assert (keys(), keys(pending="1")) == ([], ["C-1"])
    app.close(code)
    assert (keys(), keys(inquilino="inq"), keys(inquilino="other"), keys(pending="1")) == (
        ["C-1"],
        ["C-1"],
        [],
        [],
    )


@pytest.mark.parametrize(
    ("plan", "status", "body"),
    [
        ({"kind": "status", "status": 429, "headers": {"Retry-After": "7"}, "body": "{}"}, 429, b"{}"),
        ({"kind": "empty_body"}, 200, b""),
        ({"kind": "not_json"}, 200, b"<html><body>OK</body></html>"),
        ({"kind": "stall", "seconds": 0}, 200, None),
    ],
)
def test_a_planned_fault_spoils_one_call_and_is_accounted_for(
    plan: dict[str, Any], status: int, body: bytes | None
) -> None:
    app = App()
    (planned,) = app.control("faults", {"operation": "open", **plan})
    assert planned["complete"] is False
    said = app.open()
    assert said.status == status
    assert body in (None, said.body)
    assert said.headers.get("retry-after") == plan.get("headers", {}).get("Retry-After")
    assert [fault["fired"] for fault in app.control("faults")] == [1]
    assert (app.control("state")["open_lotes"] == 1) == (plan["kind"] != "status")


@pytest.mark.parametrize(("kind", "opened", "resets"), [("reset", 0, 1), ("drop_after", 1, 0)])
def test_a_connection_is_broken_before_or_after_the_work(kind: str, opened: int, resets: int) -> None:
    app = App()
    app.control("faults", {"operation": "open", "kind": kind})
    app.open()
    assert app.connection.aborted
    assert len(app.connection.options) == resets
    assert app.control("state")["open_lotes"] == opened


def test_every_answer_takes_its_latency() -> None:
    assert App(latency=0.001).open().status == 200


def test_faults_are_planned_together_and_forgotten_together() -> None:
    app = App()
    assert len(app.control("faults", [{"operation": "send", "kind": "reset"}] * 2)) == 2
    assert app.control("faults", method="DELETE") == []
    assert app.control("faults") == []


@pytest.mark.parametrize("odd", [{"operation": "sing", "kind": "status"}, 7, [{"kind": "reset"}]])
def test_a_fault_that_is_not_understood_is_refused(odd: object) -> None:
    app = App()
    assert "message" in app.control("faults", odd)
    assert app.control("faults") == []


@pytest.mark.parametrize("path", ["customers", "files", "lotes"])
@pytest.mark.parametrize("odd", [b"", b"[]", b"7", b'["text"]', b"{"])
def test_what_is_no_object_cannot_be_made(path: str, odd: bytes) -> None:
    assert App()("POST", f"/_sandbox/{path}", odd).status == 400


def test_a_lote_is_planted_as_another_integration_would_open_it() -> None:
    app = App()
    assert app.control("lotes", {"idInquilino": "inq"})["tipoLote"] == [13]
    assert app.control("lotes", {"idInquilino": "inq"}) == {"message": "another lote is open"}
    assert app.open().status == 400


def test_everything_is_forgotten_after_a_reset() -> None:
    app = App()
    app.opened()
    app.control("customers", {"document": "1"})
    app.control("faults", {"operation": "send", "kind": "reset"})
    app.control("reset", {})
    state = app.control("state")
    assert (state["lotes"], state["requests"], app.control("faults")) == ([], {}, [])
    assert app.control("attachments")["attached"] == {}


def test_customers_and_files_are_seeded_one_or_many() -> None:
    app = App()
    assert len(app.control("customers", [{"id": "cust_1"}, {"id": "cust_2"}])) == 2
    assert len(app.control("files", {"id": "file_1"})) == 1
    assert len(app.control("files", [{"id": "file_2"}])) == 1
    shown = app.control("attachments")
    assert shown["attached"] == {"cust_1": [], "cust_2": []}
    assert [file["id"] for file in shown["files"]] == ["file_1", "file_2"]
