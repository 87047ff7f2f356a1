"""The last words of a sync: one line for people for each stream, one line of JSON for machines."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from source_destination_clientes.lote.shop_reports import ClosedLote, is_done, status_name
from source_destination_clientes.protocol.messages import StreamKey
from source_destination_clientes.rejection.tally import StreamTally

_LOTES_TOLD: Final = 20
_LOTES_NUMBERED: Final = 500
"""Lotes told one by one, those with trouble first; a log line has its limits."""


@dataclass(frozen=True, slots=True)
class StreamSummary:
    """What became of one stream.

    `truncated` counts texts that were cut, by field; `left_out` records whose attachments nobody asked for.
    """

    stream: StreamKey
    tally: StreamTally
    truncated: Mapping[str, int]
    left_out: int = 0

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
        late = (
            "; refused later: " + ", ".join(f"{reason} {count:,}" for reason, count in tally.later.items())
            if tally.later
            else ""
        )
        files = f"; files attached: {tally.attached:,}" if tally.attached else ""
        ignored = (
            f"; {self.left_out:,} brought attachments, which were left out since attachments is None"
            if self.left_out
            else ""
        )
        received = tally.accepted + tally.rejected
        return (
            f"Stream {self.stream[1]}: {received:,} records settled, {tally.accepted:,} accepted, "
            f"{refused}{files}{cut}{late}{ignored}."
        )

    def numbers(self) -> dict[str, Any]:
        """For machines."""
        namespace, name = self.stream
        return {
            "stream": name,
            "namespace": namespace,
            "accepted": self.tally.accepted,
            "rejected": self.tally.rejected,
            "reasons": dict(self.tally.reasons),
            "attached": self.tally.attached,
            "refused_later": dict(self.tally.later),
            "truncated": dict(self.truncated),
        }


def summary_lines(
    streams: Iterable[StreamSummary],
    *,
    lotes: int,
    ignored: Mapping[str, int],
    dead_letter: str | None,
    followed: Sequence[ClosedLote] | None = None,
) -> list[str]:
    """The INFO lines that end a sync; `followed` are the lotes whose stores were asked, None when none were."""
    summaries = list(streams)
    rejected = any(summary.tally.rejected or summary.tally.later for summary in summaries)
    lines = [summary.sentence() for summary in summaries]
    lines.append(f"Lotes closed: {lotes:,}.")
    if followed:
        lines += store_lines(followed)
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
        **({"stores": store_numbers(followed)} if followed else {}),
    }
    return [*lines, json.dumps({"summary": numbers}, ensure_ascii=False)]


def store_lines(lotes: Sequence[ClosedLote]) -> list[str]:
    """What became of lotes at the stores: each lote's fate, and which stores did not finish in time."""
    totals = _totals(lotes)
    first = (
        f"At the stores: {totals['followed']:,} lotes followed, {totals['downloaded']:,} downloaded by every store without an "
        f"error, {totals['refused']:,} with errors, {totals['unfinished']:,} not finished everywhere."
    )
    lines = [first, *(lote.sentence() for lote in _by_trouble(lotes)[:_LOTES_TOLD])]
    if len(lotes) > _LOTES_TOLD:
        lines.append(f"And {len(lotes) - _LOTES_TOLD:,} lotes more.")
    waiting = Counter(
        (store.store, status_name(store.status))
        for lote in lotes
        for store in lote.stores
        if not is_done(store)
    )
    lines += [
        f"Store {store} has not finished {count:,} lotes yet ({status}); `destination-clientes status` tells when it has."
        for (store, status), count in waiting.items()
    ]
    unmatched = sum(lote.unmatched for lote in lotes)
    if unmatched:
        lines.append(
            f"{unmatched:,} refusals concern records that are no longer held or not of this sync: they are only counted.",
        )
    return lines


def store_numbers(lotes: Sequence[ClosedLote]) -> dict[str, Any]:
    """The same for machines."""
    return {**_totals(lotes), "lotes": [lote.numbers() for lote in _by_trouble(lotes)[:_LOTES_NUMBERED]]}


def _totals(lotes: Sequence[ClosedLote]) -> dict[str, int]:
    return {
        "followed": len(lotes),
        "downloaded": sum(lote.done and not lote.refused for lote in lotes),
        "refused": sum(lote.refused > 0 for lote in lotes),
        "unfinished": sum(not lote.done for lote in lotes),
    }


def _by_trouble(lotes: Sequence[ClosedLote]) -> list[ClosedLote]:
    return sorted(lotes, key=lambda lote: (not lote.refused, lote.done))
