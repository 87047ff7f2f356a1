"""What pydantic finds wrong with a declaration, in sentences that name the place and quote no value."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from source_destination_clientes.errors import ConfigError
from source_destination_clientes.manifest import components
from source_destination_clientes.manifest.components import NAME, PATH, Component
from source_destination_clientes.manifest.nearest import nearest

_Read = TypeVar("_Read", bound=Component)

_COMPONENTS: Final = frozenset(
    name
    for name, value in vars(components).items()
    if isinstance(value, type) and issubclass(value, Component)
)
"""pydantic puts the component it read something as into the place of a mistake, where nobody wrote it."""

_WORDS: Final = {
    "missing": "is missing.",
    "union_tag_not_found": "needs a `type`.",
    "int_type": "must be a whole number.",
    "string_type": "must be a text; put quotes around what YAML would take for something else.",
    "bool_type": "must be true or false.",
    "tuple_type": "must be a list.",
    "model_type": "must hold properties.",
    "dict_type": "must hold properties.",
    "mapping_type": "must hold properties.",
    "too_short": "must not be empty.",
}
_PATTERNS: Final = {
    NAME: "must be letters without accents, digits and _, a letter first.",
    PATH: "must be a path below /api/retaguarda/, like v3/dadosdinamicos/down/777/1: no address, no dots.",
}
_EITHER: Final = {
    "default": "must be a text, a whole number, or true or false.",
    "path": _PATTERNS[PATH],
}
"""Properties that are one thing or another: pydantic has a mistake for each, and a reader wants one."""
_MOST: Final = 10
"""Mistakes told at once."""


def read_component(model: type[_Read], encoded: bytes, where: str = "") -> _Read:
    """A component from JSON. Raises `ConfigError` with one sentence for each mistake; `where` goes before each place."""
    try:
        return model.model_validate_json(encoded)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)
        sentences = list(dict.fromkeys(_sentence(each, where) for each in found))
        more = [f"And {len(sentences) - _MOST} more."] if len(sentences) > _MOST else []
        raise ConfigError(" ".join(sentences[:_MOST] + more)) from None


def place_of(where: str, steps: Iterable[str | int]) -> str:
    """A path as people write it: `discover.operations[1].schema.properties.cep`."""
    text = where
    for step in steps:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text


def _sentence(problem: Any, where: str) -> str:
    steps = [step for step in problem["loc"] if not _is_added(step)]
    kind = problem["type"]
    place = place_of(where, steps) or "The manifest"
    if len(problem["loc"]) > 1 and problem["loc"][-2] in _EITHER and kind != "extra_forbidden":
        return f"{place_of(where, [step for step in problem['loc'][:-1] if not _is_added(step)])} {_EITHER[problem['loc'][-2]]}"
    if kind == "extra_forbidden":
        return f"{place} does not exist here.{_advice(problem['loc'])}"
    if kind in {"union_tag_invalid", "enum", "literal_error"}:
        given = f"{place}.type" if kind == "union_tag_invalid" else place
        context = problem["ctx"]
        return f"{given} must be one of {context.get('expected_tags') or context.get('expected')}."
    if kind == "string_pattern_mismatch":
        return f"{place} {_PATTERNS[problem['ctx']['pattern']]}"
    if kind == "too_long":
        return f"{place} holds {problem['ctx']['actual_length']}; at most {problem['ctx']['max_length']} is taken."
    return f"{place} {_WORDS.get(kind) or _lowered(problem['msg'])}"


def _is_added(step: str | int) -> bool:
    return isinstance(step, str) and (step in _COMPONENTS or "[" in step or step == "constrained-str")


def _advice(loc: Sequence[str | int]) -> str:
    """The property that was meant, where the component is known by its name in the place."""
    properties = {
        field.alias or name
        for value in (getattr(components, name) for name in _COMPONENTS)
        for name, field in value.model_fields.items()
    }
    return nearest(str(loc[-1]), properties)


def _lowered(message: str) -> str:
    text = message.removeprefix("Value error, ")
    return f"is wrong: {text[0].lower()}{text[1:]}."
