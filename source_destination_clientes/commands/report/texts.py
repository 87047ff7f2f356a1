"""What the report says, in the languages it speaks, and how each of them writes numbers and moments."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from source_destination_clientes.commands.report.advice import Advice, advice_in_english
from source_destination_clientes.commands.report.portuguese import REASONS_IN_PORTUGUESE, WORDS_IN_PORTUGUESE

WORDS_IN_ENGLISH: Final[Mapping[str, str]] = {
    "title": "Report of a sync",
    "job": "Job",
    "attempt": "attempt",
    "no_job": "outside of a job",
    "inquilino": "Inquilino",
    "host": "Host",
    "began": "Began",
    "ended": "Ended",
    "took": "Took",
    "completed": "completed",
    "failed": "failed",
    "stopped": "stopped",
    "stream": "Stream",
    "object": "Object",
    "received": "Records",
    "accepted": "Accepted",
    "unchanged": "unchanged",
    "left_out": "left out",
    "rejected": "Rejected",
    "rejected_later": "Refused later",
    "attached": "Files attached",
    "truncated": "Texts that were cut",
    "omitted": "Values that were left out",
    "why": "Why records were rejected",
    "why_later": "Refused after they were accepted: by shops, or files",
    "reason": "Reason",
    "field": "Field",
    "count": "Records",
    "stage": "Stage",
    "happened": "What happened",
    "remedy": "What to do",
    "lotes": "Lotes",
    "lote": "Lote",
    "closed_at": "Closed",
    "and_more": "And {count} more.",
    "waits": "Waits",
    "waits_said": "{count} waits, {seconds} s in all; PDVSync asked for {limited} of them.",
    "states": "States that left",
    "rows": "Rejected records",
    "rows_in": "They are in {place}.",
    "rows_none": "None was kept.",
    "rows_shown": "{shown} of {found}",
    "search": "Search by key or words",
    "all_reasons": "All reasons",
    "key": "Key",
    "message": "What is wrong",
    "words": "The API's own words",
    "when": "When",
    "record": "Record",
    "status": "HTTP status",
    "masked": "Keys and values that could be a person's data are masked. `report --reveal` shows them.",
    "revealed": "This file shows people's data. Keep it as you keep the source.",
    "needs_script": "The list needs JavaScript, which is part of this file. It asks for nothing elsewhere.",
    "nothing": "No record was rejected.",
    "unreadable": "Lines that are no rows: {count}.",
}


@dataclass(frozen=True, slots=True)
class Language:
    """One language; `tag` as in HTML."""

    tag: str
    words: Mapping[str, str]
    reasons: Mapping[str, Advice]
    thousands: str
    decimal: str
    moment: str

    def __getitem__(self, name: str) -> str:
        return self.words[name]

    def say(self, name: str, **values: str) -> str:
        """A sentence with its values filled in."""
        return self.words[name].format(**values)

    def number(self, number: float) -> str:
        """A number as people write it: whole, or with one digit after the point.

        >>> LANGUAGES["pt-BR"].number(1234.5)
        '1.234,5'
        """
        text = f"{number:,}" if isinstance(number, int) else f"{number:,.1f}"
        return text.translate({ord(","): self.thousands, ord("."): self.decimal})

    def time(self, moment: datetime) -> str:
        """A moment, in UTC."""
        return f"{moment.strftime(self.moment)} UTC"

    def advice(self, reason: str) -> Advice | None:
        """What to tell about a reason; None for one that this version does not know."""
        return self.reasons.get(reason) or advice_in_english(reason)


LANGUAGES: Final[Mapping[str, Language]] = {
    "en": Language("en", WORDS_IN_ENGLISH, {}, ",", ".", "%Y-%m-%d %H:%M:%S"),
    "pt-BR": Language("pt-BR", WORDS_IN_PORTUGUESE, REASONS_IN_PORTUGUESE, ".", ",", "%d/%m/%Y %H:%M:%S"),
}

_LINK: Final = re.compile(r"\[([^\]]*)\]\([^)]*\)")


def plain(markdown: str) -> str:
    """The text without links and marks, for terminals and sheets.

    >>> plain("See [mapping.md](mapping.md), `cut(n)`.")
    'See mapping.md, cut(n).'
    """
    return _LINK.sub(r"\1", markdown).replace("`", "")
