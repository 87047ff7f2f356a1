"""Outcomes, and states that wait for them."""

import json
from collections.abc import Iterable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from source_destination_clientes.errors import ConfigError, FatalError, TransientError
from source_destination_clientes.protocol.messages import Record, State
from source_destination_clientes.rejection.dead_letter import DeadLetter
from source_destination_clientes.rejection.outcome import ACCEPTED, Outcome, Reason, Rejection, Stage
from source_destination_clientes.rejection.retention import Retention
from source_destination_clientes.rejection.row import MOST_RAW, JobIdentity
from source_destination_clientes.rejection.tally import Tally
from source_destination_clientes.rejection.thresholds import Thresholds
from source_destination_clientes.settings import Rejections
from source_destination_clientes.sync.settlement import Settlement
from unit_tests.kit.fakes import FakeReporter, FakeTime
from unit_tests.kit.storage import MemoryStore

REFUSED = Rejection(Stage.MAPPING, Reason.TOO_LONG, "Too long.", key="C-1", raw="Ana Maria")


class Books:
    """A settlement on fakes."""

    def __init__(self, *, shelf: bool = True, **limits: Any) -> None:
        self.time = FakeTime()
        self.storage = MemoryStore()
        self.reporter = FakeReporter()
        self.seen: list[Outcome] = []
        identity = JobIdentity("42")
        self.settlement = Settlement(
            dead_letter=DeadLetter(self.storage if shelf else None, identity, self.time.clock()),
            tally=Tally(10),
            thresholds=Thresholds(Rejections(**limits)),
            reporter=self.reporter,
            identity_of=lambda record: JobIdentity(record.replay_of) if record.replay_of else identity,
            clock=self.time.clock(),
            new_id=lambda: "id",
            kept=lambda record, rejection: rejection.instead or bytes(record.data),
            retention=Retention(None, 90, print),
            observe=lambda _record, outcome: self.seen.append(outcome),
        )

    def take(self, *outcomes: Outcome, stream: str = "clientes", number: int | None = None) -> None:
        """Records with their outcomes, and a state behind them if it has a number."""
        for outcome in outcomes:
            record = make_record(stream)
            self.settlement.settle(record, self.settlement.receive(record.key), outcome)
        if number is not None:
            raw = json.dumps({"type": "STREAM", "id": number, "odd": [1]}).encode()
            self.settlement.hold(State((None, stream), raw))

    def released(self) -> list[int]:
        return ids(self.settlement.release())


def make_record(stream: str = "clientes", **extra: Any) -> Record:
    return Record(stream=stream, data=msgspec.Raw(b'{"n":12345678901234567890123}'), **extra)


def ids(messages: Iterable[bytes]) -> list[int]:
    return [json.loads(message)["state"]["id"] for message in messages]


def test_a_state_of_accepted_records_leaves_at_once_as_it_came_with_its_counts() -> None:
    books = Books()
    books.take(ACCEPTED, ACCEPTED, number=7)
    (message,) = books.settlement.release()
    assert json.loads(message) == {
        "type": "STATE",
        "state": {
            "type": "STREAM",
            "id": 7,
            "odd": [1],
            "destinationStats": {"recordCount": 2.0, "rejectedRecordCount": 0.0},
        },
    }


def test_a_state_of_a_stream_nobody_knows_waits_for_every_record() -> None:
    books = Books()
    books.settlement.streams = {("public", "clientes")}
    record = make_record(namespace="public")
    segment = books.settlement.receive(record.key)
    books.take(number=1)
    assert books.released() == []
    books.settlement.settle(record, segment, ACCEPTED)
    (message,) = books.settlement.release()
    assert json.loads(message)["state"]["destinationStats"]["recordCount"] == 1


def test_a_rejection_keeps_its_state_back_until_the_dead_letter_holds_it() -> None:
    books = Books(fail_when_all_rejected=False)
    books.take(ACCEPTED, REFUSED, number=1)
    assert (books.released(), books.storage.rows) == ([], [])
    books.settlement.flush()
    (message,) = books.settlement.release()
    assert json.loads(message)["state"]["destinationStats"] == {
        "recordCount": 1.0,
        "rejectedRecordCount": 1.0,
        "additionalStats": {"rejected_too_long": 1.0},
    }
    assert [(row["reason"], row["job_id"], row["raw"]) for row in books.storage.rows] == [
        ("too_long", "42", "Ana Maria")
    ]
    assert books.storage.rows[0]["record"] == {"n": 12345678901234567890123}


