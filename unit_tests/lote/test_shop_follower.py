import threading
from collections.abc import Callable
from itertools import pairwise

import pytest

from source_destination_clientes.http.transport import Answer, Request
from source_destination_clientes.lote import shop_follower
from source_destination_clientes.lote.shop_follower import FollowOptions, StoreFollower
from source_destination_clientes.retaguarda.api import Retaguarda
from source_destination_clientes.runtime.stopping import Stop
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


class Bench:
    def __init__(self, *script: Answer, reply: Answer | None = None, wait: float = 600) -> None:
        self.time = FakeTime()
        self.server = FakeServer(list(script), (lambda _request: reply) if reply else None)
        self.reporter = FakeReporter()
        api = Retaguarda(make_caller(self.server, self.time), "http://c", "http://k", "http://s", "v3", "inq")
        self.rung = 0
        options = FollowOptions(interval=30, wait=wait)
        self.follower = StoreFollower(api, options, self.time.clock(), self.reporter, self._ring)

    def _ring(self) -> None:
        self.rung += 1

    def watch(self, code: str, *keys: str) -> None:
        self.follower.watch(code, [make_entry(key) for key in keys])

    def poll_for(self, seconds: float) -> list[float]:
        """Poll as the thread would, and return when requests went out."""
        end = self.time.seconds + seconds
        asked: list[float] = []
        while self.time.seconds < end:
            before = len(self.server.requests)
            wait = self.follower.poll()
            asked += [self.time.seconds] * (len(self.server.requests) - before)
            if wait is None:
                break
            self.time.seconds += wait
        return asked


def test_a_lote_is_asked_for_until_its_stores_are_done() -> None:
    bench = Bench(WAITING, WAITING, DOWNLOADED)
    bench.watch("L-1", "k1")
    bench.poll_for(600)
    assert len(bench.server.requests) == 3
    assert bench.follower.done
    assert [lote.done for lote in bench.follower.lotes()] == [True]


def test_no_lote_is_asked_for_more_often_than_the_interval_and_ever_less_often() -> None:
    bench = Bench(reply=WAITING, wait=3600)
    bench.watch("L-1", "k1")
    asked = bench.poll_for(3600)
    pauses = [later - earlier for earlier, later in zip([0.0, *asked], asked, strict=False)]
    assert min(pauses) >= 30
    assert pauses[:-1] == sorted(pauses[:-1])
    assert max(pauses) == 300


def test_many_lotes_are_asked_for_one_after_the_other() -> None:
    bench = Bench(reply=WAITING)
    for number in range(50):
        bench.watch(f"L-{number}", "k1")
    asked = bench.poll_for(90)
    assert len(asked) >= 50
    assert all(later - earlier >= 1 for earlier, later in pairwise(asked))


def test_time_is_up_a_while_after_the_last_lote_was_closed() -> None:
    bench = Bench(reply=WAITING, wait=60)
    bench.watch("L-1", "k1")
    bench.poll_for(50)
    bench.watch("L-2", "k2")
    done = []
    for seconds in (59, 1):
        bench.time.seconds += seconds
        done.append(bench.follower.done)
    assert done == [False, True]
    assert bench.follower.poll() is None
    assert [lote.done for lote in bench.follower.lotes()] == [False, False]


def test_what_is_found_is_collected_once_and_the_bell_rings() -> None:
    bench = Bench(REFUSED)
    bench.watch("L-1", "k1")
    bench.poll_for(60)
    assert [rejection.key for _, rejection in bench.follower.collect()] == ["k1"]
    assert list(bench.follower.collect()) == []
    assert bench.rung == 1


def test_a_lote_that_is_not_known_yet_is_asked_for_again() -> None:
    bench = Bench(answer({"success": False, "message": "Lote não encontrado"}, 404), DOWNLOADED)
    bench.watch("L-1", "k1")
    bench.poll_for(600)
    assert bench.follower.done


def test_outages_are_told_once_and_outlived() -> None:
    down = answer(b"", 503)
    bench = Bench(*[down] * 200)
    bench.server.reply = lambda _request: DOWNLOADED
    bench.watch("L-1", "k1")
    bench.follower._deadline = 1e9
    bench.poll_for(1e6)
    assert bench.follower.lotes()[0].done
    assert len([level for level, _ in bench.reporter.lines if level == "WARN"]) == 1


def test_the_oldest_records_are_let_go_when_memory_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shop_follower, "HELD_BYTES", 2 * len(make_entry("k1").line))
    bench = Bench(reply=REFUSED)
    for number in range(3):
        bench.watch(f"L-{number}", "k1")
    bench.poll_for(60)
    assert len(list(bench.follower.collect())) == 2
    assert [lote.unmatched for lote in bench.follower.lotes()] == [1, 0, 0]


def in_a_thread(reply: Callable[[Request], Answer]) -> tuple[StoreFollower, FakeReporter]:
    reporter = FakeReporter()
    caller = make_caller(FakeServer(reply=reply), FakeTime())
    api = Retaguarda(caller, "http://c", "http://k", "http://s", "v3", "inq")
    stores = StoreFollower(api, FollowOptions(interval=0, wait=60), FakeTime().clock(), reporter)
    stores.start()
    stores.watch("L-1", [make_entry("k1")])
    return stores, reporter


def test_waiting_for_the_stores_ends_when_they_are_done() -> None:
    stores, _ = in_a_thread(lambda _request: REFUSED)
    found = [finding for part in stores.until_done(Stop()) for finding in part]
    assert [rejection.key for _, rejection in found] == ["k1"]
    stores.close()


def test_waiting_for_the_stores_ends_when_a_stop_is_requested() -> None:
    stop, asked = Stop(), threading.Event()

    def reply(_request: Request) -> Answer:
        asked.set()
        return WAITING

    stores, _ = in_a_thread(reply)
    assert asked.wait(10)
    stop.request()
    assert [finding for part in stores.until_done(stop) for finding in part] == []
    stores.close()


def test_trouble_of_any_kind_ends_the_following_with_a_warning() -> None:
    def explode(_request: Request) -> Answer:
        raise RuntimeError("a text that could quote somebody")

    stores, reporter = in_a_thread(explode)
    assert [finding for part in stores.until_done(Stop()) for finding in part] == []
    ((level, text),) = reporter.lines
    assert (level, "RuntimeError" in text, "somebody" in text) == ("WARN", True, False)
