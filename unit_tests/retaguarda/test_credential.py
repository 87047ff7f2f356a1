"""Tokens: how they are asked for, how long they live, who renews them."""

import threading
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.errors import ConfigError, TransientError
from source_destination_clientes.http.retry import RetryPolicy
from source_destination_clientes.http.transport import Answer, NoAnswerError, Request
from source_destination_clientes.retaguarda.credential import PasswordGrant, RacCredential, StaticToken
from unit_tests.kit.fakes import FakeServer, FakeTime, answer, make_caller

GRANT = PasswordGrant("https://rac.example/token", "integração", "p&ss", "client", "s3cret")


class Rac:
    """Hands out numbered tokens."""

    def __init__(self, **token: Any) -> None:
        self.token = token
        self.number = 0

    def __call__(self, request: Request) -> Answer:
        self.number += 1
        return answer({"access_token": f"t{self.number}", "token_type": "Bearer", **self.token})


def make(server: FakeServer, time: FakeTime | None = None) -> tuple[RacCredential, list[str]]:
    secrets: list[str] = []
    caller = make_caller(server, time or FakeTime(), policy=RetryPolicy(budget=10, timeout=5))
    return RacCredential(caller, GRANT, secrets.append), secrets


def fetched_after(token: dict[str, Any], seconds: float) -> bool:
    """A new token is fetched when this many seconds have passed since the first."""
    time, server = FakeTime(), FakeServer(reply=Rac(**token))
    credential, _ = make(server, time)
    credential.authorization()
    time.seconds += seconds
    return credential.authorization() == "Bearer t2"


def test_the_grant_is_sent_as_a_form_and_the_token_becomes_a_header() -> None:
    server = FakeServer(reply=Rac(expires_in=1200))
    credential, secrets = make(server)
    assert credential.authorization() == "Bearer t1"
    (request,) = server.requests
    assert (request.method, request.url) == ("POST", "https://rac.example/token")
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert {name: values[0] for name, values in parse_qs(request.body.decode()).items()} == {
        "grant_type": "password",
        "username": "integração",
        "password": "p&ss",
        "scope": "authorization_api",
        "client_id": "client",
        "client_secret": "s3cret",
    }
    assert secrets == ["t1"]


def test_a_token_is_kept_while_it_lives() -> None:
    server = FakeServer(reply=Rac(expires_in=1200))
    credential, _ = make(server)
    assert {credential.authorization() for _ in range(5)} == {"Bearer t1"}
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("token", "lives"),
    [
        ({"expires_in": 3600}, 3480),
        ({"expires_in": "3600"}, 3480),
        ({"expires_in": 60}, 45),
        ({"expires_in": 0.5}, 0.375),
        ({}, 1080),
        ({"expires_in": None}, 1080),
        ({"expires_in": "soon"}, 1080),
        ({"expires_in": 0}, 1080),
        ({"expires_in": -5}, 1080),
        ({"expires_in": [1]}, 1080),
        ({"expires_in": "nan"}, 1080),
    ],
)
def test_a_token_is_renewed_in_good_time_before_its_end(token: dict[str, Any], lives: float) -> None:
    assert not fetched_after(token, lives - 0.01)
    assert fetched_after(token, lives)


@given(
    st.one_of(
        st.none(), st.booleans(), st.text(), st.floats(allow_nan=False), st.integers(), st.lists(st.none())
    )
)
def test_no_lifetime_is_so_odd_that_a_token_is_born_dead(lifetime: object) -> None:
    server = FakeServer(reply=Rac(expires_in=lifetime))
    credential, _ = make(server)
    assert {credential.authorization() for _ in range(3)} == {"Bearer t1"}


@pytest.mark.parametrize("digits", [19, 20, 400])
def test_a_lifetime_of_very_many_digits_is_no_crash(digits: int) -> None:
    server = FakeServer([answer(b'{"access_token":"t","expires_in":' + b"9" * digits + b"}")])
    credential, _ = make(server)
    assert credential.authorization() == "Bearer t"


def test_a_lifetime_counts_from_the_question_not_from_the_answer() -> None:
    time = FakeTime()
    rac = Rac(expires_in=1200)

    def slow(request: Request) -> Answer:
        time.seconds += 50
        return rac(request)

    credential, _ = make(FakeServer(reply=slow), time)
    credential.authorization()
    time.seconds = 1079
    assert credential.authorization() == "Bearer t1"
    time.seconds = 1080
    assert credential.authorization() == "Bearer t2"


