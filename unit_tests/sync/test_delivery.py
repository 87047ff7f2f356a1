"""One load through its lote, against a scripted server at the socket."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from source_destination_clientes.errors import ConfigError, Interrupted, TransientError
from source_destination_clientes.http.retry import RetryPolicy
from source_destination_clientes.http.transport import Answer, NoAnswerError, Request
from source_destination_clientes.lote.load import Entry, Load
from source_destination_clientes.rejection.outcome import ACCEPTED, Rejection
from source_destination_clientes.retaguarda.api import Retaguarda
from source_destination_clientes.runtime.stopping import Stop
from source_destination_clientes.sync.delivery import Delivered, Delivery, LoteOptions
from unit_tests.kit.fakes import (
    ACCEPTING,
    FakeReporter,
    FakeRoute,
    FakeServer,
    FakeTime,
    answer,
    make_caller,
    make_entry,
)

IN_THE_WAY = "Não é possível solicitar um novo lote. Lote L-OTHER em andamento"


class FakePdvsync:
    """Just enough of the API for a delivery: lotes with their records, and who is refused."""

    def __init__(
        self, refuse: Callable[[dict[str, Any]], bool] = lambda _: False, *, names: bool = False
    ) -> None:
        self.refuse = refuse
        self.names = names
        self.open: list[str] = []
        self.closed: list[str] = []
        self.stored: dict[str, dict[str, Any]] = {}
        self.sends: list[list[str]] = []
        self.tipos: list[list[int]] = []

    def __call__(self, request: Request) -> Answer:
        if request.operation == "open a lote":
            return self._open(request)
        if request.operation == "close the lote":
            code = request.url.rsplit("/", 1)[1]
            self.open.remove(code)
            self.closed.append(code)
            return answer(b"")
        return self._send(json.loads(request.body))

    def _open(self, request: Request) -> Answer:
        if self.open:
            body = {
                "success": False,
                "message": f"Não é possível solicitar um novo lote. Lote {self.open[0]} em andamento",
            }
            return answer(body, 400)
        self.tipos.append(json.loads(request.body)["tipoLote"])
        self.open.append(f"L-{len(self.closed) + 1}")
        return answer({"success": True, "data": {"loteOrigem": self.open[0], "id": 99}})

    def _send(self, records: list[dict[str, Any]]) -> Answer:
        assert [record["loteOrigem"] for record in records] == self.open * len(records)
        self.sends.append([record["idRetaguarda"] for record in records])
        bad = [record for record in records if self.refuse(record)]
        if bad and not self.names:
            return answer({"code": "400", "message": "Erro", "details": [{"message": "nome"}]}, 400)
        for record in records:
            if record not in bad:
                self.stored[record["idRetaguarda"]] = record
        if bad:
            errors = {
                str(n): {"IdentificadorExterno": [r["idRetaguarda"]], "nome": ["x"]}
                for n, r in enumerate(bad)
            }
            return answer({"success": False, "errors": errors}, 400)
        return answer(ACCEPTING)


OPTIONS = LoteOptions(
    records_per_request=10,
    concurrent_requests=3,
    max_open_seconds=300,
    open_lote_policy="wait_then_close",
    open_lote_wait_seconds=60,
)


class Bench:
    """A delivery on fakes."""

    def __init__(self, server: FakeServer | FakePdvsync, **options: Any) -> None:
        self.time = FakeTime()
        self.server = server if isinstance(server, FakeServer) else FakeServer(reply=server)
        self.reporter = FakeReporter()
        self.stop = Stop(lambda: self.time.seconds)
        caller = make_caller(self.server, self.time, policy=RetryPolicy(budget=30, timeout=5))
        api = Retaguarda(
            caller,
            "https://control.example",
            "https://clientes.example",
            "https://control.example",
            "v2",
            "inq",
        )
        self.delivery = Delivery(
            api, api, replace(OPTIONS, **options), self.time.clock(), self.stop, self.reporter
        )

    def deliver(self, *entries: Entry) -> Delivered:
        load = Load(limit=10_000)
        assert not load.fill(entries, now=0)
        return self.delivery.deliver(load)


def verdicts(delivered: Delivered) -> dict[str, str]:
    return {
        entry.key: "rejected" if isinstance(outcome, Rejection) else "accepted"
        for entry, outcome in delivered.outcomes
    }


def many(number: int) -> list[Entry]:
    return [make_entry(f"k{n}") for n in range(number)]


def test_a_load_opens_one_lote_fills_it_and_closes_it() -> None:
    pdvsync = FakePdvsync()
    delivered = Bench(pdvsync).deliver(*many(37))
    assert delivered.error is None
    assert Counter(outcome for _, outcome in delivered.outcomes) == {ACCEPTED: 37}
    assert (pdvsync.open, pdvsync.closed, pdvsync.tipos) == ([], ["L-1"], [[0]])
    assert sorted(len(send) for send in pdvsync.sends) == [7, 10, 10, 10]


def test_a_lote_without_records_is_never_opened() -> None:
    server = FakeServer()
    assert Bench(server).deliver().outcomes == []
    assert server.requests == []


def test_clientes_travel_before_their_addresses_in_one_lote() -> None:
    pdvsync = FakePdvsync()
    Bench(pdvsync).deliver(make_entry("address", route=FakeRoute("cliente_endereco")), make_entry("cliente"))
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
    assert len(delivered.outcomes) == 60
    assert pdvsync.open == []


@pytest.mark.parametrize("bad", [1, 2, 5])
def test_halving_costs_about_two_requests_for_each_halving_of_each_bad_record(bad: int) -> None:
    wrong = {f"k{n * 17}" for n in range(bad)}
    pdvsync = FakePdvsync(lambda record: record["idRetaguarda"] in wrong)
    Bench(pdvsync, records_per_request=100).deliver(*many(100))
    assert len(pdvsync.sends) - 1 <= 2 * bad * 7


def test_a_rejection_keeps_lote_status_and_the_apis_own_words() -> None:
    delivered = Bench(FakePdvsync(lambda _: True)).deliver(make_entry("k"))
    ((_, outcome),) = delivered.outcomes
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
    assert Counter(type(outcome) is Rejection for _, outcome in delivered.outcomes) == {True: 1, False: 1}
    assert pdvsync.stored["a"]["nome"] == "v1"


def test_two_versions_of_a_cliente_are_one_record_on_the_wire_and_both_count() -> None:
    pdvsync = FakePdvsync()
    delivered = Bench(pdvsync).deliver(make_entry("a", 1), make_entry("a", 2))
    assert pdvsync.sends == [["a"]]
    assert pdvsync.stored["a"]["nome"] == "v2"
    assert len(delivered.outcomes) == 2


def test_the_first_error_survives_and_the_lote_is_closed() -> None:
    pdvsync = FakePdvsync()

    def reply(request: Request) -> Answer:
        return answer(b"", 500) if request.operation == "send a chunk" else pdvsync(request)

    delivered = Bench(FakeServer(reply=reply)).deliver(*many(3))
    assert isinstance(delivered.error, TransientError)
    assert "send a chunk" in str(delivered.error)
    assert pdvsync.closed == ["L-1"]
    assert delivered.outcomes == []


def test_nothing_counts_as_delivered_when_the_lote_cannot_be_closed() -> None:
    pdvsync = FakePdvsync()

    def reply(request: Request) -> Answer:
        return answer(b"", 503) if request.operation == "close the lote" else pdvsync(request)

    bench = Bench(FakeServer(reply=reply))
    delivered = bench.deliver(*many(3))
    assert isinstance(delivered.error, TransientError)
    assert (delivered.outcomes, delivered.lotes) == ([], [])
    assert any("L-1 may still be open" in text for _, text in bench.reporter.lines)


def test_an_error_in_one_chunk_leaves_the_settled_ones_settled() -> None:
    pdvsync = FakePdvsync()

    def reply(request: Request) -> Answer:
        if request.operation == "send a chunk" and b'"k15"' in request.body:
            return answer(b"", 403)
        return pdvsync(request)

    bench = Bench(FakeServer(reply=reply), concurrent_requests=1)
    bench.delivery.api = replace(
        bench.delivery.api, caller=make_caller(bench.server, bench.time, credential=_Static())
    )
    delivered = bench.deliver(*many(30))
    assert isinstance(delivered.error, TransientError)
    assert {entry.key for entry, _ in delivered.outcomes} == {f"k{n}" for n in range(10)}


class _Static:
    def authorization(self) -> str:
        return "Bearer t"

    def renew(self, stale: str) -> bool:
        return False


@pytest.mark.parametrize("other", [None, "L-OTHER"])
def test_a_lote_closed_by_somebody_else_settles_nothing(other: str | None) -> None:
    pdvsync = FakePdvsync()

    def reply(request: Request) -> Answer:
        if request.operation == "send a chunk":
            pdvsync.closed += pdvsync.open
            pdvsync.open[:] = [other] if other else []
            return answer({"success": False, "message": "Lote L-1 encerrado"}, 400)
        if request.operation == "close the lote" and request.url.endswith("L-1"):
            return answer(b"")
        return pdvsync(request)

    delivered = Bench(FakeServer(reply=reply), records_per_request=3).deliver(*many(3))
    assert isinstance(delivered.error, TransientError)
    assert "L-1 is no longer open" in str(delivered.error)
    assert delivered.outcomes == []
    assert pdvsync.open == ([other] if other else [])


@pytest.mark.parametrize(
    "words",
    [
        "O endereço 'Quadra 3, Lote 7' é inválido",
        "Erro ao inserir no lote L-1: nome é obrigatório",
        "The value 'Lote 7' is invalid for endereco",
    ],
)
def test_a_refusal_that_speaks_of_a_lote_while_ours_is_open_is_one_of_the_record(words: str) -> None:
    pdvsync = FakePdvsync()

    def reply(request: Request) -> Answer:
        if request.operation == "send a chunk" and b'"k2"' in request.body:
            return answer({"code": "400", "message": words, "details": []}, 400)
        return pdvsync(request)

    delivered = Bench(FakeServer(reply=reply)).deliver(*many(5))
    assert delivered.error is None
    assert {entry.key for entry, outcome in delivered.outcomes if outcome is ACCEPTED} == {
        "k0",
        "k1",
        "k3",
        "k4",
    }
    assert [(entry.key, rejection.raw) for entry, rejection in delivered.fates.rejected] == [
        ("k2", '{"code":"400","message":"' + words + '"}')
    ]
    assert (pdvsync.open, delivered.lotes) == ([], ["L-1"])


def test_an_open_whose_answer_was_lost_is_taken_over() -> None:
    pdvsync = FakePdvsync()
    lost = [True]

    def reply(request: Request) -> Answer | NoAnswerError:
        said = pdvsync(request)
        if request.operation == "open a lote" and lost:
            lost.pop()
            return NoAnswerError("no answer within the time-out", doubtful=True)
        return said

    bench = Bench(FakeServer(reply=reply))
    delivered = bench.deliver(*many(3))
    assert delivered.error is None
    assert delivered.lotes == ["L-1"]
    assert bench.time.seconds < 5


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
    assert len(delivered.outcomes) == 3


def test_a_page_in_place_of_the_answer_to_closing_proves_nothing() -> None:
    pdvsync = FakePdvsync()
    page = answer(b"<html>Please log in</html>")

    def reply(request: Request) -> Answer:
        return page if request.operation == "close the lote" else pdvsync(request)

    delivered = Bench(FakeServer(reply=reply)).deliver(*many(3))
    assert isinstance(delivered.error, TransientError)
    assert delivered.outcomes == []


def with_foreign_lote(pdvsync: FakePdvsync, leaves_after: int | None = None) -> FakeServer:
    """Another integration's lote is open, and closed by its owner after so many refusals."""
    pdvsync.open.append("L-OTHER")
    refusals = [0]

    def reply(request: Request) -> Answer:
        if request.operation == "open a lote":
            refusals[0] += 1
            if refusals[0] == leaves_after:
                pdvsync.open.remove("L-OTHER")
        return pdvsync(request)

    return FakeServer(reply=reply)


