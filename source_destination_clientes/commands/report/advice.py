"""What a reason means to people, and what they can do about it."""

from dataclasses import dataclass

from source_destination_clientes.rejection.explain import EXPLANATIONS
from source_destination_clientes.rejection.outcome import Reason


@dataclass(frozen=True, slots=True)
class Advice:
    """Markdown, with code and links at the most."""

    happened: str
    remedy: str


def advice_in_english(reason: str) -> Advice | None:
    """The text of docs/rejections.md; None for a reason that this version does not know."""
    explanation = EXPLANATIONS.get(Reason(reason)) if reason in set(Reason) else None
    return Advice(explanation.happened, explanation.remedy) if explanation else None
