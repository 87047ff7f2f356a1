"""What a field is filled with: a column, a literal, or an expression in the syntax of Airbyte's low-code CDK.

A plain column or literal costs no Jinja. Expressions are compiled once, in a sandbox, and see one name: `record`.

>>> compile_value("address.city", "x")({"address": {"city": "Recife"}})
'Recife'
>>> compile_value("'S/N'", "x")({})
'S/N'
>>> compile_value("{{ record.ddd ~ record.tel | digits }}", "x")({"ddd": 11, "tel": "9-8"})
'1198'
"""

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

from jinja2 import StrictUndefined, TemplateError, Undefined
from jinja2.compiler import CodeGenerator, Frame
from jinja2.nodes import Concat
from jinja2.sandbox import ImmutableSandboxedEnvironment

from source_destination_clientes.cliente.words import UF_WORDS, plain
from source_destination_clientes.errors import ConfigError

Producer: TypeAlias = Callable[[Mapping[str, Any]], object]

_WHOLE: Final = re.compile(r"\s*\{\{(?P<inner>.*)\}\}\s*", re.DOTALL)
_LITERAL: Final = re.compile(r"""\s*(?:'(?P<single>[^']*)'|"(?P<double>[^"]*)")\s*""")


class MappingError(Exception):
    """An expression failed on a record; the text says how, without the record's values."""


def compile_value(value: str, where: str) -> Producer:
    """Turn the `value` of an entry into a function of the record.

    Raises `ConfigError`, naming `where` and the position, when an expression does not compile.
    """
    if _is_expression(value):
        return _expression(value, where)
    text = _literal(value)
    return _column(value.strip()) if text is None else lambda _record: text


def simple_value(value: str) -> tuple[Literal["column", "literal"], str] | None:
    """What a `value` is when it needs neither an expression nor a path.

    >>> simple_value("'S/N'"), simple_value("city"), simple_value("address.city")
    (('literal', 'S/N'), ('column', 'city'), None)
    """
    if _is_expression(value):
        return None
    text = _literal(value)
    if text is not None:
        return "literal", text
    return None if "." in value else ("column", value.strip())


def _is_expression(value: str) -> bool:
    return "{{" in value or "{%" in value


def _literal(value: str) -> str | None:
    found = _LITERAL.fullmatch(value)
    return (found["single"] if found["single"] is not None else found["double"]) if found else None


def _column(name: str) -> Producer:
    """A column by its whole name, else by the path its dots describe."""
    steps = name.split(".")

    def produce(record: Mapping[str, Any]) -> object:
        if name in record or len(steps) == 1:
            return _in_any_case(record, name)
        found: object = record
        for step in steps:
            if isinstance(found, list) and step.isdecimal():
                found = found[int(step)] if int(step) < len(found) else None
            else:
                found = _in_any_case(found, step) if isinstance(found, Mapping) else None
        return found

    return produce


def _in_any_case(columns: Mapping[str, Any], name: str) -> object:
    """The column of this name, else of this name in lower or upper case, as databases and warehouses rename them."""
    if name in columns:
        return columns[name]
    lower = name.lower()
    return columns[lower] if lower in columns else columns.get(name.upper())


def _expression(value: str, where: str) -> Producer:
    environment = _environment()
    try:
        whole = _WHOLE.fullmatch(value)
        if whole and "{{" not in whole["inner"]:
            # Alone, an expression keeps the type of its value; within text everything becomes text.
            evaluate = environment.compile_expression(whole["inner"], undefined_to_none=True)
            return _guarded(lambda record: evaluate(record=record))
        template = environment.from_string(value)
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        position = f" (line {line})" if line else ""
        raise ConfigError(f"{where}: the expression does not compile{position}: {error}.") from None
    return _guarded(lambda record: template.render(record=record))


def _guarded(evaluate: Callable[[Mapping[str, Any]], object]) -> Producer:
    def produce(record: Mapping[str, Any]) -> object:
        try:
            return evaluate(record)
        except Exception as error:  # noqa: BLE001 - whatever goes wrong within an expression rejects this record only
            raise MappingError(
                f"cannot be computed: the expression fails with {type(error).__name__}"
            ) from None

    return produce