def test_wait_then_close_lets_the_owner_finish() -> None:
    pdvsync = FakePdvsync()
    bench = Bench(with_foreign_lote(pdvsync, leaves_after=4))
    assert bench.deliver(*many(3)).error is None
    assert pdvsync.closed == ["L-1"]
    assert any("L-OTHER" in text and "Waiting up to 1.0 minutes" in text for _, text in bench.reporter.lines)


def test_wait_then_close_closes_an_orphan_once_its_time_is_up() -> None:
    pdvsync = FakePdvsync()
    bench = Bench(with_foreign_lote(pdvsync))
    assert bench.deliver(*many(3)).error is None
    assert pdvsync.closed == ["L-OTHER", "L-2"]
    assert 60 <= bench.time.seconds < 80


def test_close_closes_the_lote_in_the_way_at_once() -> None:
    pdvsync = FakePdvsync()
    bench = Bench(with_foreign_lote(pdvsync), open_lote_policy="close")
    assert bench.deliver(*many(3)).error is None
    assert pdvsync.closed == ["L-OTHER", "L-2"]
    assert bench.time.seconds == 0


def test_an_owner_who_closes_his_lote_before_we_do_costs_nothing() -> None:
    pdvsync = FakePdvsync()
    server = with_foreign_lote(pdvsync)
    refused: list[str] = []

    def reply(request: Request) -> Answer | NoAnswerError | Exception:
        if request.operation == "close the lote" and "L-OTHER" in pdvsync.open:
            pdvsync.open.remove("L-OTHER")
            refused.append(request.url.rsplit("/", 1)[1])
            return answer({"success": False, "message": "O lote L-OTHER já está encerrado"}, 400)
        if request.operation == "ask for the status of a lote":
            return answer({"success": True, "data": {"lojaLotes": []}})
        assert server.reply is not None
        said = server.reply(request)
        assert said is not None
        return said

    delivered = Bench(FakeServer(reply=reply), open_lote_policy="close").deliver(*many(3))
    assert refused == ["L-OTHER"]
    assert (delivered.error, pdvsync.closed) == (None, ["L-1"])


