"""Who may talk to the sandbox."""

import asyncio
from typing import Any

import pytest

from unit_tests.kit.asgi import App, Said

STATE = "/_sandbox/state"


def asked(method: str = "GET", path: str = STATE, body: object = b"", **headers: str) -> Said:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return App(hosts=("sandbox",))(method, path, body, headers=named)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8080", "localhost:8080", "LOCALHOST", "[::1]:8080", "127.9.9.9"]
)
def test_names_of_loopback_are_ours(host: str) -> None:
    assert asked(host=host).status == 200


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "evil.example:8080",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "evil-localhost",
        "10.0.0.1",
        "0.0.0.0",
        "[::]",
        "[bad",
        "127.0.0.1 evil.example",
        "2130706433",
    ],
)
@pytest.mark.parametrize("path", ["/", STATE, "/totvs.rac/connect/token", "/attach-api/v1/customers"])
def test_other_names_are_refused_on_every_route(host: str, path: str) -> None:
    said = asked(path=path, host=host)
    assert said.status == 403
    assert "--allow-host" in said.json["message"]


def test_a_name_that_was_allowed_is_ours() -> None:
    assert asked(host="Sandbox:8080").status == 200
    assert asked(host="sandbox.evil.example").status == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://127.0.0.1:8080"}, 200),
        ({"origin": "http://127.0.0.1:9090"}, 403),
        ({"origin": "http://localhost:8080"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": ""}, 403),
        ({"sec_fetch_site": "same-origin"}, 200),
        ({"sec_fetch_site": "none"}, 200),
        ({"sec_fetch_site": "same-site"}, 403),
        ({"sec_fetch_site": "cross-site"}, 403),
    ],
)
def test_a_page_of_another_site_is_refused(headers: dict[str, str], status: int) -> None:
    assert asked(host="127.0.0.1:8080", **headers).status == status


def test_a_link_elsewhere_may_lead_to_the_page() -> None:
    assert asked(path="/", sec_fetch_site="cross-site").status == 200
    assert asked(path="/page.js", sec_fetch_site="cross-site").status == 403


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 201),
        ("Application/JSON; charset=utf-8", 201),
        ("text/plain", 415),
        ("text/plain; application/json", 415),
        ("application/x-www-form-urlencoded", 415),
        ("", 415),
    ],
)
def test_a_control_route_takes_json_only(kind: str, status: int) -> None:
    plan = {"operation": "send", "kind": "reset"}
    assert asked("POST", "/_sandbox/faults", plan, content_type=kind).status == status


def test_what_is_no_request_passes() -> None:
    app, sent = App().app, list[Any]()

    async def receive() -> dict[str, str]:
        return {"type": f"lifespan.{'shutdown' if sent else 'startup'}"}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    asyncio.run(app({"type": "lifespan", "app": app}, receive, send))
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