def test_a_dead_letter_that_cannot_be_written_keeps_the_state_back_and_nothing_is_forgotten() -> None:
    books = Books()
    books.take(ACCEPTED, REFUSED, number=1)
    books.storage.away = True
    with pytest.raises(TransientError):
        books.settlement.flush()
    assert books.released() == []
    assert books.settlement.pending
    books.storage.away = False
    books.settlement.flush()
    assert books.released() == [1]
    assert len(books.storage.rows) == 1


def test_states_before_the_rejection_do_not_wait_for_it() -> None:
    books = Books()
    books.take(ACCEPTED, number=1)
    books.take(REFUSED, number=2)
    books.take(ACCEPTED, number=3)
    books.take(ACCEPTED, stream="orders", number=4)
    assert books.released() == [1, 4]
    books.settlement.flush()
    assert books.released() == [2, 3]


def test_rejections_wait_for_the_dead_letters_own_time() -> None:
    books = Books()
    books.take(ACCEPTED, REFUSED, number=1)
    assert (books.settlement.pending, books.settlement.due) == (True, False)
    books.time.seconds += 15
    assert (books.settlement.pending, books.settlement.due) == (True, True)
    books.settlement.flush()
    assert (books.settlement.pending, books.settlement.due) == (False, False)


def test_rejections_that_are_only_counted_wait_for_nothing() -> None:
    books = Books(shelf=False)
    due = [books.settlement.due]
    books.take(ACCEPTED, REFUSED, number=1)
    assert [*due, books.settlement.due] == [False, True]
    books.settlement.flush()
    assert books.released() == [1]


def test_very_many_rejections_are_made_durable_whatever_their_size() -> None:
    books = Books()
    books.take(ACCEPTED, *[REFUSED] * 9_999)
    due = [books.settlement.due]
    books.take(REFUSED)
    assert [*due, books.settlement.due] == [False, True]


def test_the_log_tells_of_rejections_without_personal_data() -> None:
    books = Books()
    books.take(REFUSED)
    ((level, text),) = books.reporter.lines
    assert level == "WARN"
    assert "C-1" in text
    assert "Ana" not in text


def test_whoever_watches_hears_each_outcome() -> None:
    books = Books()
    books.take(ACCEPTED, REFUSED)
    assert books.seen == [ACCEPTED, REFUSED]


def test_a_replayed_record_keeps_the_job_it_came_from() -> None:
    books = Books()
    record = make_record(replay_of="41")
    books.settlement.settle(record, books.settlement.receive(record.key), REFUSED)
    books.settlement.flush()
    assert [row["job_id"] for row in books.storage.rows] == ["41"]


def test_a_broken_threshold_emits_no_state_but_keeps_the_rows() -> None:
    books = Books(fail_above_records=1)
    books.take(ACCEPTED, REFUSED, REFUSED, number=1)
    with pytest.raises(ConfigError, match=r"more than rejections\.fail_above_records \(1\).*C-1"):
        books.released()
    assert len(books.storage.rows) == 2
    with pytest.raises(ConfigError):
        books.released()


def test_when_all_are_rejected_no_state_leaves_before_the_verdict() -> None:
    books = Books()
    for number in range(99):
        books.take(REFUSED, number=number)
        books.settlement.flush()
        assert books.released() == []
    books.take(REFUSED, number=99)
    with pytest.raises(ConfigError, match="All 100 records"):
        books.released()


def test_a_few_records_that_are_all_rejected_are_no_verdict_on_the_mapping() -> None:
    books = Books()
    books.take(REFUSED, number=1)
    assert books.released() == []
    assert ids(books.settlement.conclude()) == [1]
    assert len(books.storage.rows) == 1


def test_the_share_of_a_small_sync_is_judged_at_its_end() -> None:
    books = Books(fail_above_percent=10)
    books.take(ACCEPTED, REFUSED, number=1)
    books.settlement.flush()
    assert books.released() == []
    with pytest.raises(ConfigError, match=r"1 of 2 records \(50\.0 %\)"):
        books.settlement.conclude()


def test_what_the_shops_refuse_later_is_kept_and_told_but_not_counted_again() -> None:
    books = Books(fail_above_records=0)
    books.take(ACCEPTED, number=1)
    assert books.released() == [1]
    late = Rejection(Stage.STORE, Reason.REFUSED_BY_STORE, "Shop 0102 refused it.", key="C-1")
    books.settlement.reject_later(make_record(), late)
    assert books.settlement.pending
    assert books.settlement.conclude() == []
    assert [row["stage"] for row in books.storage.rows] == ["store"]
    assert books.settlement.tally.streams[(None, "clientes")].later == {"refused_by_store": 1}


