"""Whose lote it is: our own, a dead run's, one that is alive, or nobody's we know."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from source_destination_clientes.errors import TransientError
from source_destination_clientes.records.journal import Author, Journal, Standing
from unit_tests.kit.fakes import FakeTime
from unit_tests.kit.objects import MemoryObjects


@dataclass
class Runs:
    """Several runs with one storage; `running` is what the machine says of the process of each."""

    objects: MemoryObjects = field(default_factory=MemoryObjects)
    time: FakeTime = field(default_factory=FakeTime)
    warnings: list[str] = field(default_factory=list)
    running: dict[str, bool] = field(default_factory=dict)

    def start(self, run: str, job: str | None = None, attempt: int = 1, process: str = "") -> Journal:
        author = Author(run, job, attempt, process)
        return Journal(self.objects, author, self.time.clock(), self.warnings.append, self.running.get)


@pytest.fixture
def runs() -> Runs:
    return Runs()


def with_open_lote(journal: Journal, code: str = "lote-1") -> Journal:
    journal.opening()
    journal.opened(code)
    return journal


def test_a_lote_that_this_process_opened_stays_its_own_after_the_close(runs: Runs) -> None:
    journal = with_open_lote(runs.start("run1"))
    assert journal.is_ours("lote-1") is Standing.OWN
    journal.closed("lote-1")
    assert journal.is_ours("lote-1") is Standing.OWN
    assert not runs.objects.content


def test_each_step_writes_once(runs: Runs) -> None:
    journal = runs.start("run1")
    for step in (
        journal.opening,
        lambda: journal.opened("lote-1"),
        journal.renew,
        lambda: journal.closed("lote-1"),
    ):
        before = runs.objects.steps
        step()
        assert runs.objects.steps - before <= 1


def test_the_lote_of_a_run_that_is_alive_is_never_taken(runs: Runs) -> None:
    first = with_open_lote(runs.start("run1"))
    second = runs.start("run2")
    for _ in range(100):
        runs.time.seconds += 21
        first.renew()
        assert second.is_ours("lote-1") is Standing.ALIVE
        assert second.orphans() == []


def test_a_run_that_renews_nothing_for_a_minute_is_dead(runs: Runs) -> None:
    with_open_lote(runs.start("run1"))
    second = runs.start("run2")
    assert second.is_ours("lote-1") is Standing.ALIVE
    runs.time.seconds += 59
    assert second.is_ours("lote-1") is Standing.ALIVE
    runs.time.seconds += 1
    assert second.is_ours("lote-1") is Standing.DEAD_RUN


def test_a_clock_that_is_minutes_ahead_does_not_make_a_run_dead(runs: Runs) -> None:
    first = with_open_lote(runs.start("run1"))
    ahead = FakeTime()
    ahead.seconds = 10 * 60
    second = Journal(runs.objects, Author("run2"), ahead.clock(), runs.warnings.append, runs.running.get)
    for _ in range(20):
        assert second.is_ours("lote-1") is Standing.ALIVE
        for time in (runs.time, ahead):
            time.seconds += 25
        first.renew()


def test_a_note_of_a_quarter_of_an_hour_is_a_dead_runs_at_once(runs: Runs) -> None:
    with_open_lote(runs.start("run1"))
    runs.time.seconds += 16 * 60
    assert runs.start("run2").is_ours("lote-1") is Standing.DEAD_RUN


def test_an_earlier_attempt_of_the_same_job_is_dead_at_once(runs: Runs) -> None:
    with_open_lote(runs.start("run1", "42", 1))
    assert runs.start("run2", "42", 2).is_ours("lote-1") is Standing.DEAD_RUN
    assert runs.start("run3", "43", 2).is_ours("lote-1") is Standing.ALIVE


@pytest.mark.parametrize(("runs_still", "standing"), [(True, Standing.ALIVE), (False, Standing.DEAD_RUN)])
def test_a_process_of_this_machine_is_looked_at(runs: Runs, runs_still: bool, standing: Standing) -> None:
    with_open_lote(runs.start("run1", process="here/7/1"))
    runs.running["here/7/1"] = runs_still
    runs.time.seconds += 5 if not runs_still else 3600
    assert runs.start("run2").is_ours("lote-1") is standing


def test_a_lote_nobody_of_ours_opened_is_unknown(runs: Runs) -> None:
    with_open_lote(runs.start("run1"))
    assert runs.start("run2").is_ours("lote-9") is Standing.UNKNOWN


def test_orphans_are_the_lotes_of_dead_runs_and_the_intents_without_a_code(runs: Runs) -> None:
    with_open_lote(runs.start("run1", "42", 1))
    runs.time.seconds += 1
    runs.start("run2", "42", 2).opening()
    orphans = runs.start("run3", "42", 3).orphans()
    assert [(note.run, note.lote) for note in orphans] == [("run1", "lote-1"), ("run2", None)]


def test_the_note_of_an_orphan_is_cleared_once_it_is_closed(runs: Runs) -> None:
    with_open_lote(runs.start("run1", "42", 1))
    second = runs.start("run2", "42", 2)
    second.closed("lote-1")
    assert not runs.objects.content


def test_a_note_that_is_alive_is_not_cleared_by_others(runs: Runs) -> None:
    with_open_lote(runs.start("run1"))
    runs.start("run2").closed("lote-1")
    assert runs.objects.content


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"version":1}', b"\xff\xfe"])
def test_a_note_that_cannot_be_read_is_passed_over_with_a_word(runs: Runs, content: bytes) -> None:
    runs.objects.content["lotes/run0.json"] = content
    with_open_lote(runs.start("run1", "42", 1))
    second = runs.start("run2", "42", 2)
    assert second.is_ours("lote-1") is Standing.DEAD_RUN
    assert second.is_ours("lote-9") is Standing.UNKNOWN
    assert len(runs.warnings) == 1


def test_notes_of_a_week_are_let_go(runs: Runs) -> None:
    with_open_lote(runs.start("run1"))
    runs.time.seconds += 8 * 86_400
    assert runs.start("run2").orphans() == []
    assert not runs.objects.content


def test_a_storage_that_is_away_is_told_of_once_and_stops_nothing(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> Any:
        raise TransientError("The bucket is away.")

    for name in ("put", "delete", "list", "get"):
        monkeypatch.setattr(runs.objects, name, away)
    journal = with_open_lote(runs.start("run1"))
    assert journal.is_ours("lote-1") is Standing.OWN
    assert journal.is_ours("lote-2") is Standing.UNKNOWN
    assert journal.orphans() == []
    journal.closed("lote-1")
    assert len(runs.warnings) == 1


def test_a_lote_that_a_person_has_closed_has_no_note_any_more_whosever_it_was(runs: Runs) -> None:
    with_open_lote(runs.start("run1"), "lote-1")
    with_open_lote(runs.start("run2", process="2"), "lote-2")
    runs.running["2"] = True
    by_hand = runs.start("hand")
    by_hand.forget("lote-2")
    assert by_hand.is_ours("lote-2") is Standing.UNKNOWN
    by_hand.forget("lote-1")
    assert not runs.objects.content
