"""One load through its lotes, against a scripted server at the socket."""

import json
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from source_destination_clientes.errors import Interrupted, TransientError
from source_destination_clientes.http.transport import Answer, NoAnswerError, Request
from source_destination_clientes.lote.load import Entry
from source_destination_clientes.rejection.outcome import ACCEPTED, Rejection
from source_destination_clientes.sync.delivery import DeliveryReport
from unit_tests.kit.bench import Bench, settled
from unit_tests.kit.fakes import ACCEPTING, FakeServer, answer, make_entry
from unit_tests.kit.pdvsync import FakePdvsync


def verdicts(delivered: DeliveryReport) -> dict[str, str]:
    return {
        entry.key: "rejected" if isinstance(outcome, Rejection) else "accepted"
        for entry, outcome in settled(delivered)
    }


def many(number: int) -> list[Entry]:
    return [make_entry(f"k{n}") for n in range(number)]


def test_a_load_opens_one_lote_fills_it_and_closes_it() -> None:
    pdvsync = FakePdvsync()
    delivered = Bench(pdvsync).deliver(*many(37))
    assert delivered.error is None
    assert Counter(outcome for _, outcome in settled(delivered)) == {ACCEPTED: 37}
    assert (pdvsync.open, pdvsync.closed, pdvsync.tipos) == ([], ["L-1"], [[0]])
    assert sorted(len(send) for send in pdvsync.sends) == [7, 10, 10, 10]


def test_a_lote_without_records_is_never_opened() -> None:
    server = FakeServer()
    assert settled(Bench(server).deliver()) == []
    assert server.requests == []


def test_clientes_are_sent_before_their_addresses_in_one_lote() -> None:
    pdvsync = FakePdvsync()
    Bench(pdvsync).deliver(make_entry("address", kind="cliente_endereco"), make_entry("cliente"))
    assert pdvsync.tipos == [[0, 56]]
    assert pdvsync.sends == [["cliente"], ["address"]]


@pytest.mark.parametrize("names", [True, False])
@given(bad=st.sets(st.integers(0, 59), max_size=12))
@settings(max_examples=25, deadline=None)
def test_exactly_the_bad_records_are_rejected_however_the_api_says_so(names: bool, bad: set[int]) -> None:
    wrong = {f"k{n}" for n in bad}
    pdvsync = FakePdvsync(lambda record: record["idRetaguarda"] in wrong, names=names)
    delivered = Bench(pdvsync).deliver(*many(60))
    assert {key for key, verdict in verdicts(delivered).items() if verdict == "rejected"} == wrong
    assert set(pdvsync.stored) == {f"k{n}" for n in range(60)} - wrong
    assert len(settled(delivered)) == 60
    assert pdvsync.open == []


@pytest.mark.parametrize("bad", [1, 2, 5])
def test_halving_costs_about_two_requests_for_each_halving_of_each_bad_record(bad: int) -> None:
    wrong = {f"k{n * 17}" for n in range(bad)}
    pdvsync = FakePdvsync(lambda record: record["idRetaguarda"] in wrong)
    Bench(pdvsync, records_per_request=100).deliver(*many(100))
    assert len(pdvsync.sends) - 1 <= 2 * bad * 7


def test_a_rejection_keeps_lote_status_and_the_apis_own_words() -> None:
    delivered = Bench(FakePdvsync(lambda _: True)).deliver(make_entry("k"))
    ((_, outcome),) = settled(delivered)
    assert isinstance(outcome, Rejection)
    assert (outcome.key, outcome.lote, outcome.http_status) == ("k", "L-1", 400)
    assert outcome.raw == '{"code":"400","message":"Erro","details":[{"message":"nome"}]}'


def test_an_answer_that_names_somebody_else_leads_to_halving_not_to_acceptance() -> None:
    def reply(request: Request) -> Answer:
        if request.operation != "send a chunk":
            return FakePdvsync()(request) if request.operation == "open a lote" else answer(b"")
        keys = [record["idRetaguarda"] for record in json.loads(request.body)]
        if "k1" in keys:
            return answer(
                {"success": False, "errors": {"0": {"IdentificadorExterno": ["stranger"], "x": "y"}}}, 400
            )
        return answer(ACCEPTING)

    delivered = Bench(FakeServer(reply=reply)).deliver(*many(4))
    assert verdicts(delivered) == {"k0": "accepted", "k1": "rejected", "k2": "accepted", "k3": "accepted"}


