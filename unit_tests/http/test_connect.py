"""Callers as the settings ask for them."""

from source_destination_clientes.http.connect import make_wait_logger
from source_destination_clientes.http.retry import Wait
from source_destination_clientes.protocol.context import RunContext
from source_destination_clientes.runtime.stopping import Stop
from unit_tests.kit.fakes import FakeReporter


def test_a_wait_is_logged_and_a_rate_limit_shows_in_airbyte_as_well() -> None:
    reporter = FakeReporter()
    context = RunContext(reporter, Stop())
    log_wait = make_wait_logger(context, [(None, "clientes")])
    log_wait(Wait("open a lote", 1.5, "it answered 503", rate_limited=False))
    log_wait(Wait("open a lote", 30, "it answered 429", rate_limited=True))
    assert [text for _, text in reporter.lines] == [
        "Waiting 1.5 s to open a lote again: it answered 503.",
        "Waiting 30.0 s to open a lote again: it answered 429.",
    ]
    assert reporter.limited == [(None, "clientes")]
    waits = context.waits
    assert (waits.count, waits.seconds, waits.rate_limited) == (2, 31.5, 1)
