"""What a reason means to people, and what they can do about it."""

from dataclasses import dataclass

from source_destination_clientes.rejection.explain import explain
from source_destination_clientes.rejection.outcome import Reason


@dataclass(frozen=True, slots=True)
class Advice:
    """Markdown, with code and links at the most."""

    happened: str
    remedy: str


def advice_in_english(reason: str) -> Advice | None:
    """The text of docs/rejections.md; None for a reason that this version does not know."""
    if reason not in set(Reason):
        return None
    explanation = explain(Reason(reason))
    return Advice(explanation.happened, explanation.remedy)
