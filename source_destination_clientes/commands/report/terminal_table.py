"""The report on a terminal."""

from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.table import Table

from source_destination_clientes.commands.report.counts import refusals
from source_destination_clientes.commands.report.texts import Language, plain
from source_destination_clientes.records.report import RejectedCount, RunReport

_LOTES_SHOWN: Final = 20


def show_report(console: Console, report: RunReport, language: Language) -> None:
    """Print what became of a run."""
    console.print(headline(report, language), style="bold")
    console.print(
        f"{language['inquilino']} {report.inquilino}, {language['host']} {report.host}. "
        f"{language['began']} {language.time(report.started_at)}, {language['ended']} {language.time(report.ended_at)}."
    )
    if report.message:
        console.print(report.message)
    console.print(_streams(report, language))
    for title, counts in refusals(report):
        if counts:
            console.print(_reasons(language[title], counts, language))
    _show_advice(console, report, language)
    if report.lotes:
        console.print(_lotes(report, language))
        left = report.lotes_closed - min(len(report.lotes), _LOTES_SHOWN)
        if left > 0:
            console.print(language.say("and_more", count=language.number(left)))
    console.print(waits(report, language))
    if report.rejected_rows_in:
        console.print(f"{language['rows']}: {language.say('rows_in', place=report.rejected_rows_in)}")


def headline(report: RunReport, language: Language) -> str:
    """Which run, and how it ended."""
    job = f"{language['job']} {report.job}" if report.job else f"{language['title']}, {language['no_job']}"
    return f"{job}, {language['attempt']} {report.attempt}: {language[report.ending]}"


def waits(report: RunReport, language: Language) -> str:
    """How often the run had to wait."""
    said = language.say(
        "waits_said",
        count=language.number(report.waits.count),
        seconds=language.number(round(report.waits.seconds)),
        limited=language.number(report.waits.rate_limited),
    )
    return f"{language['waits']}: {said}"


def _streams(report: RunReport, language: Language) -> Table:
    names = (
        "stream",
        "object",
        "received",
        "accepted",
        "unchanged",
        "left_out",
        "rejected",
        "rejected_later",
    )
    table = Table(*(language[name] for name in names))
    for stream in report.streams:
        later = sum(each.count for each in stream.rejected_later)
        numbers = (
            stream.accepted + stream.rejected,
            stream.accepted,
            stream.unchanged,
            stream.left_out,
            stream.rejected,
            later,
        )
        table.add_row(stream.stream, stream.object, *map(language.number, numbers))
    return table


def _reasons(title: str, counts: Sequence[RejectedCount], language: Language) -> Table:
    table = Table(*(language[name] for name in ("reason", "field", "stage", "count")), title=title)
    for each in counts:
        table.add_row(each.reason, each.field or "", each.stage, language.number(each.count))
    return table


def _show_advice(console: Console, report: RunReport, language: Language) -> None:
    found = dict.fromkeys(each.reason for _, counts in refusals(report) for each in counts)
    for reason in found:
        advice = language.advice(reason)
        if advice:
            console.print(f"{reason}. {language['remedy']}: {plain(advice.remedy)}")


def _lotes(report: RunReport, language: Language) -> Table:
    table = Table(*(language[name] for name in ("lote", "count", "closed_at")), title=language["lotes"])
    for lote in report.lotes[-_LOTES_SHOWN:]:
        table.add_row(lote.code, language.number(lote.records), language.time(lote.closed_at))
    return table