def test_the_version_that_the_api_refuses_gives_way_to_the_one_before() -> None:
    pdvsync = FakePdvsync(lambda record: record["nome"] == "v2")
    delivered = Bench(pdvsync).deliver(make_entry("a", 1), make_entry("a", 2))
    assert Counter(type(outcome) is Rejection for _, outcome in settled(delivered)) == {True: 1, False: 1}
    assert pdvsync.stored["a"]["nome"] == "v1"


def test_two_versions_of_a_cliente_are_one_record_on_the_wire_and_both_count() -> None:
    pdvsync = FakePdvsync()
    delivered = Bench(pdvsync).deliver(make_entry("a", 1), make_entry("a", 2))
    assert pdvsync.sends == [["a"]]
    assert pdvsync.stored["a"]["nome"] == "v2"
    assert len(settled(delivered)) == 2


def test_the_first_error_survives_and_the_lote_is_closed() -> None:
    pdvsync = FakePdvsync()

    def reply(request: Request) -> Answer:
        return answer(b"", 500) if request.operation == "send a chunk" else pdvsync(request)

    delivered = Bench(FakeServer(reply=reply)).deliver(*many(3))
    assert isinstance(delivered.error, TransientError)
    assert "send a chunk" in str(delivered.error)
    assert pdvsync.closed == ["L-1"]
    assert settled(delivered) == []


def test_nothing_counts_as_delivered_when_the_lote_cannot_be_closed() -> None:
    pdvsync = FakePdvsync()

    def reply(request: Request) -> Answer:
        return answer(b"", 503) if request.operation == "close the lote" else pdvsync(request)

    bench = Bench(FakeServer(reply=reply))
    delivered = bench.deliver(*many(3))
    assert isinstance(delivered.error, TransientError)
    assert (settled(delivered), list(delivered.sent)) == ([], [])
    assert any("L-1 may still be open" in text for _, text in bench.reporter.lines)


class _Static:
    def authorization(self) -> str:
        return "Bearer t"

    def renew(self, stale: str) -> bool:
        return False


def test_a_close_whose_answer_was_lost_is_verified_by_its_status() -> None:
    pdvsync = FakePdvsync()
    lost = [True]

    def reply(request: Request) -> Answer | NoAnswerError:
        if request.operation == "close the lote" and not pdvsync.open:
            return answer({"success": False, "message": "Lote L-1 encerrado"}, 400)
        if request.operation == "ask for the status of a lote":
            return answer({"success": True, "data": {"lojaLotes": [{"status": 2, "idRetaguardaLoja": "01"}]}})
        said = pdvsync(request)
        if request.operation == "close the lote" and lost:
            lost.pop()
            return NoAnswerError("the connection broke before the answer", doubtful=True)
        return said

    delivered = Bench(FakeServer(reply=reply)).deliver(*many(3))
    assert delivered.error is None
    assert len(settled(delivered)) == 3


def test_a_page_in_place_of_the_answer_to_closing_proves_nothing() -> None:
    pdvsync = FakePdvsync()
    page = answer(b"<html>Please log in</html>")

    def reply(request: Request) -> Answer:
        return page if request.operation == "close the lote" else pdvsync(request)

    delivered = Bench(FakeServer(reply=reply)).deliver(*many(3))
    assert isinstance(delivered.error, TransientError)
    assert settled(delivered) == []


def test_a_lote_that_lives_too_long_is_closed_and_the_rest_goes_into_another() -> None:
    pdvsync = FakePdvsync()
    bench = Bench(pdvsync, concurrent_requests=1, max_open_seconds=10)

    def reply(request: Request) -> Answer:
        bench.time.seconds += 6 if request.operation == "send a chunk" else 0
        return pdvsync(request)

    bench.server.reply = reply
    delivered = bench.deliver(*many(50))
    assert delivered.error is None
    assert len(settled(delivered)) == 50
    assert list(delivered.sent) == ["L-1", "L-2", "L-3"]


def test_a_request_to_stop_ends_after_what_is_in_flight_and_closes_the_lote() -> None:
    pdvsync = FakePdvsync()
    bench = Bench(pdvsync, concurrent_requests=1)

    def reply(request: Request) -> Answer:
        if request.operation == "send a chunk":
            bench.stop.request()
        return pdvsync(request)

    bench.server.reply = reply
    delivered = bench.deliver(*many(50))
    assert isinstance(delivered.error, Interrupted)
    assert len(settled(delivered)) == 10
    assert (pdvsync.open, pdvsync.closed) == ([], ["L-1"])
