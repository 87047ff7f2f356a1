"""The one retry policy."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.errors import ConfigError, Interrupted, TransientError
from source_destination_clientes.http.pace import Pace
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
    assert time.slept == [0.5, 1, 2, 4, 8, 16, 32, 60, 60, 16.5], "the last wait is cut to what is left"
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
    assert waits == [
        Wait("open a lote at api.example", seconds, "it answered 429", rate_limited=True, status=429)
    ]


@pytest.mark.parametrize("header", ["0", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_a_server_that_asks_for_no_wait_is_not_hammered(header: str) -> None:
    server, time = FakeServer(reply=lambda _: answer(b"", 503, Retry_After=header)), FakeTime()
    with pytest.raises(TransientError):
        make_caller(server, time, policy=RetryPolicy(budget=60, timeout=5)).call(REQUEST, read)
    assert time.slept == [0.5, 1, 2, 4, 8, 16, 28.5]


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


def test_a_short_outage_at_the_end_of_the_budget_is_outlived() -> None:
    time = FakeTime()
    server = FakeServer(
        reply=lambda _: answer(b"", 200) if time.seconds >= 35 else NoAnswerError("refused", doubtful=False)
    )
    assert make_caller(server, time, policy=RetryPolicy(budget=60, timeout=5)).call(REQUEST, read) == 200
    assert time.seconds == 60


def test_a_retry_after_date_is_measured_by_the_clock_that_wrote_it() -> None:
    headers = {"Retry_After": "Mon, 05 May 2031 00:00:09 GMT", "Date": "Mon, 05 May 2031 00:00:00 GMT"}
    server, time = FakeServer([answer(b"", 503, **headers), answer(b"", 200)]), FakeTime()
    make_caller(server, time).call(REQUEST, read)
    assert time.slept == [9]


@pytest.mark.parametrize("digits", [11, 400])
def test_no_server_can_ask_for_an_endless_wait(digits: int) -> None:
    assert retry_after("9" * digits, datetime(2026, 1, 1, tzinfo=UTC)) is None


AGAINST_THE_CONFIG = [
    (answer(b"", 401), "refuses the credential"),
    (answer(b"", 403), "forbids us"),
    (answer(b"", 407), "proxy"),
    (
        answer(b"", 302, Location="https://login.example/secret?who=me"),
        "answered 302 to host login.example instead",
    ),
    (answer(b"", 301, Location="https://[bad"), "answered 301 to host nowhere"),
]


@pytest.mark.parametrize(("said", "words"), AGAINST_THE_CONFIG)
def test_what_speaks_against_the_config_ends_the_first_call_at_once(said: Answer, words: str) -> None:
    server, time = FakeServer([said]), FakeTime()
    with pytest.raises(ConfigError, match=words) as caught:
        make_caller(server, time, credential=Token(renewals=0)).call(REQUEST, read)
    assert "secret" not in str(caught.value)
    assert (time.slept, server.script) == ([], [])


@pytest.mark.parametrize(("said", "words"), AGAINST_THE_CONFIG)
def test_what_speaks_against_a_config_that_has_proven_right_is_outlived(said: Answer, words: str) -> None:
    server = FakeServer([answer(b"", 200), said, said, answer(b"", 200)])
    caller = make_caller(server, credential=Token(renewals=0))
    assert [caller.call(REQUEST, read) for _ in range(2)] == [200, 200]
    server.reply = lambda _: said
    with pytest.raises(
        TransientError, match=f"it answered {said.status}, although it took such a call before"
    ):
        caller.call(REQUEST, read)


def test_one_operation_proves_nothing_about_another() -> None:
    server = FakeServer([answer(b"", 200), answer(b"", 403)])
    caller = make_caller(server, credential=Token())
    caller.call(replace(REQUEST, operation="send a chunk"), read)
    with pytest.raises(ConfigError):
        caller.call(REQUEST, read)


def test_a_verdict_of_the_reader_needs_the_same_evidence() -> None:
    def strict(said: Answer) -> int:
        if said.status == 404:
            raise ConfigError("no route matched")
        return said.status

    server = FakeServer([answer(b"", 404), answer(b"", 200), answer(b"", 404), answer(b"", 201)])
    caller = make_caller(server)
    with pytest.raises(ConfigError):
        caller.call(REQUEST, strict)
    assert [caller.call(REQUEST, strict) for _ in range(2)] == [200, 201]


@pytest.mark.parametrize(
    "said", [answer(b"", 401), answer(b"", 403), answer(b"", 302), answer(b"", 429, Retry_After="3600")]
)
def test_what_must_be_done_is_tried_until_its_time_is_over_whatever_one_answer_says(said: Answer) -> None:
    server, time = FakeServer([said, said, said, answer(b"", 200)]), FakeTime()
    policy = RetryPolicy(budget=60, timeout=5, stubborn=True)
    caller = make_caller(server, time, policy=policy, credential=Token(renewals=0))
    assert caller.call(REQUEST, read) == 200
    server.reply = lambda _: said
    with pytest.raises(TransientError):
        caller.call(REQUEST, read)
    assert time.slept[-1] > 0


def test_a_server_that_asks_for_a_pause_is_called_by_nobody_before_the_moment() -> None:
    time = FakeTime()
    called: list[float] = []

    def reply(_: Request) -> Answer:
        called.append(time.seconds)
        return answer(b"", 503, Retry_After="3") if len(called) == 1 else answer(b"", 200)

    server = FakeServer(reply=reply)
    caller = make_caller(server, time)

    def another(_: Wait) -> None:
        replace(caller, on_wait=lambda _wait: None).call(REQUEST, read)

    assert replace(caller, on_wait=another).call(REQUEST, read) == 200
    assert called == [0, 3, 6], "the second waits until the moment, the first for its own wait after that"


def test_a_pause_beyond_the_budget_ends_the_calls_of_all_workers() -> None:
    server, time = FakeServer([answer(b"", 429, Retry_After="86400")]), FakeTime()
    caller = make_caller(server, time)
    for _ in range(2):
        with pytest.raises(TransientError, match="86400 s more"):
            caller.call(REQUEST, read)
    assert (time.slept, len(server.requests)) == ([], 1)


@pytest.mark.parametrize(
    ("said", "allowed"),
    [
        (answer(b"", 429), 4),
        (answer(b"", 503, Retry_After="1"), 4),
        (NoAnswerError("no whole answer within the time-out", doubtful=True, timed_out=True), 4),
        (answer(b"", 503), 8),
        (answer(b"", 500), 8),
        (NoAnswerError("the connection was refused", doubtful=False), 8),
    ],
)
def test_a_server_that_has_too_much_to_do_gets_half_as_many_calls(
    said: Answer | NoAnswerError, allowed: int
) -> None:
    time = FakeTime()
    pace = Pace(8, lambda: time.seconds)
    make_caller(FakeServer([said, answer(b"", 200)]), time, pace=pace).call(REQUEST, read)
    assert (pace.allowed, pace.under_way) == (allowed, 0)


def test_a_call_that_ends_in_any_way_gives_its_place_back() -> None:
    pace = Pace(1)

    def refuse() -> None:
        raise Interrupted("stop")

    for changes in ({"throttle": refuse}, {"transport": FakeServer([ValueError("odd")])}):
        with pytest.raises((Interrupted, ValueError)):
            make_caller(FakeServer(), pace=pace, **changes).call(REQUEST, read)
        assert pace.under_way == 0
