"""The last words of a sync: one line for people for each stream, one line of JSON for machines."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from source_destination_clientes.protocol.messages import StreamKey
from source_destination_clientes.rejection.journal import StreamTally


@dataclass(frozen=True, slots=True)
class StreamSummary:
    """What became of one stream; `truncated` counts texts that were cut, by field."""

    stream: StreamKey
    tally: StreamTally
    truncated: Mapping[str, int]

    def sentence(self) -> str:
        """For people."""
        tally = self.tally
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in tally.reasons.most_common())
        refused = f"{tally.rejected:,} rejected ({reasons})" if tally.rejected else "none rejected"
        cut = (
            "; truncated: " + ", ".join(f"{name} {count:,}" for name, count in self.truncated.items())
            if self.truncated
            else ""
        )
        received = tally.accepted + tally.rejected
        return f"Stream {self.stream[1]}: {received:,} records settled, {tally.accepted:,} accepted, {refused}{cut}."

    def numbers(self) -> dict[str, Any]:
        """For machines."""
        namespace, name = self.stream
        return {
            "stream": name,
            "namespace": namespace,
            "accepted": self.tally.accepted,
            "rejected": self.tally.rejected,
            "reasons": dict(self.tally.reasons),
            "truncated": dict(self.truncated),
        }


def summary_lines(
    streams: Iterable[StreamSummary],
    *,
    lotes: int,
    ignored: Mapping[str, int],
    dead_letter: str | None,
) -> list[str]:
    """The INFO lines that end a sync."""
    summaries = list(streams)
    rejected = any(summary.tally.rejected for summary in summaries)
    lines = [summary.sentence() for summary in summaries]
    lines.append(f"Lotes closed: {lotes:,}.")
    if ignored.get("noise"):
        lines.append(f"Lines on stdin that were no messages: {ignored['noise']:,}.")
    if rejected and dead_letter:
        lines.append(f"Rejected records lie in {dead_letter}; docs/rejections.md explains the reasons.")
    elif rejected:
        lines.append("Rejected records were only counted: set object_storage_config to keep them.")
    numbers = {
        "streams": [summary.numbers() for summary in summaries],
        "lotes": lotes,
        "dead_letter": dead_letter,
    }
    return [*lines, json.dumps({"summary": numbers}, ensure_ascii=False)]
