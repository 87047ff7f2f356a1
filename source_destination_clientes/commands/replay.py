"""Send rejected records again, mapped by today's config."""

import argparse
import secrets
from argparse import Namespace
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec
from rich.console import Console
from rich.table import Table

from source_destination_clientes.commands.analysis import Analysis, Router, bare_stream
from source_destination_clientes.commands.replayed_row import FILES, keeps_record, record_of
from source_destination_clientes.commands.terminal import (
    PlainReporter,
    add_common_options,
    make_console,
    plural,
    print_json,
    read_settings,
    run_command,
)
from source_destination_clientes.errors import ConfigError, Interrupted
from source_destination_clientes.protocol.catalog import ConfiguredStream, read_catalog
from source_destination_clientes.protocol.context import RunContext
from source_destination_clientes.protocol.messages import Record, StreamKey
from source_destination_clientes.protocol.stdin import MessageSource
from source_destination_clientes.rejection.archive import (
    REPLAY_PREFIX,
    Archive,
    RowFilter,
    Unreadable,
    open_archive,
    parse_moment,
    parse_reason,
)
from source_destination_clientes.rejection.outcome import Outcome, Rejection
from source_destination_clientes.rejection.rewriting import Parts
from source_destination_clientes.rejection.row import JobIdentity, Row, decode_line
from source_destination_clientes.rejection.storage import Storage
from source_destination_clientes.rejection.storage.folder import FolderStorage
from source_destination_clientes.rejection.storage.open import open_storage
from source_destination_clientes.rejection.thresholds import Thresholds
from source_destination_clientes.runtime.stopping import Stop, heed_signals
from source_destination_clientes.settings import Rejections, Settings, StorageLocal
from source_destination_clientes.sync.wiring import assemble_sync

_ROWS_PER_MARK: Final = 500
_UNREADABLE_SHOWN: Final = 10


def main(argv: Sequence[str]) -> int:
    """Run the command; 0 when every wanted row was tried, accepted or not."""
    parser = argparse.ArgumentParser(prog="destination-clientes replay", description=__doc__)
    add_common_options(parser)
    parser.add_argument(
        "--catalog", type=Path, help="file with the configured catalog of the sync, if it names objects"
    )
    parser.add_argument(
        "--from",
        dest="path",
        type=Path,
        help="file or folder with rejected records (default: object_storage_config)",
    )
    parser.add_argument("--job", help="only rows of this job")
    parser.add_argument("--stream", help="only rows of this stream")
    parser.add_argument("--reason", type=str, help="only rows rejected for this reason")
    parser.add_argument("--since", help="only rows rejected on this day or moment, or later (UTC)")
    parser.add_argument(
        "--until", help="only rows rejected before this moment, or up to the end of this day (UTC)"
    )
    parser.add_argument("--dry-run", action="store_true", help="show what would be sent, and send nothing")
    parser.add_argument(
        "--delete-settled",
        action="store_true",
        help="afterwards delete every row that is settled, by this replay or an earlier one",
    )
    return run_command(_replay, parser.parse_args(argv))


def _replay(options: Namespace) -> int:
    run = REPLAY_PREFIX + secrets.token_hex(4)
    wanted = RowFilter(
        job=options.job,
        stream=options.stream,
        reason=parse_reason(options.reason) if options.reason else None,
        since=parse_moment(options.since) if options.since else None,
        until=parse_moment(options.until, end_of_day=True) if options.until else None,
    )
    settings, only = _with_storage(read_settings(options.config), options.path)
    catalog = [*read_catalog(options.catalog), bare_stream(*FILES)] if options.catalog else None
    # Beside a single file only its marks matter: its folder may be a whole home directory.
    storage = (
        FolderStorage(options.path.parent, nested=False)
        if only
        else open_storage(settings.object_storage_config)
    )
    assert storage is not None, "_with_storage sees to it"
    archive = open_archive(storage, run, only=only, job=None if options.path else options.job)
    survey = Survey.of(archive, wanted, settings, catalog)
    ledger = None
    if survey.rows and not options.dry_run:
        ledger = Ledger()
        known = catalog or [bare_stream(*key) for key in survey.streams]
        _send(settings, known, archive, wanted, run, ledger)
    deleted = _delete_settled(storage, only) if options.delete_settled and not options.dry_run else None
    _print(options, survey, ledger, deleted)
    return 0


def _delete_settled(storage: Storage, only: str | None) -> int:
    """Take the settled rows out of their parts; how many there were."""
    parts, deleted = Parts.of(storage), 0
    parts.clear_up()
    for part in parts.current:
        settled = parts.settled(part) if only in (None, part) else frozenset()
        if settled:
            before = len(parts.lines(part))
            deleted += before - parts.rewrite(part, partial(_unless_settled, settled))
    return deleted


