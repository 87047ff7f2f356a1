"""Proposals for the streams of an input, as people and scripts read them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from source_destination_clientes.cliente.coerce import utc_today
from source_destination_clientes.commands.suggestion.evidence import LOOKED_AT
from source_destination_clientes.commands.suggestion.propose import Suggestion, suggest
from source_destination_clientes.protocol.messages import Message, Record, StreamKey


@dataclass(frozen=True, slots=True)
class Proposed:
    """What is proposed for one stream."""

    stream: StreamKey
    suggestion: Suggestion

    @property
    def entry(self) -> dict[str, Any]:
        """The entry for `streams` of the config."""
        namespace, name = self.stream
        return self.suggestion.entry(name, namespace)

    def numbers(self) -> dict[str, Any]:
        """For machines."""
        return {
            "entry": self.entry,
            "preset": self.suggestion.preset,
            "lines": [
                {
                    "field": line.field,
                    "value": line.value,
                    "columns": list(line.columns),
                    "confidence": line.confidence,
                    "reason": line.reason,
                }
                for line in self.suggestion.lines
            ],
            "untaken": self.suggestion.untaken,
        }


def suggest_for(messages: Iterable[Message], nothing: Sequence[str]) -> list[Proposed]:
    """Look at the first records of each stream and propose an entry for each. `nothing` are the words for nothing."""
    columns: dict[StreamKey, dict[str, list[object]]] = defaultdict(dict)
    seen: dict[StreamKey, int] = defaultdict(int)
    for message in messages:
        if not isinstance(message, Record) or seen[message.key] >= LOOKED_AT:
            continue
        record = _read(message)
        for name, value in record.items():
            # A column that comes late was empty before.
            values = columns[message.key].setdefault(name, [None] * seen[message.key])
            values.append(value)
        seen[message.key] += 1
        for values in columns[message.key].values():
            values.extend([None] * (seen[message.key] - len(values)))
    return [Proposed(key, suggest(found, utc_today(), nothing)) for key, found in columns.items()]


def _read(message: Record) -> dict[str, object]:
    try:
        record = msgspec.json.decode(message.data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def show_suggestions(console: Console, proposed: Sequence[Proposed], about_file: Sequence[str]) -> None:
    """Show what was proposed and why, then the entry to paste."""
    for sentence in about_file:
        console.print(sentence)
    if not proposed:
        console.print("There are no records in the input.")
    for each in proposed:
        suggestion = each.suggestion
        title = f"Proposed for stream {each.stream[1]}"
        table = Table("field", "columns", "confidence", "because", title=title)
        for line in suggestion.lines:
            table.add_row(line.field, ", ".join(line.columns), f"{line.confidence:.2f}", line.reason)
        console.print(table)
        if suggestion.untaken:
            console.print(f"Columns that fill nothing: {', '.join(suggestion.untaken)}.")
        console.print("Look at each line, then paste this into streams:")
        entry = msgspec.json.format(msgspec.json.encode(each.entry), indent=2).decode()
        console.print(entry, markup=False, highlight=False, soft_wrap=True)
