"""One write from the first line to the last state, on fakes from the socket to the disk."""

import json
import threading
from collections.abc import Generator

import pytest

from source_destination_clientes.errors import ConfigError, FatalError, Interrupted, TransientError
from source_destination_clientes.http.transport import Answer, Request
from source_destination_clientes.settings import StoreStatusPoll
from unit_tests.kit.bench import Bench, gather, record, state
from unit_tests.kit.fakes import answer
from unit_tests.kit.pdvsync import FakePdvsync


def test_states_leave_in_order_after_their_lotes_are_closed() -> None:
    bench = Bench().feed(*[line for n in range(10) for line in (record(n), state(n))])
    seen: list[int] = []
    for message in bench.sync.run():
        seen.append(json.loads(message)["state"]["id"])
        assert {f"C-{n}" for n in seen} <= bench.pdvsync.tills
    assert seen == list(range(10))
    assert [len(bench.pdvsync.lotes[code]) for code in bench.pdvsync.closed] == [3, 3, 3, 1]
    assert bench.sync.record.lotes_closed == 4


def test_records_behind_the_last_state_are_delivered_all_the_same() -> None:
    bench = Bench().feed(record(1), state(1), record(2))
    assert bench.run() == [1]
    assert bench.pdvsync.tills == {"C-1", "C-2"}


def test_an_empty_source_opens_nothing() -> None:
    bench = Bench().feed()
    assert bench.run() == []
    assert bench.server.requests == []


def test_a_state_without_records_leaves_at_once() -> None:
    bench = Bench().feed(state(1))
    assert bench.run() == [1]
    assert bench.server.requests == []


def test_a_rejected_record_is_durable_before_its_state_leaves() -> None:
    bench = Bench(FakePdvsync(lambda cliente: cliente["nome"] == "BAD"))
    bench.feed(record(1), record(2, nome=None), record(3, nome="BAD"), state(1))
    for _ in bench.sync.run():
        assert {(row["stage"], row["reason"]) for row in bench.storage.rows} == {
            ("mapping", "missing_field"),
            ("api", "refused_by_api"),
        }
    assert bench.pdvsync.tills == {"C-1"}


def test_an_error_of_the_dead_letter_keeps_the_state_back_and_leaves_no_lote_open() -> None:
    bench = Bench().feed(record(1), state(1), record(2, nome=None), state(2), record(3), record(4))
    bench.storage.away = True
    assert bench.until(TransientError) == [1]
    assert "shelf" in bench.error
    assert bench.pdvsync.open == []
    assert not any("shelf" in text for _, text in bench.reporter.lines), "the error itself says it"


def test_trouble_while_ending_is_told_beside_the_error_that_ended_the_sync() -> None:
    bench = Bench().feed(record(2, nome=None), state(1), b'{"type":"RECORD", broken')
    bench.storage.away = True
    assert bench.until(FatalError) == []
    assert ("WARN", "While ending: the shelf is away") in bench.reporter.lines


def test_a_sync_that_fails_at_the_api_emits_the_states_that_are_due_and_no_other() -> None:
    bench = Bench(records_per_lote=1)
    outage = threading.Event()
    deliver = bench.pdvsync

    def reply(request: Request) -> Answer:
        if request.operation == "open a lote" and deliver.closed:
            outage.set()
        return answer(b"", 503) if outage.is_set() else deliver(request)

    bench.server.reply = reply
    bench.feed(record(1), state(1), record(2), state(2), record(3), state(3))
    assert bench.until(TransientError) == [1]
    assert "open a lote" in bench.error


def test_a_line_that_could_be_a_record_ends_the_sync_after_what_is_in_flight() -> None:
    bench = Bench().feed(*(record(n) for n in range(3)), state(1), b'{"type":"RECORD", broken')
    assert bench.until(FatalError) == [1]
    assert bench.pdvsync.tills == {"C-0", "C-1", "C-2"}
    assert bench.sync.record.lotes_closed == 1


def test_a_record_of_an_unknown_stream_ends_the_sync() -> None:
    bench = Bench().feed(record(1, stream="orders"), state(1))
    assert bench.until(ConfigError) == []
    assert "orders" in bench.error


def test_noise_and_messages_of_other_kinds_are_counted() -> None:
    bench = Bench().feed(b"hello", b'{"type":"LOG","log":{}}', b"", record(1))
    bench.run()
    assert bench.sync.ignored == {"noise": 1, "LOG": 1, "blank": 1}
    assert any(line.startswith("1 line on stdin was not an Airbyte message") for line in bench.sync.summary())


def test_closing_the_generator_early_leaves_no_lote_open_and_no_thread_at_work() -> None:
    bench = Bench(records_per_lote=1).feed(*[line for n in range(50) for line in (record(n), state(n))])
    running = bench.sync.run()
    assert isinstance(running, Generator)
    next(running)
    running.close()
    assert bench.pdvsync.open == []
    assert not bench.sync.courier.away