def _unless_settled(settled: frozenset[str], line: bytes) -> bytes | None:
    row = decode_line(line)
    return None if isinstance(row, Row) and row.id in settled else line


def _with_storage(settings: Settings, path: Path | None) -> tuple[Settings, str | None]:
    """The settings of a replay, whose dead letter is where its rows are read, and the one file to read there, if any.

    No threshold ends a replay: who runs it sees the counts. Raises `ConfigError` when there is nothing to read from.
    """
    update: dict[str, Any] = {
        "rejections": Rejections(
            fail_when_all_rejected=False,
            fail_when_column_misfits=False,
            logged_per_reason=0,
            keep=settings.rejections.keep,
            keep_days=0,
        )
    }
    only = None
    if path is not None:
        if not path.exists():
            raise ConfigError(f"There is no dead letter at {path}: no such file or folder.")
        only = path.name if path.is_file() else None
        folder = path.parent if only else path
        update["object_storage_config"] = StorageLocal(storage_type="Local", path=str(folder))
    elif settings.object_storage_config.storage_type == "None":
        raise ConfigError(
            "The config keeps no rejected records (object_storage_config is None). Give --from PATH with a dead letter to replay."
        )
    return settings.model_copy(update=update), only


@dataclass(slots=True)
class Survey:
    """The wanted rows, and what today's mapping does with them."""

    analysis: Analysis
    rows: Counter[tuple[str, str]] = field(default_factory=Counter)
    streams: dict[StreamKey, None] = field(default_factory=dict)
    unreadable: list[Unreadable] = field(default_factory=list)
    settled_before: int = 0
    without_record: int = 0

    @classmethod
    def of(
        cls,
        archive: Archive,
        wanted: RowFilter,
        settings: Settings,
        catalog: Sequence[ConfiguredStream] | None,
    ) -> "Survey":
        """Read every row once."""
        survey = cls(Analysis(Router(settings, catalog), Thresholds(settings.rejections), limit=0))
        survey.analysis.take_all(survey._records(archive, wanted))
        survey.settled_before = archive.settled_before
        return survey

    def _records(self, archive: Archive, wanted: RowFilter) -> Iterator[Record]:
        for found in archive.rows(wanted):
            if isinstance(found, Unreadable):
                self.unreadable.append(found)
                continue
            _, row = found
            if not keeps_record(row):
                self.without_record += 1
                continue
            record = record_of(row)
            self.rows[row.stream, row.reason] += 1
            self.streams[record.key] = None
            yield record

    @property
    def would_reject(self) -> Counter[str]:
        """Rows that the mapping still rejects, by reason."""
        refused: Counter[str] = Counter()
        for stream in self.analysis.streams.values():
            for (reason, _), found in stream.refused.items():
                refused[reason] += found.count
        return refused


@dataclass(slots=True)
class Ledger:
    """The outcome of each row that was sent, by the reason it was rejected for before."""

    under_way: dict[str, Row] = field(default_factory=dict)
    accepted: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    dead_letter: str | None = None

    def observe(self, record: Record, outcome: Outcome) -> None:
        """Count a record's outcome."""
        row = self.under_way.pop(record.replay_of or "", None)
        before = row.reason if row else "unknown"
        if isinstance(outcome, Rejection):
            self.rejected[before] += 1
            self.reasons[outcome.reason] += 1
        else:
            self.accepted[before] += 1

    def identity_of(self, record: Record) -> JobIdentity:
        """The job the row came from, which a row that is rejected again keeps."""
        row = self.under_way.get(record.replay_of or "")
        return JobIdentity(row.job_id, row.attempt, row.sync_id) if row else JobIdentity()


def _send(
    settings: Settings,
    catalog: Sequence[ConfiguredStream],
    archive: Archive,
    wanted: RowFilter,
    run: str,
    ledger: Ledger,
) -> None:
    """Send the rows as the records of a sync.

    After a few hundred rows a state follows that names them. When the sync releases it, each of them is delivered or in the dead
    letter again, and the old rows are marked as settled.
    """
    stop = Stop()
    sync = assemble_sync(
        settings,
        catalog,
        MessageSource(_lines(archive, wanted, ledger)),
        RunContext(PlainReporter(settings.secrets()), stop, {"WORKER_JOB_ID": run}),
        ledger,
    )
    heed_signals(stop, sync.inbox.wake)
    try:
        for message in sync.run():
            _settle(archive, message)
    except Interrupted:
        raise Interrupted(
            "The replay was stopped on request. Rows that have an outcome by now are marked as settled. Run replay again: it sends "
            "the others."
        ) from None
    if ledger.rejected:
        ledger.dead_letter = sync.settlement.dead_letter.location


