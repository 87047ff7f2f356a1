"""The journal as the engine uses it, and what it changes about lotes that are in the way."""

import threading
from collections.abc import Callable

import pytest

from source_destination_clientes.records.journal import Author, Journal
from source_destination_clientes.sync.lote_journal import LoteJournal
from unit_tests.kit.bench import Bench
from unit_tests.kit.fakes import FakeServer, make_entry
from unit_tests.kit.objects import MemoryObjects
from unit_tests.kit.pdvsync import FakePdvsync

POLICIES = ["wait_then_close", "close", "fail"]


def journal_of(bench: Bench, objects: MemoryObjects, run: str, *, alive: Callable[[str], bool]) -> Journal:
    return Journal(objects, Author(run, process=run), bench.time.clock(), lambda _: None, alive)


def crashed_bench(policy: str, *, alive: bool) -> tuple[Bench, FakePdvsync, MemoryObjects]:
    """Another run of ours has opened L-1, and noted it."""
    pdvsync, objects = FakePdvsync(), MemoryObjects()
    bench = Bench(FakeServer(reply=pdvsync), open_lote_policy=policy)
    other = journal_of(bench, objects, "other", alive=lambda _: alive)
    other.opening()
    pdvsync.open.append("L-1")
    other.opened("L-1")
    mine = journal_of(bench, objects, "mine", alive=lambda _: alive)
    bench.delivery.opener.journal = LoteJournal(mine)
    return bench, pdvsync, objects


@pytest.mark.parametrize("policy", POLICIES)
def test_a_lote_of_a_run_of_ours_that_died_is_closed_at_once_under_every_policy(policy: str) -> None:
    bench, pdvsync, objects = crashed_bench(policy, alive=False)
    assert bench.deliver(make_entry("k")).error is None
    assert pdvsync.closed == ["L-1", "L-2"]
    assert bench.time.seconds < 1
    bench.delivery.opener.journal.finish()
    assert objects.content == {}


@pytest.mark.parametrize("policy", POLICIES)
def test_a_lote_of_a_run_that_is_alive_is_never_closed(policy: str) -> None:
    bench, pdvsync, _ = crashed_bench(policy, alive=True)
    error = bench.deliver(make_entry("k")).error
    assert "L-1" in str(error)
    assert (pdvsync.open, pdvsync.closed) == (["L-1"], [])


def test_a_lote_is_noted_while_it_is_open_and_not_after() -> None:
    pdvsync, objects = FakePdvsync(), MemoryObjects()
    bench = Bench(FakeServer(reply=pdvsync))
    journal = LoteJournal(journal_of(bench, objects, "mine", alive=lambda _: True))
    bench.delivery.opener.journal = journal
    code = bench.delivery.opener.open([0])
    journal.finish()
    (note,) = objects.content.values()
    assert f'"lote":"{code}"'.encode() in note
    bench.delivery.opener.close(code)
    journal.finish()
    assert objects.content == {}


def test_a_storage_that_hangs_keeps_no_lote_from_being_opened_and_closed() -> None:
    class Hanging(MemoryObjects):
        def put(self, path: str, content: bytes) -> None:
            never.wait()

    never = threading.Event()
    pdvsync = FakePdvsync()
    bench = Bench(FakeServer(reply=pdvsync))
    hanging = journal_of(bench, Hanging(), "mine", alive=lambda _: True)
    bench.delivery.opener.journal = LoteJournal(hanging, patience=0.01)
    assert bench.deliver(make_entry("k")).error is None
    assert pdvsync.closed == ["L-1"]
    never.set()
