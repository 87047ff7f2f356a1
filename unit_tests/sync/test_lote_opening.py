"""Opening a lote when others may have one open."""

import pytest

from source_destination_clientes.errors import ConfigError, TransientError
from source_destination_clientes.http.transport import Answer, NoAnswerError, Request
from source_destination_clientes.lote.load import Entry
from source_destination_clientes.rejection.outcome import ACCEPTED
from unit_tests.kit.bench import Bench, settled
from unit_tests.kit.fakes import FakeServer, answer, make_entry
from unit_tests.kit.pdvsync import FakePdvsync


def many(number: int) -> list[Entry]:
    return [make_entry(f"k{n}") for n in range(number)]


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
    assert settled(delivered) == []
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
    assert {entry.key for entry, outcome in settled(delivered) if outcome is ACCEPTED} == {
        "k0",
        "k1",
        "k3",
        "k4",
    }
    assert [(entry.key, rejection.raw) for entry, rejection in delivered.outcomes.rejected] == [
        ("k2", '{"code":"400","message":"' + words + '"}')
    ]
    assert (pdvsync.open, list(delivered.sent)) == ([], ["L-1"])


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
    assert list(delivered.sent) == ["L-1"]
    assert bench.time.seconds < 5


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
        def open_lote(self, request: Request) -> Answer:
            self.open = [f"L-OTHER-{len(self.closed)}"]
            return super().open_lote(request)

    delivered = Bench(Busy(), open_lote_policy="close").deliver(*many(1))
    assert isinstance(delivered.error, TransientError)
