"""What is wrong with a config, in sentences that never quote a value."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from pydantic import ValidationError

from source_destination_clientes.settings.attachments import Attachments
from source_destination_clientes.settings.connection import Credentials, Environment
from source_destination_clientes.settings.delivery import StoreStatus
from source_destination_clientes.settings.rejections import Storage

_ADVICE: Final = {
    "missing": "is required and missing.",
    "union_tag_not_found": "needs its type: choose one of the options.",
    "union_tag_invalid": "has a type that does not exist: choose one of the options.",
}


def sentences(error: ValidationError) -> str:
    """One sentence for each mistake."""
    return " ".join(_sentence(problem) for problem in error.errors(include_input=False))


def _sentence(problem: Mapping[str, Any]) -> str:
    place = ".".join(str(part) for part in problem["loc"] if part not in _TAGS) or "the config"
    words = _ADVICE.get(str(problem["type"]))
    if words is None:
        text = str(problem["msg"]).removeprefix("Value error, ")
        words = f"is wrong: {text[0].lower()}{text[1:]}."
    return f"{place} {words}"


def _tags(choices: Iterable[Any]) -> Iterator[str]:
    """The values that tell branches apart; pydantic puts them into the place of a mistake, where no operator looks."""
    for branch in (branch for choice in choices for branch in choice.__args__):
        yield from next(iter(branch.model_fields.values())).annotation.__args__


_TAGS: Final = frozenset(_tags((Environment, Credentials, StoreStatus, Attachments, Storage)))
