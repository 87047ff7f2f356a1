"""The report that each run leaves, however it ended."""

import json
from typing import Any

import pytest

from source_destination_clientes.errors import ConfigError, Interrupted, TransientError
from source_destination_clientes.records.report import RunReport, read_report
from unit_tests.kit.bench import Bench, record, state
from unit_tests.kit.pdvsync import FakePdvsync


def report_of(bench: Bench) -> RunReport:
    return read_report(bench.objects)


def test_a_run_that_completed_tells_its_numbers_lotes_and_causes() -> None:
    bench = Bench(FakePdvsync(lambda cliente: cliente["nome"] == "BAD"))
    bench.feed(record(1), record(2, nome=None), record(3, nome="BAD"), record(4), state(1)).run()
    report = report_of(bench)
    assert (report.ending, report.failure, report.job, report.states) == ("completed", None, "42", 1)
    assert [lote.code for lote in report.lotes] == bench.pdvsync.closed
    assert sum(lote.records for lote in report.lotes) == 2
    stream = next(each for each in report.streams if each.stream == "clientes")
    assert (stream.accepted, stream.rejected) == (2, 2)
    assert {(each.stage, each.reason, each.field, each.count) for each in stream.rejections} == {
        ("mapping", "missing_field", "nome", 1),
        ("api", "refused_by_api", None, 1),
    }
    assert report.rejected_rows_in == "shelf/42"


def test_it_agrees_with_the_states_that_left() -> None:
    bench = Bench()
    bench.feed(
        *[line for n in range(7) for line in (record(n, nome=None if n % 3 == 0 else "Ana"), state(n))]
    )
    stats = [json.loads(message)["state"]["destinationStats"] for message in bench.sync.run()]
    report = report_of(bench)
    assert report.states == 7
    assert report.rejected == sum(each["rejectedRecordCount"] for each in stats)
    assert report.accepted + report.rejected == sum(
        each["recordCount"] + each["rejectedRecordCount"] for each in stats
    )


def test_a_run_without_a_rejection_says_of_no_place_that_rejected_records_are_there() -> None:
    bench = Bench().feed(record(1), state(1))
    bench.run()
    assert report_of(bench).rejected_rows_in is None


@pytest.mark.parametrize(
    ("trouble", "ending", "failure"),
    [
        (ConfigError("The threshold is broken."), "failed", "config_error"),
        (TransientError("The server is away."), "failed", "transient_error"),
        (Interrupted("Stopped."), "stopped", None),
    ],
)
def test_a_run_that_ended_early_says_how_and_why(
    trouble: Exception, ending: str, failure: str | None
) -> None:
    bench = Bench().feed(record(1))

    def broken(*_: Any, **__: Any) -> Any:
        raise trouble

    bench.sync.courier.send = broken  # type: ignore[method-assign]
    bench.until(type(trouble))
    report = report_of(bench)
    assert (report.ending, report.failure, report.message) == (ending, failure, str(trouble))


def test_what_an_unexpected_error_says_is_not_told_since_it_may_quote_a_record() -> None:
    bench = Bench().feed(record(1))

    def broken(*_: Any, **__: Any) -> Any:
        raise ValueError("52998224725")

    bench.sync.courier.send = broken  # type: ignore[method-assign]
    with pytest.raises(ValueError, match="52998224725"):
        bench.run()
    report = report_of(bench)
    assert (report.ending, report.failure, report.message) == ("failed", "system_error", None)


def test_a_run_whose_output_nobody_reads_any_more_is_stopped() -> None:
    bench = Bench().feed(record(1), state(1), end=False)
    run = bench.sync.run()
    bench.feed(*[record(n) for n in range(2, 9)], end=False)
    next(run)
    run.close()  # type: ignore[attr-defined]
    assert report_of(bench).ending == "stopped"


def test_a_storage_that_is_away_costs_a_warning_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench().feed(record(1), state(1))

    def away(*_: Any) -> None:
        raise TransientError("The bucket is away.")

    monkeypatch.setattr(bench.objects, "put", away)
    assert bench.run() == [1]
    assert ("WARN", "The report of this run could not be kept. The bucket is away.") in bench.reporter.lines
