"""The one retry policy."""

import inspect
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.errors import ConfigError, Interrupted, TransientError
from source_destination_clientes.http.retry import (
    Patience,
    RetryPolicy,
    UnreadableAnswerError,
    Wait,
    retry_after,
)
from source_destination_clientes.http.transport import Answer, NoAnswerError, Request
from unit_tests.kit.fakes import FakeServer, FakeTime, answer, make_caller

REQUEST = Request("open a lote", "POST", "https://api.example/path")


def read(said: Answer) -> int:
    return said.status


class Token:
    """A credential that can be renewed at most this many times."""

    def __init__(self, renewals: int = 1) -> None:
        self.number = 0
        self.renewals = renewals

    def authorization(self) -> str:
        return f"Bearer {self.number}"

    def renew(self, stale: str) -> bool:
        if self.number >= self.renewals:
            return False
        self.number += 1
        return True


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_passing_trouble_is_tried_again(status: int) -> None:
    server, time = FakeServer([answer(b"", status), answer(b"", 200)]), FakeTime()
    assert make_caller(server, time).call(REQUEST, read) == 200
    assert len(server.requests) == 2
    assert time.slept == [0.5]


@pytest.mark.parametrize("status", [200, 201, 400, 404, 409, 413, 422])
def test_every_other_answer_is_the_readers_business(status: int) -> None:
    server = FakeServer([answer(b"", status)])
    assert make_caller(server).call(REQUEST, read) == status


def test_waits_double_up_to_a_minute_with_full_jitter() -> None:
    server, time = FakeServer(reply=lambda _: answer(b"", 500)), FakeTime()
    with pytest.raises(TransientError):
        make_caller(server, time, policy=RetryPolicy(budget=200, timeout=5)).call(REQUEST, read)
    assert time.slept == [0.5, 1, 2, 4, 8, 16, 32, 60, 60]
    still = FakeTime()
    server = FakeServer([answer(b"", 500), answer(b"", 200)])
    make_caller(server, still, clock=still.clock(chance=0.25)).call(REQUEST, read)
    assert still.slept == [0.125]


def test_the_budget_ends_the_call_and_the_error_says_what_where_and_what_next() -> None:
    server, time = (
        FakeServer(reply=lambda _: NoAnswerError("the connection was refused", doubtful=False)),
        FakeTime(),
    )
    with pytest.raises(TransientError) as error:
        make_caller(server, time, policy=RetryPolicy(budget=10, timeout=5)).call(REQUEST, read)
    assert "open a lote at api.example: the connection was refused" in str(error.value)
    assert "network.retry_minutes" in str(error.value)
    assert time.seconds <= 10


@pytest.mark.parametrize(("header", "seconds"), [("7", 7), ("Thu, 01 Jan 2026 00:00:30 GMT", 30)])
def test_both_forms_of_retry_after_are_heeded(header: str, seconds: float) -> None:
    server, time = FakeServer([answer(b"", 429, Retry_After=header), answer(b"", 200)]), FakeTime()
    waits: list[Wait] = []
    make_caller(server, time, on_wait=waits.append).call(REQUEST, read)
    assert time.slept == [seconds]
    assert waits == [Wait("open a lote", seconds, "it answered 429", rate_limited=True)]


