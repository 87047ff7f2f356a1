"""What is wrong with a config, in sentences of our own that never quote a value.

A sentence names the option as the form shows it, its path in the config, and what is expected there. What is expected comes from
the declaration of the option, so it is the same whichever way a value is wrong.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from types import NoneType, UnionType
from typing import Any, Final, Literal, TypeAlias, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo

Step: TypeAlias = str | int

_PLAIN: Final[Mapping[Any, str]] = {bool: "true or false", str: "a text", SecretStr: "a text"}
_UNIONS: Final = (Union, UnionType)
_NUMBERS: Final[Mapping[Any, str]] = {int: "a whole number", float: "a number"}


def sentences(error: ValidationError, model: type[BaseModel]) -> str:
    """One sentence for each mistake that validating a config by `model` has found."""
    return " ".join(_sentence(problem, model) for problem in error.errors(include_input=False))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a mistake is: the path an operator would look for, the option there, and the type that it or its entry has."""

    path: str
    option: FieldInfo | None
    kind: Any

    def __str__(self) -> str:
        if not self.path:
            return "The config"
        return f'"{self.option.title}" ({self.path})' if self.option else self.path


def _sentence(problem: Mapping[str, Any], model: type[BaseModel]) -> str:
    place = _locate(problem["loc"], model)
    match problem["type"]:
        case "missing":
            return f"{place} is required and missing."
        case "value_error":
            return f"{place}: {problem['ctx']['error']}."
        case "union_tag_not_found" | "union_tag_invalid":
            tag = place.option.discriminator if place.option else None
            return f"{place} needs {tag}: {_either(_tags(place.kind))}."
        case "string_type" if place.kind in _PLAIN:
            return f"{place} must be a text: put it in quotes."
        case "extra_forbidden":
            return _unknown(str(problem["loc"][-1]), place)
    return f"{place} must be {expected(place.kind, place.option)}."


def _unknown(name: str, place: _Place) -> str:
    """A property that does not exist. Its name may be shown, unlike its value."""
    known = list(place.kind.model_fields)
    near = get_close_matches(name, known, 1)
    remedy = f"Did you mean {near[0]}?" if near else f"It has: {', '.join(known)}."
    return f"{place} has no property {name!r}. {remedy}"


def _locate(steps: Iterable[Step], model: type[BaseModel]) -> _Place:
    """Follow the steps of pydantic: names of options, numbers of entries, and tags of branches, which no operator looks for."""
    path, option, kind = "", None, _bare(model)
    for step in steps:
        if isinstance(step, int):
            path, kind = f"{path}[{step}]", _bare(get_args(kind)[0])
        elif step in (branches := _branches(kind)):
            kind = branches[step]
        elif step in (options := getattr(kind, "model_fields", {})):
            option = options[step]
            path, kind = f"{path}.{step}".lstrip("."), _bare(option.annotation)
    return _Place(path, option, kind)


def expected(kind: Any, option: FieldInfo | None = None) -> str:
    """What a value of this type has to be, within the bounds of its option: `a whole number from 1 to 1000`."""
    if get_origin(kind) is tuple:
        return "a list"
    if get_origin(kind) is Literal:
        return _either(get_args(kind))
    if kind in _NUMBERS:
        return _NUMBERS[kind] + _range(option.metadata if option else ())
    if kind not in _PLAIN:
        tag = option.discriminator if option else None
        return f"an object with {tag}: {_either(_tags(kind))}" if tag else "an object"
    extra = option.json_schema_extra if option else None
    if isinstance(extra, dict) and "pattern_descriptor" in extra:
        return f"{_PLAIN[kind]} of the form {extra['pattern_descriptor']}"
    empty = any(hasattr(bound, "min_length") for bound in option.metadata) if option else False
    return f"{_PLAIN[kind]}{' that is not empty' if empty else ''}"


def _range(bounds: Sequence[object]) -> str:
    least, most = (
        next((f"{getattr(bound, name):g}" for bound in bounds if hasattr(bound, name)), None)
        for name in ("ge", "le")
    )
    if least is None:
        return "" if most is None else f" of at most {most}"
    return f" of at least {least}" if most is None else f" from {least} to {most}"


def _bare(annotation: Any) -> Any:
    """The type without `or None`; several that remain stay a union."""
    if get_origin(annotation) not in _UNIONS:
        return annotation
    kinds = [kind for kind in get_args(annotation) if kind is not NoneType]
    return kinds[0] if len(kinds) == 1 else annotation


def _branches(kind: Any) -> dict[str, type[BaseModel]]:
    """The branches of a choice, by the values that tell them apart."""
    if get_origin(kind) not in _UNIONS:
        return {}
    return {tag: branch for branch in get_args(kind) for tag in _constants(branch)}


def _constants(branch: type[BaseModel]) -> Iterator[str]:
    """The constant of a branch is its first option."""
    yield from get_args(next(iter(branch.model_fields.values())).annotation)


def _tags(kind: Any) -> Sequence[str]:
    return tuple(_branches(kind))


def _either(choices: Sequence[object]) -> str:
    *others, last = map(str, choices)
    return f"{', '.join(others)} or {last}" if others else last