def test_a_refused_token_is_replaced_once_however_many_threads_were_refused() -> None:
    server = FakeServer(reply=Rac(expires_in=1200))
    credential, secrets = make(server)
    stale = credential.authorization()
    together = threading.Barrier(8)
    renewed: list[bool] = []

    def renew() -> None:
        together.wait()
        renewed.append(credential.renew(stale))

    threads = [threading.Thread(target=renew) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert renewed == [True] * 8
    assert credential.authorization() == "Bearer t2"
    assert secrets == ["t1", "t2"]


def test_threads_that_waited_for_a_token_share_the_failure_to_get_one() -> None:
    time, callers, everybody = FakeTime(), set[int](), threading.Event()

    def monotonic() -> float:
        callers.add(threading.get_ident())
        if len(callers) == 8:
            everybody.set()
        return time.seconds

    def out_of_order(_: Request) -> Answer:
        assert everybody.wait(60)
        return answer(b"", 503)

    server = FakeServer(reply=out_of_order)
    caller = make_caller(
        server, clock=replace(time.clock(), monotonic=monotonic), policy=RetryPolicy(budget=10, timeout=5)
    )
    credential = RacCredential(caller, GRANT, lambda _: None)
    failures: list[str] = []

    def ask() -> None:
        with pytest.raises(TransientError) as caught:
            credential.authorization()
        failures.append(str(caught.value))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(failures) == 8
    assert len(set(failures)) == 1
    assert time.seconds <= 10
    ask()
    assert time.seconds > 10


def test_a_401_renews_the_token_and_the_call_goes_on() -> None:
    tokens = Rac(expires_in=1200)
    credential, _ = make(FakeServer(reply=tokens))

    def api(request: Request) -> Answer:
        return answer(b"", 401 if request.headers["Authorization"] == "Bearer t1" else 200)

    server = FakeServer(reply=api)
    caller = make_caller(server, credential=credential)
    request = Request("open a lote", "POST", "https://api.example/x")
    assert caller.call(request, lambda said: said.status) == 200
    assert [sent.headers["Authorization"] for sent in server.requests] == ["Bearer t1", "Bearer t2"]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (answer({"error": "invalid_grant", "error_description": "integração"}, 400), "error invalid_grant"),
        (answer({"error": "invalid_client"}, 401), "HTTP 401, error invalid_client"),
        (answer({"error": "USER integração"}, 400), r"\(HTTP 400\)"),
        (answer({"error": "invalid_grant"}, 200), "HTTP 200, error invalid_grant"),
        (answer({"error": "invalid_grant", "access_token": "t"}, 200), "HTTP 200, error invalid_grant"),
        (answer(b"<html></html>", 403), r"\(HTTP 403\)"),
    ],
)
def test_a_refused_user_is_told_without_names_or_secrets(said: Answer, shown: str) -> None:
    credential, secrets = make(FakeServer([said]))
    with pytest.raises(ConfigError, match=shown) as caught:
        credential.authorization()
    assert "credentials.username" in str(caught.value)
    assert all(word not in str(caught.value) for word in ("integração", "p&ss", "s3cret"))
    assert secrets == []


@pytest.mark.parametrize("status", [301, 302, 404, 405])
def test_a_wrong_address_is_told_as_such(status: int) -> None:
    credential, _ = make(FakeServer([answer(b"", status)]))
    with pytest.raises(ConfigError, match=r"rac_tenant or credentials\.token_url"):
        credential.authorization()


@pytest.mark.parametrize(
    "body", [b"", b"<html></html>", b"[]", b"{}", b'{"access_token":""}', b'{"access_token":7}']
)
def test_an_answer_without_a_token_is_asked_for_again(body: bytes) -> None:
    credential, _ = make(FakeServer([answer(body), answer({"access_token": "t"})]))
    assert credential.authorization() == "Bearer t"


def test_an_outage_of_rac_is_nobodys_mistake() -> None:
    down = FakeServer(reply=lambda _: NoAnswerError("the connection was refused", doubtful=False))
    credential, _ = make(down)
    with pytest.raises(TransientError, match=r"get a RAC token at rac\.example"):
        credential.authorization()


def test_a_static_token_is_all_there_is() -> None:
    token = StaticToken("abc")
    assert token.authorization() == "Bearer abc"
    assert not token.renew("Bearer abc")


def test_secrets_do_not_show_when_an_object_is_printed() -> None:
    printed = repr(GRANT) + repr(StaticToken("abc-token"))
    assert all(secret not in printed for secret in ("p&ss", "s3cret", "abc-token"))


def test_a_password_that_is_refused_in_mid_run_is_not_tried_again() -> None:
    time, server = FakeTime(), FakeServer([answer({"access_token": "t", "expires_in": 1200})])
    credential, _ = make(server, time)
    credential.authorization()
    time.seconds += 1200
    server.script.append(answer({"error": "invalid_grant"}, 400))
    with pytest.raises(ConfigError, match="invalid_grant"):
        credential.authorization()
    assert len(server.requests) == 2


def test_a_token_endpoint_that_gave_a_token_before_is_asked_again_when_it_is_gone() -> None:
    time, server = FakeTime(), FakeServer([answer({"access_token": "t", "expires_in": 1200})])
    credential, _ = make(server, time)
    credential.authorization()
    time.seconds += 1200
    server.script += [answer(b"", 404), answer(b"", 302), answer({"access_token": "u"})]
    assert credential.authorization() == "Bearer u"
