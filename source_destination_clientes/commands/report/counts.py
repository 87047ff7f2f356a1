"""The refusals of a run, summed up over its streams."""

from collections import Counter
from collections.abc import Iterable

from source_destination_clientes.records.report import RejectedCount, RunReport


def refusals(report: RunReport) -> list[tuple[str, list[RejectedCount]]]:
    """By reason and field, the most frequent first: `why` records were rejected, and what was refused later (`why_later`)."""
    return [
        ("why", _summed(each for stream in report.streams for each in stream.rejections)),
        ("why_later", _summed(each for stream in report.streams for each in stream.rejected_later)),
    ]


def _summed(counts: Iterable[RejectedCount]) -> list[RejectedCount]:
    sums: Counter[tuple[str, str, str | None]] = Counter()
    for each in counts:
        sums[each.stage, each.reason, each.field] += each.count
    return [
        RejectedCount(stage=stage, reason=reason, field=field, count=count)
        for (stage, reason, field), count in sums.most_common()
    ]
