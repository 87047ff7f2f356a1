"""From YAML text to plain data: one reading of each text, references taken in, every mistake with its line or its place."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from source_destination_clientes.errors import ConfigError

_REFERENCE: Final = "$ref"
_START: Final = "#/definitions/"
_MOST_REFERENCES: Final = 10
"""References within references: more than anybody writes, so a circle."""
_STARTS: Final = frozenset({"SequenceStartEvent", "MappingStartEvent"})
_ENDS: Final = frozenset({"SequenceEndEvent", "MappingEndEvent"})
_DEEPEST: Final = 50
"""Parts within parts: more than anybody writes. What YAML needs to read a text grows with the square of its depth."""
_LONGEST: Final = 100_000
"""Characters in one text. The shipped manifest has 15 thousand."""


def read_yaml(text: str, where: str) -> Any:
    """The data in a YAML text; `where` names it in messages.

    Raises `ConfigError` with the line for what is no YAML, for a name that stands twice in one place, for a text that is too
    long or nested too deeply, and for anchors: a reference says the same and can be checked.
    """
    import yaml  # noqa: PLC0415 - the shipped manifest comes compiled: only who reads YAML pays for the import

    if len(text) > _LONGEST:
        raise ConfigError(f"{where} has {len(text)} characters; at most {_LONGEST} are taken.")
    try:
        _check_events(yaml.parse(text, Loader=yaml.CSafeLoader), where)
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
        return None if node is None else _data(node, where)
    except yaml.MarkedYAMLError as error:
        words = " ".join(part for part in (error.context, error.problem) if part)
        raise _trouble(where, error.problem_mark or error.context_mark, words) from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{where} is no YAML: {str(error).splitlines()[0]}.") from None
    except UnicodeEncodeError as error:
        raise ConfigError(
            f"{where}, line {text.count(chr(10), 0, error.start) + 1}: half a character, which no text may hold."
        ) from None


def _check_events(events: Iterable[Any], where: str) -> None:
    """What a text may not hold, seen while it is read: before it costs time or memory."""
    depth = 0
    for event in events:
        kind = type(event).__name__
        if kind == "AliasEvent":
            raise _trouble(where, event.start_mark, "anchors and aliases are not taken; use $ref")
        if kind in _STARTS:
            depth += 1
        elif kind in _ENDS:
            depth -= 1
        if depth > _DEEPEST:
            raise _trouble(where, event.start_mark, f"nested too deeply; at most {_DEEPEST} levels are taken")


def _data(node: Any, where: str) -> Any:
    """A node as plain data: texts, numbers, true, false, null, lists and mappings; a date stays the text it was."""
    if node.id == "sequence":
        return [_data(each, where) for each in node.value]
    if node.id == "scalar":
        return _scalar(node, where)
    found: dict[str, Any] = {}
    for key, value in node.value:
        if key.id != "scalar":
            raise _trouble(where, key.start_mark, "a name must be a plain text or a number")
        if key.value in found:
            raise _trouble(where, key.start_mark, f"{key.value!r} stands twice in one place")
        found[key.value] = _data(value, where)
    return found


def _scalar(node: Any, where: str) -> object:
    kind, text = node.tag.rpartition(":")[2], node.value
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() in {"true", "yes", "on"}
    try:
        if kind == "int":
            return int(text)
        if kind == "float":
            return float(text)
    except ValueError:
        raise _trouble(where, node.start_mark, "a number in a form that is not taken") from None
    return text


def _trouble(where: str, mark: Any, words: str) -> ConfigError:
    line = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
    return ConfigError(f"{where}{line}: {words}.")


def resolve(data: Any, definitions: Mapping[str, Any], where: str) -> Any:
    """Data with every `$ref: "#/definitions/…"` replaced by what it names; what stands beside a reference wins.

    Raises `ConfigError` with the place for a reference to nothing, and for one that leads to itself.
    """
    return _resolved(data, definitions, where, 0)


def _resolved(data: Any, definitions: Mapping[str, Any], place: str, depth: int) -> Any:
    if isinstance(data, list):
        return [_resolved(each, definitions, f"{place}[{at}]", depth) for at, each in enumerate(data)]
    if not isinstance(data, Mapping):
        return data
    found: dict[str, Any] = {}
    for name, value in data.items():
        if name == _REFERENCE:
            taken = _referred(value, definitions, place, depth)
            found |= {each: taken[each] for each in taken if each not in data}
        else:
            found[name] = _resolved(value, definitions, f"{place}.{name}", depth)
    return found


def _referred(reference: object, definitions: Mapping[str, Any], place: str, depth: int) -> Any:
    if not isinstance(reference, str) or not reference.startswith(_START):
        raise ConfigError(f'{place}.{_REFERENCE} must look like "{_START}name".')
    if depth >= _MOST_REFERENCES:
        raise ConfigError(f"{place}.{_REFERENCE} leads to itself.")
    found: Any = definitions
    for step in reference.removeprefix(_START).split("/"):
        found = found.get(step) if isinstance(found, Mapping) else None
    if not isinstance(found, Mapping):
        known = ", ".join(definitions) or "none"
        raise ConfigError(f"{place}.{_REFERENCE}: there is no {reference!r}. Definitions: {known}.")
    return _resolved(found, definitions, place, depth + 1)
