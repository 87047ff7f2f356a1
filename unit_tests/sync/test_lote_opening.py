"""Opening a lote when others may have one open."""

from dataclasses import replace

import pytest

from source_destination_clientes.errors import ConfigError, Interrupted, TransientError
from source_destination_clientes.http.transport import Answer, NoAnswerError, Request
from source_destination_clientes.lote.load import Entry
from source_destination_clientes.rejection.outcome import ACCEPTED
from unit_tests.kit.bench import Bench, make_api, settled
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


def lost_once(pdvsync: FakePdvsync, operation: str = "open a lote") -> FakeServer:
    """The first answer to this operation is lost after its work is done."""
    lost = [True]

    def reply(request: Request) -> Answer | NoAnswerError:
        said = pdvsync(request)
        if request.operation == operation and lost:
            lost.pop()
            return NoAnswerError("no answer within the time-out", doubtful=True)
        return said

    return FakeServer(reply=reply)


def test_a_lote_of_which_nobody_knows_whether_it_is_ours_is_waited_for_and_then_closed() -> None:
    pdvsync = FakePdvsync()
    bench = Bench(lost_once(pdvsync))
    delivered = bench.deliver(*many(3))
    assert (delivered.error, list(delivered.sent), pdvsync.closed) == (None, ["L-2"], ["L-1", "L-2"])
    assert 60 <= bench.time.seconds < 80
    assert any("L-1" in text and "perhaps by us" in text for _, text in bench.reporter.lines)


def test_under_close_a_lote_that_may_be_ours_costs_nothing() -> None:
    pdvsync = FakePdvsync()
    bench = Bench(lost_once(pdvsync), open_lote_policy="close")
    assert list(bench.deliver(*many(3)).sent) == ["L-2"]
    assert pdvsync.closed == ["L-1", "L-2"]


def test_under_fail_a_lote_that_may_be_ours_is_named_as_that() -> None:
    pdvsync = FakePdvsync()
    delivered = Bench(lost_once(pdvsync), open_lote_policy="fail").deliver(*many(3))
    assert isinstance(delivered.error, TransientError)
    assert "Lote L-1" in str(delivered.error)
    assert "perhaps by us" in str(delivered.error)
    assert pdvsync.closed == []


@pytest.mark.parametrize("policy", ["wait_then_close", "close", "fail"])
@pytest.mark.parametrize(
    "trouble", [answer(b"", 500), answer(b"", 503), NoAnswerError("reset", doubtful=True)]
)
def test_trouble_with_opening_never_makes_the_lote_of_another_ours(
    policy: str, trouble: Answer | NoAnswerError
) -> None:
    pdvsync = FakePdvsync()
    pdvsync.open.append("L-OTHER")
    first = [True]

    def reply(request: Request) -> Answer | NoAnswerError:
        if first and request.operation == "open a lote":
            first.pop()
            return trouble
        return pdvsync(request)

    delivered = Bench(FakeServer(reply=reply), open_lote_policy=policy).deliver(*many(3))
    if policy == "fail":
        assert isinstance(delivered.error, TransientError)
        assert (pdvsync.open, pdvsync.closed, pdvsync.sends) == (["L-OTHER"], [], [])
    else:
        assert list(delivered.sent) == ["L-2"]


class SlowToClose(FakePdvsync):
    """A close takes effect only after so many more refusals to open."""

    def __init__(self, refusals: int) -> None:
        super().__init__()
        self.refusals = refusals
        self.closing = ""
        self.asked = 0

    def close_lote(self, code: str) -> Answer:
        self.closing, self.asked = code, 0
        return answer(b"")

    def open_lote(self, request: Request) -> Answer:
        self.asked += 1
        if self.closing and self.asked > self.refusals:
            super().close_lote(self.closing)
            self.closing = ""
        return super().open_lote(request)


@pytest.mark.parametrize("policy", ["wait_then_close", "close", "fail"])
def test_a_lote_of_ours_that_takes_its_time_to_close_is_nobody_elses(policy: str) -> None:
    pdvsync = SlowToClose(refusals=4)
    bench = Bench(FakeServer(reply=pdvsync), open_lote_policy=policy, concurrent_requests=1)
    for _ in range(8):
        assert bench.deliver(*many(3)).error is None
    assert pdvsync.closed == [f"L-{number}" for number in range(1, 8)]
    assert [text for level, text in bench.reporter.lines if level == "WARN"] == []
    assert bench.time.seconds == pytest.approx(7 * (0.2 + 0.4 + 0.8 + 1.6))


def test_a_lote_of_ours_that_stays_open_is_closed_again() -> None:
    pdvsync = FakePdvsync()
    ignored = [True]

    def reply(request: Request) -> Answer:
        if request.operation == "close the lote" and ignored:
            ignored.pop()
            return answer(b"")
        return pdvsync(request)

    bench = Bench(FakeServer(reply=reply))
    for _ in range(2):
        assert bench.deliver(*many(3)).error is None
    assert pdvsync.closed == ["L-1", "L-2"]


def test_an_open_that_ends_without_an_answer_leaves_no_lote_that_it_opened() -> None:
    pdvsync = FakePdvsync()
    bench = Bench(pdvsync)
    lost = FakeServer(reply=lambda _: NoAnswerError("no answer within the time-out", doubtful=True))
    bench.delivery.opener.api = make_api(lost, bench.time)
    error = bench.deliver(*many(3)).error
    assert isinstance(error, TransientError)
    assert (pdvsync.closed, pdvsync.open, bench.delivery.opener.doubt) == (["L-1"], [], "")


def test_an_open_after_which_nobody_answers_any_more_is_told() -> None:
    bench = Bench(FakeServer(reply=lambda _: NoAnswerError("no answer within the time-out", doubtful=True)))
    assert isinstance(bench.deliver(*many(3)).error, TransientError)
    assert bench.delivery.opener.doubt.startswith("A lote may be open")


def test_an_open_that_never_reached_the_server_leaves_no_doubt() -> None:
    bench = Bench(FakeServer(reply=lambda _: NoAnswerError("the connection was refused", doubtful=False)))
    assert isinstance(bench.deliver(*many(3)).error, TransientError)
    assert bench.delivery.opener.doubt == ""


@pytest.mark.parametrize(("policy", "closed"), [("close", ["L-1"]), ("wait_then_close", []), ("fail", [])])
def test_a_lote_that_a_lost_answer_may_have_opened_is_closed_or_named_when_the_sync_ends(
    policy: str, closed: list[str]
) -> None:
    pdvsync = FakePdvsync()

    def reply(request: Request) -> Answer | NoAnswerError:
        said = pdvsync(request)
        if request.operation == "open a lote" and not bench.stop.requested:
            bench.stop.request()
            return NoAnswerError("no answer within the time-out", doubtful=True)
        return said

    bench = Bench(FakeServer(reply=reply), open_lote_policy=policy)
    clock = replace(bench.time.clock(), sleep=bench.stop.sleep)
    bench.delivery.opener.api = make_api(bench.server, bench.time, clock=clock)
    error = bench.deliver(*many(3)).error
    assert isinstance(error, Interrupted)
    assert pdvsync.closed == closed
    assert ("L-1" in bench.delivery.opener.doubt) == (not closed)


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