def test_fail_names_the_lote_and_touches_nothing() -> None:
    pdvsync = FakePdvsync()
    delivered = Bench(with_foreign_lote(pdvsync), open_lote_policy="fail").deliver(*many(3))
    assert isinstance(delivered.error, ConfigError)
    assert "L-OTHER" in str(delivered.error)
    assert (pdvsync.open, pdvsync.closed, pdvsync.sends) == (["L-OTHER"], [], [])


def test_somebody_who_keeps_opening_lotes_is_not_fought_for_ever() -> None:
    class Busy(FakePdvsync):
        def _open(self, request: Request) -> Answer:
            self.open = [f"L-OTHER-{len(self.closed)}"]
            return super()._open(request)

    delivered = Bench(Busy(), open_lote_policy="close").deliver(*many(1))
    assert isinstance(delivered.error, TransientError)


def test_a_lote_that_lives_too_long_is_closed_and_the_rest_goes_into_another() -> None:
    pdvsync = FakePdvsync()
    bench = Bench(pdvsync, concurrent_requests=1, max_open_seconds=10)

    def reply(request: Request) -> Answer:
        bench.time.seconds += 6 if request.operation == "send a chunk" else 0
        return pdvsync(request)

    bench.server.reply = reply
    delivered = bench.deliver(*many(50))
    assert delivered.error is None
    assert len(delivered.outcomes) == 50
    assert delivered.lotes == ["L-1", "L-2", "L-3"]


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
    assert len(delivered.outcomes) == 10
    assert (pdvsync.open, pdvsync.closed) == ([], ["L-1"])
