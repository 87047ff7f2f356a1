"""Lotes that are followed at the shops."""

import threading
from collections.abc import Callable
from itertools import pairwise

import pytest

from source_destination_clientes.http.transport import Answer, Request
from source_destination_clientes.lote import shop_follower
from source_destination_clientes.lote.shop_follower import ShopFollower
from source_destination_clientes.retaguarda.api import Retaguarda
from source_destination_clientes.settings import StoreStatusPoll
from unit_tests.kit.fakes import FakeReporter, FakeServer, FakeTime, answer, make_caller, make_entry


def status(*stores: tuple[str, int, list[tuple[str, str]]]) -> Answer:
    loja_lotes = [
        {
            "idRetaguardaLoja": name,
            "status": code,
            "errosIdentificados": [{"idRetaguarda": key, "erro": words} for key, words in errors],
        }
        for name, code, errors in stores
    ]
    return answer({"success": True, "data": {"lojaLotes": loja_lotes}})


WAITING = status(("0101", 2, []))
DOWNLOADED = status(("0101", 5, []))
REFUSED = status(("0101", 6, [("k1", "não")]))


def poll_for(seconds: float) -> StoreStatusPoll:
    return StoreStatusPoll(mode="poll", wait_minutes=seconds / 60)


class Followed:
    """A follower whose thread is the test."""

    def __init__(self, *script: Answer, reply: Answer | None = None, wait: float = 600) -> None:
        self.time = FakeTime()
        self.server = FakeServer(list(script), (lambda _request: reply) if reply else None)
        self.reporter = FakeReporter()
        api = Retaguarda(
            make_caller(self.server, self.time),
            {"controle": "http://c", "cliente": "http://k"},
            "http://s",
            "v3",
            "inq",
        )
        self.woken = 0
        self.follower = ShopFollower(api, poll_for(wait), 30, self.reporter, self._wake)

    def _wake(self) -> None:
        self.woken += 1

    def watch(self, code: str, *keys: str) -> None:
        self.follower.watch(code, [make_entry(key) for key in keys])

    def ask_for(self, seconds: float) -> list[float]:
        """Ask as the thread would, and return when requests went out."""
        end = self.time.seconds + seconds
        asked: list[float] = []
        while self.time.seconds < end:
            before = len(self.server.requests)
            wait = self.follower.ask_next()
            asked += [self.time.seconds] * (len(self.server.requests) - before)
            if wait is None:
                break
            self.time.seconds += wait
        return asked


def test_a_lote_is_asked_for_until_its_shops_are_done() -> None:
    bench = Followed(WAITING, WAITING, DOWNLOADED)
    bench.watch("L-1", "k1")
    bench.ask_for(600)
    assert len(bench.server.requests) == 3
    assert bench.follower.done
    assert [lote.done for lote in bench.follower.lotes()] == [True]


def test_no_lote_is_asked_for_more_often_than_the_interval_and_ever_less_often() -> None:
    bench = Followed(reply=WAITING, wait=3600)
    bench.watch("L-1", "k1")
    asked = bench.ask_for(3600)
    pauses = [later - earlier for earlier, later in zip([0.0, *asked], asked, strict=False)]
    assert min(pauses) >= 30
    assert pauses[:-1] == sorted(pauses[:-1])
    assert max(pauses) == 300


def test_many_lotes_are_asked_for_one_after_the_other() -> None:
    bench = Followed(reply=WAITING)
    for number in range(50):
        bench.watch(f"L-{number}", "k1")
    asked = bench.ask_for(90)
    assert len(asked) >= 50
    assert all(later - earlier >= 1 for earlier, later in pairwise(asked))


def test_time_is_up_a_while_after_the_last_lote_was_closed() -> None:
    bench = Followed(reply=WAITING, wait=60)
    bench.watch("L-1", "k1")
    bench.ask_for(50)
    bench.watch("L-2", "k2")
    done = []
    for seconds in (59, 1):
        bench.time.seconds += seconds
        done.append(bench.follower.done)
    assert done == [False, True]
    assert bench.follower.ask_next() is None
    assert [lote.done for lote in bench.follower.lotes()] == [False, False]


def test_what_is_found_is_collected_once_and_whoever_waits_is_woken() -> None:
    bench = Followed(REFUSED)
    bench.watch("L-1", "k1")
    bench.ask_for(60)
    assert [rejection.key for _, rejection in bench.follower.collect()] == ["k1"]
    assert bench.follower.collect() == []
    assert bench.woken == 1


def test_a_lote_that_is_not_known_yet_is_asked_for_again() -> None:
    bench = Followed(answer({"success": False, "message": "Lote não encontrado"}, 404), DOWNLOADED)
    bench.watch("L-1", "k1")
    bench.ask_for(600)
    assert bench.follower.done


def test_outages_are_told_once_and_outlived() -> None:
    down = answer(b"", 503)
    bench = Followed(*[down] * 200)
    bench.server.reply = lambda _request: DOWNLOADED
    bench.watch("L-1", "k1")
    bench.follower._deadline = 1e9
    bench.ask_for(1e6)
    assert bench.follower.lotes()[0].done
    assert len([level for level, _ in bench.reporter.lines if level == "WARN"]) == 1


def test_the_oldest_records_are_let_go_when_memory_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shop_follower, "HELD_BYTES", 2 * len(make_entry("k1").line))
    bench = Followed(reply=REFUSED)
    for number in range(3):
        bench.watch(f"L-{number}", "k1")
    bench.ask_for(60)
    assert len(bench.follower.collect()) == 2
    assert [lote.unmatched for lote in bench.follower.lotes()] == [1, 0, 0]


def in_a_thread(reply: Callable[[Request], Answer]) -> tuple[ShopFollower, FakeReporter]:
    reporter = FakeReporter()
    caller = make_caller(FakeServer(reply=reply), FakeTime())
    api = Retaguarda(caller, {"controle": "http://c", "cliente": "http://k"}, "http://s", "v3", "inq")
    shops = ShopFollower(api, poll_for(60), 0, reporter)
    shops.start()
    shops.watch("L-1", [make_entry("k1")])
    return shops, reporter


def wait_until_done(shops: ShopFollower) -> None:
    while not shops.done:
        shops.wait()


def test_a_wait_ends_with_each_answer_until_the_shops_are_done() -> None:
    shops, _ = in_a_thread(lambda _request: REFUSED)
    wait_until_done(shops)
    assert [rejection.key for _, rejection in shops.collect()] == ["k1"]
    shops.close()


def test_a_follower_that_is_closed_has_nothing_more_to_find() -> None:
    asked = threading.Event()

    def reply(_request: Request) -> Answer:
        asked.set()
        return WAITING

    shops, _ = in_a_thread(reply)
    assert asked.wait(10)
    shops.close()
    assert shops.done
    assert shops.collect() == []


def test_trouble_of_any_kind_ends_the_following_with_a_warning() -> None:
    def explode(_request: Request) -> Answer:
        raise RuntimeError("a text that could quote somebody")

    shops, reporter = in_a_thread(explode)
    wait_until_done(shops)
    assert shops.collect() == []
    ((level, text),) = reporter.lines
    assert (level, "RuntimeError" in text, "somebody" in text) == ("WARN", True, False)
