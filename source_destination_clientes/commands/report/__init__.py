"""Show what became of a sync: as a table, as a page for the browser, or as a sheet for Excel."""

import argparse
import os
import secrets
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import msgspec

from source_destination_clientes.commands.report.page import write_page
from source_destination_clientes.commands.report.rows import Rows
from source_destination_clientes.commands.report.sheet import write_sheet
from source_destination_clientes.commands.report.terminal_table import show_report
from source_destination_clientes.commands.report.texts import LANGUAGES
from source_destination_clientes.commands.terminal import (
    add_common_options,
    make_console,
    print_json,
    read_settings,
    run_command,
)
from source_destination_clientes.errors import ConfigError
from source_destination_clientes.records.report import RunReport, read_report
from source_destination_clientes.rejection.archive import REPLAY_PREFIX, RowFilter, Unreadable, open_archive
from source_destination_clientes.rejection.dead_letter import NO_JOB, path_safe
from source_destination_clientes.rejection.row import Row
from source_destination_clientes.rejection.storage import Storage
from source_destination_clientes.rejection.storage.open import open_storage

_FORMS: Final = (".html", ".csv")


def main(argv: Sequence[str]) -> int:
    """Run the command; 0 when there was a report to show, whatever it says."""
    parser = argparse.ArgumentParser(prog="destination-clientes report", description=__doc__)
    add_common_options(parser)
    parser.add_argument("--job", help="the last attempt of this job; without it, the last run")
    parser.add_argument(
        "--output", type=Path, help="a file that ends in .html or .csv; it holds the rejected records too"
    )
    parser.add_argument(
        "--language", choices=sorted(LANGUAGES), default="en", help="the language of the report (default: en)"
    )
    parser.add_argument(
        "--reveal",
        action="store_true",
        help="show keys and records as they are, with whatever they hold of people",
    )
    return run_command(_report, parser.parse_args(argv))


def _report(options: Namespace) -> int:
    if options.output and options.output.suffix.lower() not in _FORMS:
        raise ConfigError(f"--output {options.output}: a report is written as .html or as .csv.")
    storage = open_storage(read_settings(options.config).object_storage_config)
    if storage is None:
        raise ConfigError("The config has no storage, so no report is kept. Set object_storage_config.")
    report = read_report(storage, options.job)
    if options.output:
        _write(options, storage, report)
    elif options.json:
        print_json(msgspec.to_builtins(report))
    else:
        show_report(make_console(), report, LANGUAGES[options.language])
    return 0


def _write(options: Namespace, storage: Storage, report: RunReport) -> None:
    language, as_sheet = LANGUAGES[options.language], options.output.suffix.lower() == ".csv"

    def rows() -> Rows:
        found = _rows_of(storage, report)
        return Rows(found, reveal=options.reveal, records=options.reveal or not as_sheet)

    with _new_file(options.output) as file:
        if as_sheet:
            write_sheet(file, rows, language, reveal=options.reveal)
        else:
            write_page(file, report, rows(), language, reveal=options.reveal)
    sys.stderr.write(f"{options.output}\n")


def _rows_of(storage: Storage, report: RunReport) -> Iterator[tuple[str, Row] | Unreadable]:
    """The rejected rows of the job a report is of, settled ones left out.

    Rows that a replay rejected again are in a folder of its own and keep the job they came from. Runs outside of a job share a
    folder, so the time tells theirs apart.
    """
    job = report.job or NO_JOB
    archive = open_archive(storage, secrets.token_hex(4), job=job)
    if job.startswith(REPLAY_PREFIX):
        folder = f"{path_safe(job)}/"
        archive.parts = [part for part in archive.parts if part.startswith(folder)]
        return archive.rows(RowFilter())
    since = None if report.job else report.started_at
    return archive.rows(RowFilter(job=job, since=since))


@contextmanager
def _new_file(path: Path) -> Iterator[IO[str]]:
    """The file appears whole, and for its owner's eyes only: it tells of people."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            yield file
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