def _lines(archive: Archive, wanted: RowFilter, ledger: Ledger) -> Iterator[bytes]:
    """Every row as a record; after the last of a part, and after every 500, a state that names the rows before it."""
    part, ids = "", list[str]()
    for found in archive.rows(wanted):
        if isinstance(found, Unreadable):
            continue
        where, row = found
        if not keeps_record(row):
            continue
        if ids and (where != part or len(ids) >= _ROWS_PER_MARK):
            yield _state(part, ids)
            ids = []
        part = where
        ids.append(row.id)
        ledger.under_way[row.id] = row
        yield _record(row)
    if ids:
        yield _state(part, ids)


def _record(row: Row) -> bytes:
    record = record_of(row)
    body = {
        "stream": record.stream,
        "namespace": record.namespace,
        "emitted_at": record.emitted_at,
        "data": record.data,
        "replay_of": record.replay_of,
        **({"meta": record.meta} if bytes(record.meta) else {}),
    }
    return msgspec.json.encode({"type": "RECORD", "record": body})


def _state(part: str, ids: Sequence[str]) -> bytes:
    return msgspec.json.encode(
        {"type": "STATE", "state": {"type": "LEGACY", "data": {"part": part, "ids": ids}}}
    )


def _settle(archive: Archive, message: bytes) -> None:
    content = msgspec.json.decode(message)["state"]["data"]
    archive.mark_settled(content["part"], content["ids"])


def _print(options: Namespace, survey: Survey, ledger: Ledger | None, deleted: int | None) -> None:
    if options.json:
        print_json({**_numbers(survey, ledger), **({} if deleted is None else {"deleted": deleted})})
        return
    console = make_console()
    _show(console, survey, ledger)
    if deleted is not None:
        console.print(f"{plural(deleted, 'settled row')} deleted.")


def _numbers(survey: Survey, ledger: Ledger | None) -> dict[str, Any]:
    numbers: dict[str, Any] = {
        "rows": survey.rows.total(),
        "by_reason": [
            {"stream": stream, "reason": reason, "rows": count}
            for (stream, reason), count in survey.rows.items()
        ],
        "would_send": survey.analysis.received - survey.would_reject.total(),
        "would_reject": dict(survey.would_reject),
        "settled_before": survey.settled_before,
        "without_record": survey.without_record,
        "unreadable": [
            {"part": line.part, "line": line.line, "trouble": line.trouble} for line in survey.unreadable
        ],
    }
    if ledger is not None:
        numbers["accepted"] = ledger.accepted.total()
        numbers["rejected"] = ledger.rejected.total()
        numbers["rejected_by_reason"] = dict(ledger.reasons)
        numbers["dead_letter"] = ledger.dead_letter
    return numbers


def _show(console: Console, survey: Survey, ledger: Ledger | None) -> None:
    if survey.rows:
        table = Table("stream", "rejected for", "rows", title="Rows to replay")
        for (stream, reason), count in survey.rows.most_common():
            table.add_row(stream, reason, f"{count:,}")
        console.print(table)
    else:
        console.print("No rows to replay.")
    if survey.settled_before:
        console.print(f"{plural(survey.settled_before, 'row')} already settled by an earlier replay.")
    if survey.without_record:
        console.print(
            f"{plural(survey.without_record, 'row')} with the key alone (rejections.keep): only the source can send these records again."
        )
    for line in survey.unreadable[:_UNREADABLE_SHOWN]:
        console.print(
            f"Unreadable, left as it is: {line.part}, line {line.line} ({line.trouble}).", style="yellow"
        )
    if len(survey.unreadable) > _UNREADABLE_SHOWN:
        console.print(
            f"And {plural(len(survey.unreadable) - _UNREADABLE_SHOWN, 'more unreadable line')}.",
            style="yellow",
        )
    if ledger is None:
        refused = survey.would_reject
        console.print(
            f"With today's config {survey.analysis.received - refused.total():,} would be sent and {refused.total():,} would still be "
            f"rejected by the mapping{_by_reason(refused)}. Nothing was sent."
        )
        return
    table = Table("reason before", "accepted now", "rejected again", title="Replayed")
    for reason in sorted({*ledger.accepted, *ledger.rejected}):
        table.add_row(reason, f"{ledger.accepted[reason]:,}", f"{ledger.rejected[reason]:,}")
    console.print(table)
    if ledger.rejected:
        console.print(
            f"Rejected again{_by_reason(ledger.reasons)}. These rows are now in {ledger.dead_letter}, with today's reason."
        )


def _by_reason(reasons: Counter[str]) -> str:
    return (
        f" ({', '.join(f'{reason} {count:,}' for reason, count in reasons.most_common())})" if reasons else ""
    )
