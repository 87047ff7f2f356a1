"""Show what would be sent and what would be rejected, without sending anything."""

import argparse
import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from source_destination_clientes.cliente.mapped import Change
from source_destination_clientes.commands.analysis import Analysis, Router, StreamAnalysis, share
from source_destination_clientes.commands.masking import mask_payload
from source_destination_clientes.commands.records import FORMATS, Input
from source_destination_clientes.commands.suggestions import show_suggestions, suggest_for
from source_destination_clientes.commands.terminal import (
    add_common_options,
    make_console,
    plural,
    print_json,
    read_settings,
    run_command,
)
from source_destination_clientes.errors import ConfigError
from source_destination_clientes.protocol.catalog import ConfiguredStream, read_catalog
from source_destination_clientes.protocol.messages import Message, Record, StreamKey
from source_destination_clientes.rejection.thresholds import Thresholds
from source_destination_clientes.settings import Settings


def main(argv: Sequence[str]) -> int:
    """Run the command; 0 when the input could be read, whatever was rejected."""
    parser = argparse.ArgumentParser(prog="destination-clientes preview", description=__doc__)
    add_common_options(parser)
    parser.add_argument(
        "--catalog", type=Path, help="file with the configured catalog; without one, every stream is accepted"
    )
    parser.add_argument("--input", default="-", help="file with records, or - for stdin (the default)")
    parser.add_argument(
        "--format", choices=["auto", *FORMATS], default="auto", help="format of the input (default auto)"
    )
    parser.add_argument(
        "--stream",
        help="the stream of JSONL and CSV records (default: the only one of the catalog, else the name of the file); of Airbyte "
        "messages, the only stream to look at",
    )
    parser.add_argument(
        "--encoding", help="encoding of comma-separated values (default: found out, for example cp1252)"
    )
    parser.add_argument(
        "--suggest",
        action="store_true",
        help="propose an entry for streams from headings and values, and show nothing else",
    )
    parser.add_argument("--limit", type=int, default=3, help="number of payloads to show (default 3)")
    parser.add_argument("--reveal", action="store_true", help="show personal data unmasked")
    return run_command(_preview, parser.parse_args(argv))


def _preview(options: Namespace) -> int:
    settings = read_settings(options.config)
    catalog = read_catalog(options.catalog) if options.catalog else None
    if options.suggest:
        return _suggest(options, catalog, settings)
    analysis = Analysis(Router(settings, catalog), Thresholds(settings.rejections), limit=options.limit)
    with _open(options, catalog) as source:
        analysis.take_all(_of_stream(source.messages(), options.stream))
    payloads = analysis.payloads if options.reveal else [mask_payload(each) for each in analysis.payloads]
    about_file = source.oddities.sentences()
    if options.json:
        print_json({**_numbers(analysis, payloads), "file": about_file})
    else:
        _show(make_console(), analysis, payloads, about_file)
    return 0


def _suggest(options: Namespace, catalog: Sequence[ConfiguredStream] | None, settings: Settings) -> int:
    """Propose an entry for each stream that came."""
    with _open(options, catalog) as source:
        proposed = suggest_for(_of_stream(source.messages(), options.stream), settings.values.nothing)
    if options.json:
        print_json({"streams": [each.numbers() for each in proposed], "file": source.oddities.sentences()})
    else:
        show_suggestions(make_console(), proposed, source.oddities.sentences())
    return 0


@contextmanager
def _open(options: Namespace, catalog: Sequence[ConfiguredStream] | None) -> Iterator[Input]:
    kind = None if options.format == "auto" else options.format
    if options.input == "-":
        if sys.stdin.isatty():
            raise ConfigError("There is no input: give --input FILE, or pipe records in.")
        yield Input(
            sys.stdin.buffer, "The input", _stream_key(options, catalog, "clientes"), kind, options.encoding
        )
        return
    path = Path(options.input)
    try:
        file = path.open("rb")
    except OSError as error:
        raise ConfigError(f"The input file {path} cannot be read: {error.strerror}.") from None
    with file:
        yield Input(
            file, f"The file {path}", _stream_key(options, catalog, path.stem), kind, options.encoding
        )


def _stream_key(options: Namespace, catalog: Sequence[ConfiguredStream] | None, fallback: str) -> StreamKey:
    """The stream of records that name none: `--stream`, else the only one of the catalog, else the name of the file."""
    name = options.stream or (catalog[0].name if catalog and len(catalog) == 1 else fallback)
    found = [stream.key for stream in catalog or () if stream.name == name]
    return found[0] if found else (None, name)


def _of_stream(messages: Iterable[Message], stream: str | None) -> Iterator[Message]:
    for message in messages:
        if stream is None or not isinstance(message, Record) or message.stream == stream:
            yield message


def _numbers(analysis: Analysis, payloads: list[dict[str, Any]]) -> dict[str, Any]:
    streams = [stream.numbers() for stream in analysis.streams.values()]
    return {
        "received": analysis.received,
        "would_send": sum(stream["would_send"] for stream in streams),
        "would_reject": sum(stream["would_reject"] for stream in streams),
        "would_fail": analysis.thresholds.verdict(at_end=True),
        "streams": streams,
        "payloads": payloads,
        "states": analysis.states,
        "ignored": dict(analysis.ignored),
    }


def _show(
    console: Console, analysis: Analysis, payloads: list[dict[str, Any]], about_file: Sequence[str]
) -> None:
    for sentence in about_file:
        console.print(sentence)
    if not analysis.received:
        console.print("There are no records in the input.")
    for stream in analysis.streams.values():
        _show_stream(console, stream)
    for number, payload in enumerate(payloads, start=1):
        table = Table("field", "value", title=f"Payload {number}")
        for name, value in payload.items():
            table.add_row(name, str(value))
        console.print(table)
    verdict = analysis.thresholds.verdict(at_end=True)
    if verdict:
        console.print(f"A sync would fail. {verdict}", style="red")


def _show_stream(console: Console, stream: StreamAnalysis) -> None:
    console.print(
        f"Stream {stream.route.stream.name} as {stream.route.object}: {plural(stream.received, 'record')}, {stream.accepted:,} would be sent, "
        f"{stream.rejected:,} would be rejected.",
    )
    if stream.refused:
        table = Table("reason", "field", "records", "for example", "what is wrong", title="Would be rejected")
        for (reason, name), refused in stream.most_refused():
            table.add_row(
                reason, name or "", f"{refused.count:,}", ", ".join(refused.examples), refused.message
            )
        console.print(table)
    for cut, count in stream.route.mapper.counts.by_field(Change.TRUNCATED).items():
        console.print(f"{plural(count, 'text')} truncated to fit {cut}.")
    for name, count in stream.route.mapper.counts.by_field(Change.NULLED).items():
        console.print(f"{plural(count, 'value')} left out of {name}, which did not fit.")
    columns = Table("column", "filled", title="Columns of the records")
    for column, count in stream.columns.items():
        columns.add_row(column, _percent(count, stream.received))
    console.print(columns)
    fields = Table("field", "filled", "", title="Fields that would be sent")
    for target in stream.route.fields.values():
        count = stream.fields[target.name]
        if count or target.required:
            needed = "required" if target.required else ""
            fields.add_row(target.name, _percent(count, stream.accepted), needed)
    console.print(fields)
    empty = [
        target.name
        for target in stream.route.fields.values()
        if not (stream.fields[target.name] or target.required)
    ]
    if empty:
        console.print(f"Never filled: {', '.join(empty)}.")


def _percent(count: int, total: int) -> str:
    return f"{100 * share(count, total):.1f} %"