class _Generator(CodeGenerator):
    """Joins with `~` as people mean it: a null is empty, not the word None within a name."""

    def visit_Concat(self, node: Concat, frame: Frame) -> None:  # noqa: N802 - the name is Jinja's
        self.write("environment.joined((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")


class _Environment(ImmutableSandboxedEnvironment):
    """Finds columns before methods of the same name, and in lower or upper case besides, as a plain column is found."""

    code_generator_class = _Generator

    def getattr(self, obj: Any, attribute: str) -> Any:
        if not isinstance(obj, Mapping):
            return super().getattr(obj, attribute)
        if attribute in obj:
            return obj[attribute]
        found = super().getattr(obj, attribute)
        other = _in_any_case(obj, attribute) if isinstance(found, Undefined) else None
        return found if other is None else other

    @staticmethod
    def joined(parts: Iterable[object]) -> str:
        return "".join(map(_text, parts))


def _environment() -> ImmutableSandboxedEnvironment:
    environment = _Environment(undefined=_Lenient, autoescape=False, finalize=_written)
    environment.globals.clear()
    environment.filters.update(FILTERS)
    return environment


class _Lenient(Undefined):
    """A column that is absent is empty; an attribute of it is a mistake that the record must show."""

    __getattr__ = StrictUndefined.__getattr__


def _written(value: object) -> object:
    """What an expression within text writes: nothing for a null."""
    return "" if value is None else value


def _text(value: object) -> str:
    return "" if value is None or isinstance(value, Undefined) else str(value)


def _digits(value: object) -> str:
    return re.sub(r"[^0-9]", "", _text(value))


def _cut(value: object, length: int) -> str:
    return _text(value)[:length].rstrip()


def _date(value: object, form: str) -> str | None:
    """A date written as `form` (`%Y%m%d`), as YYYY-MM-DD; nothing for an empty value."""
    text = _text(value).strip()
    return datetime.strptime(text, form).date().isoformat() if text else None  # noqa: DTZ007 - a calendar day has no zone


def _code(value: object, codes: Mapping[object, object]) -> object:
    """The code of a word; words are compared without case and accents."""
    if value in codes:
        return codes[value]
    by_word = {plain(str(word)): code for word, code in codes.items()}
    return by_word.get(plain(_text(value)))


def _first_name(value: object) -> str:
    return (_text(value).split() or [""])[0]


def _last_name(value: object) -> str:
    return " ".join(_text(value).split()[1:])


def _after_last(value: object, mark: str) -> str:
    """What follows the last `mark`: the number in `Rua A, 12`. Empty when there is no mark."""
    head, found, tail = _text(value).rpartition(mark)
    return tail.strip() if found and head else ""


def _before_last(value: object, mark: str) -> str:
    head, found, _tail = _text(value).rpartition(mark)
    return head.strip() if found else _text(value).strip()


def _phone(value: object) -> str:
    """The digits of a Brazilian telephone without the country code: area code and number, as the tills keep it."""
    digits = _digits(value)
    return digits[2:] if digits.startswith("55") and len(digits) in (12, 13) else digits


def _uf(value: object) -> str:
    """The two letters of a Brazilian state given by name; anything else as it is."""
    return UF_WORDS.get(plain(_text(value)), _text(value).strip())


def _regex_search(value: object, pattern: str) -> str:
    match = re.search(pattern, _text(value))
    return (match[1] if match.groups() else match[0]) if match else ""


def _hash(value: object, hash_type: str = "md5", salt: str | None = None) -> str:
    return hashlib.new(hash_type, (_text(value) + (salt or "")).encode(), usedforsecurity=False).hexdigest()


FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "digits": _digits,
    "trim": lambda value: _text(value).strip(),
    "cut": _cut,
    "date": _date,
    "code": _code,
    "first_name": _first_name,
    "last_name": _last_name,
    "after_last": _after_last,
    "before_last": _before_last,
    "phone": _phone,
    "uf": _uf,
    "string": _text,
    "hash": _hash,
    "base64encode": lambda value: base64.b64encode(_text(value).encode()).decode(),
    "base64decode": lambda value: base64.b64decode(_text(value)).decode(),
    "regex_search": _regex_search,
}
"""Filters beside Jinja's own; the last five are those of Airbyte's low-code CDK."""
