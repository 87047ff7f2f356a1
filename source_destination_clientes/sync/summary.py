"""What the log says at the end of a sync: a line for each stream, and the same numbers as one line of JSON."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from source_destination_clientes.cliente.mapped import Change, ValueCounts
from source_destination_clientes.lote.shop_reports import ClosedLote, is_done, status_name
from source_destination_clientes.protocol.messages import StreamKey
from source_destination_clientes.rejection.tally import StreamTally

_LOTES_LISTED: Final = 20
"""Lotes with a line of their own, those with trouble first."""

_LOTES_IN_JSON: Final = 500
"""Lotes in the line of JSON, those with trouble first: a log line has its limits."""


_CHANGES: Final[Mapping[Change, str]] = {
    Change.TRUNCATED: "truncated",
    Change.NULLED: "values left out",
    Change.CORRECTED: "corrected by the document",
    Change.SUSPECT: "texts in a wrong encoding",
}


@dataclass(frozen=True, slots=True)
class StreamSummary:
    """What became of one stream.

    `values` counts the values that were left out, cut or corrected. `left_out` counts records whose attachments the config does not ask
    for.
    """

    stream: StreamKey
    tally: StreamTally
    values: ValueCounts
    left_out: int = 0

    def sentence(self) -> str:
        """The numbers of the stream in one line."""
        tally = self.tally
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in tally.reasons.most_common())
        rejected = f"{tally.rejected:,} rejected ({reasons})" if tally.rejected else "none rejected"
        changed = "".join(
            f"; {said}: " + ", ".join(f"{name} {count:,}" for name, count in counts.items())
            for change, said in _CHANGES.items()
            if (counts := self.values.by_field(change))
        )
        later = (
            "; rejected afterwards: "
            + ", ".join(f"{reason} {count:,}" for reason, count in tally.later.items())
            if tally.later
            else ""
        )
        files = f"; files attached: {tally.attached:,}" if tally.attached else ""
        left_out = (
            f"; {self.left_out:,} brought attachments, which were left out because attachments is None"
            if self.left_out
            else ""
        )
        unchanged = f" ({tally.unchanged:,} of them unchanged, not sent)" if tally.unchanged else ""
        received = tally.accepted + tally.rejected
        return f"Stream {self.stream[1]}: {received:,} records: {tally.accepted:,} accepted{unchanged}, {rejected}{files}{changed}{later}{left_out}."

    def numbers(self) -> dict[str, Any]:
        """The same for the line of JSON."""
        namespace, name = self.stream
        return {
            "stream": name,
            "namespace": namespace,
            "accepted": self.tally.accepted,
            "unchanged": self.tally.unchanged,
            "rejected": self.tally.rejected,
            "reasons": dict(self.tally.reasons),
            "attached": self.tally.attached,
            "refused_later": dict(self.tally.later),
            "truncated": self.values.by_field(Change.TRUNCATED),
            "left_out_values": self.values.by_field(Change.NULLED),
        }


def summary_lines(
    streams: Iterable[StreamSummary],
    *,
    lotes: int,
    ignored: Mapping[str, int],
    dead_letter: str | None,
    followed: Sequence[ClosedLote] | None = None,
) -> list[str]:
    """The INFO lines that end a sync. `followed` are the lotes that were followed at the shops, None when none were."""
    summaries = list(streams)
    rejected = any(summary.tally.rejected or summary.tally.later for summary in summaries)
    lines = [summary.sentence() for summary in summaries]
    lines.append(f"Lotes closed: {lotes:,}.")
    if followed:
        lines += shop_lines(followed)
    if noise := ignored.get("noise"):
        lines.append(_noise_line(noise))
    if rejected and dead_letter:
        lines.append(f"Rejected records are in {dead_letter}; docs/rejections.md explains the reasons.")
    elif rejected:
        lines.append("Rejected records were only counted: set object_storage_config to keep them.")
    numbers = {
        "streams": [summary.numbers() for summary in summaries],
        "lotes": lotes,
        "dead_letter": dead_letter,
        **({"stores": shop_numbers(followed)} if followed else {}),
    }
    return [*lines, json.dumps({"summary": numbers}, ensure_ascii=False)]


def _noise_line(lines: int) -> str:
    if lines == 1:
        return "1 line on stdin was not an Airbyte message and was ignored."
    return f"{lines:,} lines on stdin were not Airbyte messages and were ignored."


def shop_lines(lotes: Sequence[ClosedLote]) -> list[str]:
    """What became of lotes at the shops, and which shops did not finish in time."""
    totals = _totals(lotes)
    first = (
        f"At the shops: {totals['followed']:,} lotes followed, {totals['downloaded']:,} downloaded by every shop without an "
        f"error, {totals['refused']:,} with errors, {totals['unfinished']:,} not finished everywhere."
    )
    lines = [first, *(lote.sentence() for lote in _by_trouble(lotes)[:_LOTES_LISTED])]
    if len(lotes) > _LOTES_LISTED:
        lines.append(f"And {len(lotes) - _LOTES_LISTED:,} more lotes.")
    waiting = Counter(
        (shop.shop, status_name(shop.status)) for lote in lotes for shop in lote.shops if not is_done(shop)
    )
    lines += [
        f"Shop {shop} has not finished {count:,} lotes yet ({status}); `destination-clientes status` shows how far it is."
        for (shop, status), count in waiting.items()
    ]
    unmatched = sum(lote.unmatched for lote in lotes)
    if unmatched:
        lines.append(
            f"{unmatched:,} refusals are only counted: their records are not of this sync, or no longer held in memory.",
        )
    return lines


def shop_numbers(lotes: Sequence[ClosedLote]) -> dict[str, Any]:
    """The same for the line of JSON."""
    return {**_totals(lotes), "lotes": [lote.numbers() for lote in _by_trouble(lotes)[:_LOTES_IN_JSON]]}


def _totals(lotes: Sequence[ClosedLote]) -> dict[str, int]:
    return {
        "followed": len(lotes),
        "downloaded": sum(lote.done and not lote.refused for lote in lotes),
        "refused": sum(lote.refused > 0 for lote in lotes),
        "unfinished": sum(not lote.done for lote in lotes),
    }


def _by_trouble(lotes: Sequence[ClosedLote]) -> list[ClosedLote]:
    return sorted(lotes, key=lambda lote: (not lote.refused, lote.done))