def test_a_quiet_source_keeps_neither_record_nor_state_waiting() -> None:
    bench = Bench(records_per_lote=1000).feed(record(1), state(1), end=False)
    # The load is due as soon as anybody looks at the clock.
    bench.sync.lote = bench.sync.lote.model_copy(update={"max_open_seconds": 0})
    running = bench.sync.run()
    assert json.loads(next(running))["state"]["id"] == 1
    assert bench.pdvsync.open == []
    bench.feed()
    assert list(running) == []


def test_rejections_of_a_quiet_source_become_durable_without_further_lines() -> None:
    bench = Bench(limits={"fail_when_all_rejected": False}).feed(record(1, nome=None), state(1), end=False)
    running = bench.sync.run()
    assert json.loads(next(running))["state"]["id"] == 1
    assert len(bench.storage.rows) == 1
    bench.feed()
    assert list(running) == []


def test_a_request_to_stop_ends_the_sync_and_settles_what_was_in_flight() -> None:
    bench = Bench(records_per_lote=1)

    def reply(request: Request) -> Answer:
        if request.operation == "close the lote" and bench.pdvsync.closed:
            bench.stop.request()
        return bench.pdvsync(request)

    bench.server.reply = reply
    bench.feed(*[line for n in range(5) for line in (record(n), state(n))])
    states = bench.until(Interrupted)
    # The stop may come before the line with the last state was read.
    assert states in (list(range(len(bench.pdvsync.tills))), list(range(len(bench.pdvsync.tills) - 1)))
    assert states != []
    assert bench.pdvsync.open == []


def test_a_load_that_came_back_is_settled_although_a_stop_was_asked_for_meanwhile() -> None:
    lines = (record(1), state(1), record(2), state(2))
    bench = Bench(stdin=b"\n".join(lines), records_per_lote=1)

    def reply(request: Request) -> Answer:
        if request.operation == "close the lote":
            bench.stop.request()
        return bench.pdvsync(request)

    bench.server.reply = reply
    states: list[int] = []
    with pytest.raises(Interrupted):
        gather(bench.sync.run(), states)
    assert states == [1]
    assert bench.pdvsync.tills == {"C-1"}


def test_a_broken_threshold_ends_the_sync_before_any_state_leaves() -> None:
    bench = Bench(limits={"fail_above_records": 1})
    bench.feed(record(1), record(2, nome=None), record(3, nome=None), state(1))
    assert bench.until(ConfigError) == []
    assert "fail_above_records" in bench.error
    assert len(bench.storage.rows) == 2


def test_what_the_shops_refuse_is_in_the_dead_letter_after_every_state_has_left() -> None:
    bench = Bench(follow=True).feed(record(1), record(2), state(1))
    assert bench.run() == [1]
    assert [(row["stage"], row["key"]) for row in bench.storage.rows] == [("store", "C-1")]
    assert any("rejected afterwards: refused_by_store 1" in line for line in bench.sync.summary())


def test_the_wait_for_the_stores_ends_before_the_platform_loses_patience() -> None:
    bench = Bench(follow=True).feed(record(1), state(1))
    assert bench.sync.shops is not None
    bench.sync.shops._poll = StoreStatusPoll.model_construct(mode="poll", wait_minutes=1200)

    def never_done(request: Request) -> Answer:
        if request.operation != "ask for the status of a lote":
            return bench.pdvsync(request)
        bench.time.seconds += 600
        return answer({"success": True, "data": {"lojaLotes": [{"status": 1, "idRetaguardaLoja": "01"}]}})

    bench.server.reply = never_done
    assert bench.run() == [1]
    assert bench.time.seconds > 6000
    bench.sync.shops.close()


def test_the_summary_counts_what_was_accepted_and_rejected() -> None:
    bench = Bench().feed(record(1), record(2, nome=None))
    bench.run()
    assert bench.sync.summary()[0].startswith("Stream clientes: 2 records: 1 accepted, 1 rejected")


def test_a_state_counts_the_values_that_were_left_out_and_cut_in_its_records() -> None:
    long = "x" * 200
    bench = Bench().feed(
        record(1, sexo="talvez"), record(2, sexo="M", endereco=long), state(1), record(3), state(2)
    )
    first, second = (json.loads(each)["state"]["destinationStats"] for each in bench.sync.run())
    assert first["recordCount"] == 2
    assert first["additionalStats"] == {
        "nulledValueCount": 1,
        "truncatedValueCount": 1,
    }
    assert "additionalStats" not in second


def test_a_column_that_never_fits_ends_the_sync_before_a_state_leaves() -> None:
    records = [record(number, dataNascimento="31/01/1990") for number in range(100)]
    bench = Bench().feed(*records[:50], state(1), *records[50:], state(2))
    states: list[bytes] = []
    with pytest.raises(ConfigError, match="All 100 values for dataNascimento"):
        states.extend(bench.sync.run())
    assert not states
