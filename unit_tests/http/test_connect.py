"""Callers as the settings ask for them."""

from source_destination_clientes.http.connect import ToldTransport, make_wait_logger
from source_destination_clientes.http.retry import Wait
from source_destination_clientes.http.transport import Request
from source_destination_clientes.protocol.context import RunContext
from source_destination_clientes.runtime.stopping import Stop
from unit_tests.kit.fakes import FakeReporter, FakeServer, FakeTime, answer


def test_a_wait_is_logged_and_counted_and_so_is_who_asked_for_it() -> None:
    reporter = FakeReporter()
    context = RunContext(reporter, Stop())
    log_wait = make_wait_logger(context)
    log_wait(Wait("open a lote", 1.5, "it answered 503", rate_limited=False))
    log_wait(Wait("open a lote", 30, "it answered 429", rate_limited=True))
    assert [text for _, text in reporter.lines] == [
        "Waiting 1.5 s to open a lote again: it answered 503.",
        "Waiting 30.0 s (the server asks for it) to open a lote again: it answered 429.",
    ]
    waits = context.waits
    assert (waits.count, waits.seconds, waits.rate_limited) == (2, 31.5, 1)


def test_each_call_is_told_to_who_wants_to_know_everything() -> None:
    reporter, server = FakeReporter(), FakeServer([answer(b"secret", 201)])
    told = ToldTransport(server, FakeTime().clock(), reporter)
    told(Request("open a lote", "POST", "https://api.example/path?key=secret"), 5)
    assert reporter.lines == [("DEBUG", "open a lote at api.example: 201 in 0.000 s.")]