@pytest.mark.parametrize("header", ["0", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_a_server_that_asks_for_no_wait_is_not_hammered(header: str) -> None:
    server, time = FakeServer(reply=lambda _: answer(b"", 503, Retry_After=header)), FakeTime()
    with pytest.raises(TransientError):
        make_caller(server, time, policy=RetryPolicy(budget=60, timeout=5)).call(REQUEST, read)
    assert time.slept == [0.5, 1, 2, 4, 8, 16]


def test_a_retry_after_beyond_the_budget_gives_up_at_once() -> None:
    server, time = FakeServer([answer(b"", 503, Retry_After="86400")]), FakeTime()
    with pytest.raises(TransientError, match="86400 s more"):
        make_caller(server, time).call(REQUEST, read)
    assert time.slept == []


def test_an_answer_that_cannot_be_read_is_asked_for_again() -> None:
    server = FakeServer([answer(b"<html>"), answer(b"ok")])

    def picky(said: Answer) -> bytes:
        if said.body != b"ok":
            raise UnreadableAnswerError("not ok")
        return said.body

    assert make_caller(server).call(REQUEST, picky) == b"ok"


@pytest.mark.parametrize(
    ("first", "doubtful"),
    [
        (answer(b"", 429), False),
        (answer(b"", 500), True),
        (NoAnswerError("refused", doubtful=False), False),
        (NoAnswerError("no answer within the time-out", doubtful=True), True),
    ],
)
def test_the_reader_hears_whether_an_earlier_attempt_may_have_worked(
    first: Answer | NoAnswerError, doubtful: bool
) -> None:
    server = FakeServer([first, answer(b"", 200)])
    assert make_caller(server).call(REQUEST, lambda said: said.doubtful) is doubtful


def test_a_401_renews_the_credential_once() -> None:
    server = FakeServer([answer(b"", 401), answer(b"", 200)])
    assert make_caller(server, credential=Token()).call(REQUEST, read) == 200
    assert [request.headers["Authorization"] for request in server.requests] == ["Bearer 0", "Bearer 1"]


def test_a_second_401_is_a_config_error() -> None:
    server = FakeServer(reply=lambda _: answer(b"", 401))
    with pytest.raises(ConfigError, match="refuses the credential"):
        make_caller(server, credential=Token(renewals=5)).call(REQUEST, read)
    assert len(server.requests) == 2


def test_a_401_for_a_credential_that_cannot_be_renewed_is_a_config_error_at_once() -> None:
    server = FakeServer([answer(b"", 401)])
    with pytest.raises(ConfigError):
        make_caller(server, credential=Token(renewals=0)).call(REQUEST, read)


def test_a_403_names_the_permission_to_ask_for() -> None:
    server = FakeServer([answer(b"", 403)])
    with pytest.raises(ConfigError, match="RETAGUARDA"):
        make_caller(server, credential=Token()).call(REQUEST, read)


def test_a_wait_that_is_cut_short_ends_the_call() -> None:
    time = FakeTime()

    def interrupted(_: float) -> None:
        raise Interrupted("stop")

    clock = time.clock()
    server = FakeServer([answer(b"", 500)])
    with pytest.raises(Interrupted):
        make_caller(server, clock=type(clock)(clock.monotonic, clock.now, interrupted, clock.random)).call(
            REQUEST, read
        )


def test_only_requests_that_count_are_throttled() -> None:
    turns: list[int] = []
    server = FakeServer(reply=lambda _: answer(b"", 200))
    caller = make_caller(server, throttle=lambda: turns.append(1))
    caller.call(REQUEST, read)
    caller.call(Request("x", "GET", "https://api.example/", rate_limited=False), read)
    assert len(turns) == 1


@given(st.text(max_size=40))
def test_any_retry_after_header_is_a_number_of_seconds_or_nothing(value: str) -> None:
    seconds = retry_after(value, datetime(2026, 1, 1, tzinfo=UTC))
    assert seconds is None or seconds >= 0


def test_a_date_beyond_all_calendars_is_no_retry_after() -> None:
    year = "9" * 30
    assert retry_after(f"Thu, 01 Jan {year} 00:00:00 GMT", datetime(2026, 1, 1, tzinfo=UTC)) is None


def outcomes(*said: Exception | str) -> Callable[[], str]:
    """An act that ends so, one time after the other."""
    left: Iterator[Exception | str] = iter(said)

    def act() -> str:
        outcome = next(left)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return act


def patience(time: FakeTime, budget: float = 200) -> tuple[Patience, list[Wait]]:
    told: list[Wait] = []
    return Patience("write", "it is away", budget, time.clock(), told.append), told


def test_an_act_is_repeated_with_the_same_waits_and_each_is_told() -> None:
    time = FakeTime()
    patient, told = patience(time)
    assert patient(outcomes(TransientError("1"), TransientError("2"), TransientError("3"), "done")) == "done"
    assert time.slept == [0.5, 1, 2]
    assert [(wait.operation, wait.seconds, wait.trouble) for wait in told] == [
        ("write", seconds, "it is away") for seconds in (0.5, 1, 2)
    ]


@pytest.mark.parametrize("error", [ConfigError("x"), Interrupted("x"), ValueError("x")])
def test_an_act_that_fails_for_good_is_not_repeated(error: Exception) -> None:
    time = FakeTime()
    with pytest.raises(type(error)):
        patience(time)[0](outcomes(error))
    assert time.slept == []


def test_whoever_comes_again_in_the_same_outage_waits_for_what_is_left_of_its_time() -> None:
    time = FakeTime()
    patient, _ = patience(time)
    for _ in range(3):
        with pytest.raises(TransientError, match="away"):
            patient(outcomes(*[TransientError("away")] * 20))
    assert time.slept[:9] == [0.5, 1, 2, 4, 8, 16, 32, 60, 60]
    assert sum(time.slept) <= 200


def test_after_a_success_the_next_outage_has_the_whole_time_again() -> None:
    time = FakeTime()
    patient, _ = patience(time, budget=1)
    patient(outcomes(TransientError("away"), "done"))
    time.seconds += 1000
    assert patient(outcomes(TransientError("away"), "done")) == "done"


def test_a_call_has_three_frames_to_the_transport() -> None:
    frames: list[str] = []

    def transport(_request: Request, _timeout: float) -> Answer:
        frame = inspect.currentframe()
        while frame and frame.f_code.co_name != "test_a_call_has_three_frames_to_the_transport":
            frames.append(frame.f_code.co_name)
            frame = frame.f_back
        return answer(b"", 200)

    make_caller(FakeServer(), transport=transport, credential=Token()).call(REQUEST, read)
    assert frames == ["transport", "once", "call"]
