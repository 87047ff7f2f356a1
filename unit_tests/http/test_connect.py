"""Callers as the settings ask for them."""

from source_destination_clientes.http.connect import ToldTransport, make_wait_logger
from source_destination_clientes.http.retry import Wait
from source_destination_clientes.http.transport import Request
from unit_tests.kit.fakes import FakeReporter, FakeServer, FakeTime, answer


def test_a_wait_is_logged_and_so_is_who_asked_for_it() -> None:
    reporter = FakeReporter()
    log_wait = make_wait_logger(reporter)
    log_wait(Wait("open a lote", 1.5, "it answered 503", rate_limited=False))
    log_wait(Wait("open a lote", 30, "it answered 429", rate_limited=True))
    assert [text for _, text in reporter.lines] == [
        "Waiting 1.5 s to open a lote again: it answered 503.",
        "Waiting 30.0 s (the server asks for it) to open a lote again: it answered 429.",
    ]


def test_each_call_is_told_to_who_wants_to_know_everything() -> None:
    reporter, server = FakeReporter(), FakeServer([answer(b"secret", 201)])
    told = ToldTransport(server, FakeTime().clock(), reporter)
    told(Request("open a lote", "POST", "https://api.example/path?key=secret"), 5)
    assert reporter.lines == [("DEBUG", "open a lote at api.example: 201 in 0.000 s.")]
