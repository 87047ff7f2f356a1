"""Only the record at fault pays: what fails while others go well is told from an outage."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from source_destination_clientes.errors import ConfigError, TransientError
from source_destination_clientes.http.transport import Answer, NoAnswerError, Request
from source_destination_clientes.lote.load import Entry
from source_destination_clientes.rejection.outcome import Reason
from source_destination_clientes.sync.delivery import DeliveryReport
from unit_tests.kit.bench import Bench, make_api
from unit_tests.kit.fakes import FakeServer, Said, answer, make_entry
from unit_tests.kit.pdvsync import FakePdvsync


class Known:
    """A credential that cannot be renewed."""

    def authorization(self) -> str:
        return "Bearer t"

    def renew(self, stale: str) -> bool:
        return False


FAILURES: dict[str, Said] = {
    "500": answer(b"", 500),
    "a firewall's page with 200": answer(b"<html>Request blocked</html>"),
    "a firewall's page with 403": answer(b"<html>Forbidden</html>", 403),
    "401": answer(b"", 401),
    "404": answer(b"<html></html>", 404),
    "409 of a gateway": answer({"message": "conflict"}, 409),
    "422 of a gateway": answer(b"unprocessable", 422),
    "302": answer(b"", 302, Location="https://login.example"),
    "429": answer(b"", 429),
    "reset": NoAnswerError("the connection broke before the answer", doubtful=True),
    "time-out": NoAnswerError("no whole answer within the time-out", doubtful=True, timed_out=True),
}


def many(number: int, begin: int = 0) -> list[Entry]:
    return [make_entry(f"k{n:03d}") for n in range(begin, begin + number)]


def bench_where(fails: Callable[[set[str]], Said | None], **lote: Any) -> Bench:
    """A chunk of these keys meets this failure; None where it is taken."""
    pdvsync = FakePdvsync()

    def reply(request: Request) -> Said:
        if request.operation == "send a chunk":
            said = fails({record["idRetaguarda"] for record in json.loads(request.body)})
            if said is not None:
                return said
        return pdvsync(request)

    bench = Bench(FakeServer(reply=reply), **lote)
    bench.use_api(make_api(bench.server, bench.time, credential=Known()))
    bench.pdvsync = pdvsync
    return bench


def rejected(delivered: DeliveryReport) -> set[str]:
    return {entry.key for entry, _ in delivered.outcomes.rejected}


@pytest.mark.parametrize("name", FAILURES)
@pytest.mark.parametrize("bad", [{"k005"}, {"k000"}, {"k039"}, {"k001", "k017", "k018", "k030"}])
@pytest.mark.parametrize("size", [10, 100])
def test_whatever_form_the_failure_of_one_record_has_only_that_record_is_rejected(
    name: str, bad: set[str], size: int
) -> None:
    bench = bench_where(lambda keys: FAILURES[name] if keys & bad else None, records_per_request=size)
    delivered = bench.deliver(*many(40))
    assert delivered.error is None
    assert rejected(delivered) == bad
    assert set(bench.pdvsync.stored) == {entry.key for entry in many(40)} - bad
    assert (len(delivered.outcomes.accepted), bench.pdvsync.open) == (40 - len(bad), [])
    for _, rejection in delivered.outcomes.rejected:
        assert (rejection.reason, rejection.lote) == (Reason.REFUSED_BY_API, "L-1")
        assert rejection.raw
        said = FAILURES[name]
        assert rejection.http_status == (said.status if isinstance(said, Answer) else None)


@pytest.mark.parametrize("name", FAILURES)
def test_an_outage_rejects_nothing(name: str) -> None:
    bench = bench_where(lambda _: FAILURES[name])
    delivered = bench.deliver(*many(40))
    assert isinstance(delivered.error, TransientError | ConfigError)
    assert (delivered.outcomes.accepted, delivered.outcomes.rejected, bench.pdvsync.open) == ([], [], [])


@pytest.mark.parametrize("name", ["500", "reset", "409 of a gateway"])
def test_an_outage_after_good_lotes_rejects_nothing(name: str) -> None:
    outage = [False]
    bench = bench_where(lambda _: FAILURES[name] if outage[0] else None)
    assert bench.deliver(*many(40)).error is None
    outage[0] = True
    delivered = bench.deliver(*many(40, begin=100))
    assert isinstance(delivered.error, TransientError)
    assert delivered.outcomes.rejected == []


def test_an_outage_that_passes_rejects_nothing() -> None:
    bench = bench_where(lambda _: FAILURES["500"] if 3 < bench.time.seconds < 25 else None)
    bench.time.seconds = 3.5
    delivered = bench.deliver(*many(40))
    assert (delivered.error, delivered.outcomes.rejected, len(delivered.outcomes.accepted)) == (None, [], 40)


def test_an_outage_while_a_single_record_is_sent_is_waited_for() -> None:
    bench = bench_where(lambda _: FAILURES["500"] if 3 < bench.time.seconds < 28 else None)
    assert bench.deliver(*many(10)).error is None
    bench.time.seconds = 3.5
    delivered = bench.deliver(make_entry("alone"))
    assert (delivered.error, len(delivered.outcomes.accepted)) == (None, 1)
    assert bench.time.seconds > 20


def test_the_last_record_of_a_run_is_found_at_fault_by_one_that_is_taken_again() -> None:
    bench = bench_where(lambda keys: FAILURES["500"] if "bad" in keys else None)
    assert bench.deliver(*many(10)).error is None
    delivered = bench.deliver(make_entry("bad"))
    assert delivered.error is None
    assert rejected(delivered) == {"bad"}


def test_a_record_that_was_accepted_is_not_taken_again_when_a_later_version_is_on_its_way() -> None:
    bench = bench_where(lambda keys: FAILURES["500"] if keys else None)
    bench.delivery.health.witness = make_entry("k", 1)
    assert isinstance(bench.deliver(make_entry("k", 2)).error, TransientError)
    sent = [request for request in bench.server.requests if request.operation == "send a chunk"]
    assert all(b'"v2"' in request.body for request in sent)


def test_a_single_record_of_a_run_that_fails_is_an_outage() -> None:
    delivered = bench_where(lambda _: FAILURES["500"]).deliver(make_entry("only"))
    assert isinstance(delivered.error, TransientError)
    assert delivered.outcomes.rejected == []


def test_a_missing_permission_is_believed_after_a_few_requests() -> None:
    bench = bench_where(lambda _: FAILURES["a firewall's page with 403"], concurrent_requests=1)
    assert isinstance(bench.deliver(*many(100)).error, ConfigError)
    assert len([r for r in bench.server.requests if r.operation == "send a chunk"]) < 20


def test_the_version_before_one_that_always_fails_is_sent_in_its_place() -> None:
    pdvsync = FakePdvsync()

    def reply(request: Request) -> Said:
        if request.operation == "send a chunk" and b'"v2"' in request.body:
            return answer(b"", 500)
        return pdvsync(request)

    delivered = Bench(FakeServer(reply=reply)).deliver(*many(5), make_entry("a", 1), make_entry("a", 2))
    assert (delivered.error, pdvsync.stored["a"]["nome"]) == (None, "v1")
    assert rejected(delivered) == {"a"}


def test_a_wait_that_the_lote_does_not_outlast_goes_on_without_a_lote() -> None:
    open_while_waiting: list[list[str]] = []
    asked = [0]

    def fails(_keys: set[str]) -> Said | None:
        asked[0] += 1
        return answer(b"", 429, Retry_After="20") if asked[0] == 1 else None

    bench = bench_where(fails, max_open_seconds=10, concurrent_requests=1)

    def sleep(seconds: float) -> None:
        if seconds > 5:
            open_while_waiting.append(list(bench.pdvsync.open))
        bench.time.sleep(seconds)

    clock = replace(bench.time.clock(), sleep=sleep)
    bench.delivery.clock = clock
    bench.delivery.api = make_api(bench.server, bench.time, clock=clock)
    delivered = bench.deliver(*many(30))
    assert (delivered.error, len(delivered.outcomes.accepted)) == (None, 30)
    assert open_while_waiting == [[]]
    assert bench.pdvsync.closed == ["L-1", "L-2"]


def test_what_waits_for_another_lote_does_not_have_its_patience_anew() -> None:
    bench = bench_where(lambda _: answer(b"", 500), max_open_seconds=4)
    delivered = bench.deliver(make_entry("k"))
    assert isinstance(delivered.error, TransientError)
    assert 25 < bench.time.seconds < 60
    assert bench.pdvsync.open == []


def test_an_address_is_not_sent_before_its_cliente_that_waits() -> None:
    first = [True]

    def fails(keys: set[str]) -> Said | None:
        if "cliente" in keys and first:
            first.pop()
            return answer(b"", 503, Retry_After="20")
        return None

    bench = bench_where(fails, max_open_seconds=10)
    address = make_entry("address", kind="cliente_endereco")
    assert bench.deliver(address, make_entry("cliente")).error is None
    assert bench.pdvsync.sends == [["cliente"], ["address"]]


def test_an_error_of_one_request_does_not_keep_the_lote_open_while_others_wait() -> None:
    def fails(keys: set[str]) -> Said | None:
        if "k000" in keys:
            raise ZeroDivisionError
        return answer(b"", 500)

    bench = bench_where(fails, concurrent_requests=4)
    assert isinstance(bench.deliver(*many(40)).error, ZeroDivisionError)
    assert (bench.pdvsync.open, bench.time.seconds < 10) == ([], True)