def test_a_refused_attachment_keeps_the_state_back_until_it_is_durable_but_not_the_record() -> None:
    books = Books(fail_above_records=0)
    record = make_record()
    segment = books.settlement.receive(record.key)
    file = Rejection(Stage.ATTACH, Reason.FILE_REFUSED, "The file was refused.", key="C-1")
    for outcome in (ACCEPTED, file):
        books.settlement.settle_attachment(record, segment, outcome)
    books.settlement.settle(record, segment, ACCEPTED)
    books.take(number=1)
    assert books.released() == []
    books.settlement.flush()
    (message,) = books.settlement.release()
    assert json.loads(message)["state"]["destinationStats"] == {
        "recordCount": 1.0,
        "rejectedRecordCount": 0.0,
        "additionalStats": {"attachments_accepted": 1.0, "attachments_rejected_file_refused": 1.0},
    }
    assert [row["stage"] for row in books.storage.rows] == ["attach"]


def test_a_record_without_an_outcome_does_not_pass_for_delivered() -> None:
    books = Books()
    books.take(ACCEPTED, number=1)
    books.settlement.receive(make_record().key)
    books.take(number=2)
    assert ids(books.settlement.conclude()) == [1]
    with pytest.raises(FatalError, match="1 records ended without an outcome, and 1 states"):
        books.settlement.assert_complete()


STEP = st.one_of(
    st.tuples(st.sampled_from(["a", "b"]), st.booleans()), st.sampled_from(["flush", "release", "a", "b"])
)


@given(st.lists(STEP, max_size=60))
def test_counts_of_all_states_add_up_and_never_run_ahead_of_the_dead_letter(steps: list[Any]) -> None:
    books = Books(fail_when_all_rejected=False)
    messages: list[bytes] = []
    for number, step in enumerate((*steps, "a", "b")):
        if isinstance(step, tuple):
            books.take(ACCEPTED if step[1] else REFUSED, stream=step[0])
        elif step == "flush":
            books.settlement.flush()
        elif step == "release":
            messages += books.settlement.release()
            stats = [json.loads(message)["state"]["destinationStats"] for message in messages]
            assert sum(s["rejectedRecordCount"] for s in stats) <= len(books.storage.rows)
        else:
            books.take(stream=step, number=number)
    messages += books.settlement.conclude()
    stats = [json.loads(message)["state"]["destinationStats"] for message in messages]
    records = [step[1] for step in steps if isinstance(step, tuple)]
    assert sum(s["recordCount"] for s in stats) == records.count(True)
    assert sum(s["rejectedRecordCount"] for s in stats) == records.count(False) == len(books.storage.rows)
    assert books.settlement.checkpoint.unsettled == 0


def test_the_words_of_the_api_are_kept_without_secrets_and_only_then_cut() -> None:
    books = Books()
    books.reporter.learn_secret("token-777")
    words = "x" * (MOST_RAW - 4) + "token-777" + "y" * 1_000
    books.take(structs.replace(REFUSED, raw=words, message="It said token-777."), number=1)
    books.settlement.flush()
    (row,) = books.storage.rows
    assert row["raw"] == "x" * (MOST_RAW - 4) + "****"
    assert row["message"] == "It said ****."


def test_a_hidden_key_is_logged_with_the_row_that_has_it() -> None:
    books = Books()
    books.take(structs.replace(REFUSED, key="529.982.247-25"))
    ((_, text),) = books.reporter.lines
    assert text.startswith("Rejected record ***25 (row id) of stream clientes")


def test_no_row_is_named_where_none_is_kept() -> None:
    books = Books(shelf=False)
    books.take(structs.replace(REFUSED, key="529.982.247-25"))
    ((_, text),) = books.reporter.lines
    assert text.startswith("Rejected record ***25 of stream clientes")


def test_a_broken_threshold_stays_broken_whatever_is_accepted_later() -> None:
    books = Books(fail_above_percent=50)
    books.take(*[REFUSED] * 150, *[ACCEPTED] * 10, number=1)
    with pytest.raises(ConfigError) as first:
        books.released()
    books.take(*[ACCEPTED] * 1000, number=2)
    for ask in (books.settlement.release, books.settlement.conclude):
        with pytest.raises(ConfigError) as again:
            ask()
        assert str(again.value) == str(first.value)
    assert books.settlement.states_released == 0
