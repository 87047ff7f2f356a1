"""The report as one HTML file that asks for nothing elsewhere: its style, its script and its rows are in it."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import IO, Any, Final

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from source_destination_clientes.commands.report.advice import Advice
from source_destination_clientes.commands.report.counts import refusals
from source_destination_clientes.commands.report.rows import ShownRow
from source_destination_clientes.commands.report.terminal_table import headline, waits
from source_destination_clientes.commands.report.texts import Language
from source_destination_clientes.records.report import RunReport

_LOTES_SHOWN: Final = 1_000
_ROWS_AT_ONCE: Final = 100

_CODE: Final = re.compile(r"`([^`]+)`")
_LINK: Final = re.compile(r"\[([^\]]*)\]\([^)]*\)")


def write_page(
    file: IO[str], report: RunReport, rows: Iterable[ShownRow], language: Language, *, reveal: bool
) -> None:
    """Write the page, row by row."""
    page = _template().stream(
        report=report,
        language=language,
        headline=headline(report, language),
        waits=waits(report, language),
        refusals=[
            (title, counts, max(each.count for each in counts))
            for title, counts in refusals(report)
            if counts
        ],
        advice=_advice(report, language),
        lotes=report.lotes[-_LOTES_SHOWN:],
        words=_in_script(msgspec.json.encode(dict(language.words))),
        rows=_rows(rows),
        reveal=reveal,
    )
    page.enable_buffering(_ROWS_AT_ONCE)
    page.dump(file)


def _rows(rows: Iterable[ShownRow]) -> Iterator[Markup]:
    """Rows as the elements of a JSON array, with their commas."""
    before = b""
    for row in rows:
        yield _in_script(before + msgspec.json.encode(row))
        before = b",\n"


def _in_script(json: bytes) -> Markup:
    # A script element ends with what begins with this, and so does a comment in it begin.
    return Markup(json.replace(b"<", b"\\u003c").decode())  # noqa: S704 - see above


def _advice(report: RunReport, language: Language) -> list[tuple[str, Advice]]:
    found = dict.fromkeys(each.reason for _, counts in refusals(report) for each in counts)
    advice = ((reason, language.advice(reason)) for reason in found)
    return [(reason, told) for reason, told in advice if told]


def _marked(markdown: str) -> Markup:
    """The few marks our texts have, as HTML."""
    text = _LINK.sub(r"\1", str(escape(markdown)))
    return Markup(_CODE.sub(r"<code>\1</code>", text))  # noqa: S704 - escaped above


@cache
def _template() -> Any:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["marked"] = _marked
    return environment.get_template("page.html")
