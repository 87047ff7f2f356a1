"""Sending only what changed, from the first line to the last state."""

import json
from typing import Any

import pytest

from source_destination_clientes.errors import ConfigError, TransientError
from source_destination_clientes.protocol.context import RunContext
from source_destination_clientes.records.index import Index, IndexOptions, open_index
from source_destination_clientes.runtime.stopping import Stop
from source_destination_clientes.settings import Settings
from source_destination_clientes.sync.lote_opening import LoteOpener
from source_destination_clientes.sync.unchanged import Unchanged
from unit_tests.kit.bench import Bench, record, state
from unit_tests.kit.fakes import FakeReporter, FakeTime
from unit_tests.kit.objects import MemoryObjects
from unit_tests.kit.pdvsync import FakePdvsync


class Nights:
    """Syncs of the same inquilino, one after the other, with one storage and one PDVSync."""

    def __init__(self, pdvsync: FakePdvsync | None = None) -> None:
        self.objects = MemoryObjects()
        self.pdvsync = pdvsync or FakePdvsync()
        self.reporter = FakeReporter()
        self.time = FakeTime()
        self.runs = 0

    def open(self) -> Index:
        self.runs += 1
        options = IndexOptions(b"secret", "inq/cliente")
        return open_index(self.objects, options, f"run{self.runs}", self.time.clock(), self.warn)

    def warn(self, words: str) -> None:
        self.reporter.log("WARN", words)

    def bench(self, *, skips: bool = True, **lote: Any) -> Bench:
        unchanged = Unchanged({"cliente": self.open}, RunContext(self.reporter, Stop()), skips=skips)
        return Bench(self.pdvsync, unchanged=unchanged, **lote)

    def sync(self, *lines: bytes, **lote: Any) -> list[dict[str, Any]]:
        """The states of one sync."""
        return [json.loads(message)["state"] for message in self.bench(**lote).feed(*lines).sync.run()]

    def opened(self) -> int:
        return len(self.pdvsync.closed)


def test_only_what_changed_is_sent_and_all_of_it_is_accepted() -> None:
    nights = Nights()
    nights.sync(*[record(n, nome=f"Ana {n}") for n in range(20)], state(1))
    before = nights.opened()
    (left,) = nights.sync(*[record(n, nome="New" if n == 7 else f"Ana {n}") for n in range(20)], state(2))
    assert nights.opened() == before + 1
    assert list(nights.pdvsync.lotes[nights.pdvsync.closed[-1]]) == ["C-7"]
    assert left["destinationStats"] == {
        "recordCount": 20.0,
        "rejectedRecordCount": 0.0,
        "additionalStats": {"unchangedCount": 19.0},
    }


def test_when_nothing_changed_no_lote_is_opened() -> None:
    nights = Nights()
    for night in range(3):
        (left,) = nights.sync(*[record(n) for n in range(9)], state(night))
        assert left["destinationStats"]["recordCount"] == 9.0
    assert nights.opened() == 3


def test_a_value_that_changes_and_changes_back_is_at_the_tills_as_it_came_last() -> None:
    nights = Nights()
    nights.sync(record(1, nome="A"))
    for names in (["B", "A"], ["A", "B", "A"], ["A", "B"], ["B"], ["A"]):
        nights.sync(*[record(1, nome=name) for name in names], records_per_lote=1)
        assert nights.pdvsync.stored["C-1"]["nome"] == names[-1]


def test_a_record_that_was_refused_is_tried_again_although_it_did_not_change() -> None:
    refuses = True
    nights = Nights(FakePdvsync(lambda cliente: refuses and bool(cliente["nome"] == "BAD")))
    nights.sync(record(1), record(2, nome="BAD"))
    refuses = False
    before = nights.opened()
    nights.sync(record(1), record(2, nome="BAD"))
    assert nights.opened() == before + 1
    assert nights.pdvsync.stored["C-2"]["nome"] == "BAD"


def test_a_lote_that_was_not_closed_counts_as_not_delivered(monkeypatch: pytest.MonkeyPatch) -> None:
    nights = Nights()
    nights.sync(record(1, nome="A"))
    bench = nights.bench().feed(record(1, nome="B"))

    def no_close(*_: Any) -> None:
        raise TransientError("closing failed")

    monkeypatch.setattr(LoteOpener, "close", no_close)
    bench.until(TransientError)
    monkeypatch.undo()
    nights.pdvsync.open.clear()
    nights.sync(record(1, nome="A"))
    assert nights.pdvsync.stored["C-1"]["nome"] == "A"


def test_a_cliente_that_a_shop_refused_is_sent_again() -> None:
    nights = Nights()
    nights.sync(record(1), record(2))
    bench = nights.bench().feed(record(1))
    bench.sync.unchanged.open()
    bench.sync.unchanged.forget("cliente", "C-2")
    bench.sync.unchanged.close()
    before = nights.opened()
    nights.sync(record(1), record(2))
    assert nights.opened() == before + 1
    assert list(nights.pdvsync.lotes[nights.pdvsync.closed[-1]]) == ["C-2"]


def test_a_replay_sends_everything_and_remembers_it() -> None:
    nights = Nights()
    nights.sync(record(1))
    nights.sync(record(1), record(2), skips=False)
    before = nights.opened()
    assert before == 2
    nights.sync(record(1), record(2))
    assert nights.opened() == before


def test_an_index_that_cannot_be_written_after_a_lote_costs_a_warning_and_a_resend(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nights = Nights()
    bench = nights.bench().feed(record(1), state(1))

    def away(*_: Any) -> None:
        raise TransientError("The bucket is away.")

    monkeypatch.setattr(Index, "done", away)
    assert bench.run() == [1]
    assert any("cannot be remembered" in text for _, text in nights.reporter.lines)
    monkeypatch.undo()
    before = nights.opened()
    nights.sync(record(1))
    assert nights.opened() == before + 1


def test_without_a_storage_nothing_can_be_remembered() -> None:
    config = {
        "environment": {"environment_type": "production"},
        "credentials": {"auth_type": "bearer_token", "token": "t"},
        "id_inquilino": "inq",
        "id_proprietario": "p",
        "delivery_index": {"mode": "skip_unchanged"},
    }
    with pytest.raises(ConfigError, match="needs a storage"):
        Settings.parse(config)
