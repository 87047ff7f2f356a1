"""Expressions in the syntax of Airbyte's low-code CDK: Jinja in a sandbox that finds columns as the mapper does."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias

from jinja2 import StrictUndefined, TemplateError, Undefined
from jinja2.compiler import CodeGenerator, Frame
from jinja2.nodes import Concat
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from source_destination_clientes.cliente.bounds import (
    OPERATORS,
    bounded_filters,
    checked,
    compute,
    joined,
    judge_call,
    time_limit,
)
from source_destination_clientes.cliente.filters import FILTERS, text
from source_destination_clientes.cliente.lookup import in_any_case, opened
from source_destination_clientes.errors import ConfigError

_SLOW: Final = ("regex_search", "{%", "map", "select", "reject", "sort", "groupby", "unique")
"""Loops, and patterns that backtrack."""

_WHOLE: Final = re.compile(r"\s*\{\{(?P<inner>.*)\}\}\s*", re.DOTALL)


Producer: TypeAlias = Callable[[Mapping[str, Any]], object]


def compile_template(value: str, where: str) -> Callable[[Mapping[str, Any]], object]:
    """Turn an expression into a function of the record. The function raises whatever the expression raises.

    Raises `ConfigError`, naming `where` and the position, when it does not compile.
    """
    environment = _environment()
    try:
        whole = _WHOLE.fullmatch(value)
        if whole and "{{" not in whole["inner"]:
            # An expression alone keeps the type of its value; with text around it everything becomes text.
            evaluate = environment.compile_expression(whole["inner"], undefined_to_none=True)
            return _timed(value, lambda record: checked(evaluate(record=record)))
        template = environment.from_string(value)
    except Exception as error:  # noqa: BLE001 - compiling computes too, and whatever goes wrong is the entry's
        line = getattr(error, "lineno", None)
        position = f" (line {line})" if line else ""
        said = str(error).rstrip(".") if isinstance(error, TemplateError) else type(error).__name__
        raise ConfigError(f"{where}: the expression does not compile{position}: {said}.") from None
    return _timed(value, lambda record: joined(template.generate(record=record)))


def _timed(value: str, evaluate: Producer) -> Producer:
    """With a limit of time, where the expression has something that can take long: setting an alarm costs as much as a filter."""
    if not any(word in value for word in _SLOW):
        return evaluate

    def produce(record: Mapping[str, Any]) -> object:
        with time_limit():
            return evaluate(record)

    return produce


class _Generator(CodeGenerator):
    """Joins with `~` as people expect: a null is empty, not the word None in the middle of a name."""

    def visit_Concat(self, node: Concat, frame: Frame) -> None:  # noqa: N802 - the name is Jinja's
        self.write("environment.joined((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")


class _Environment(ImmutableSandboxedEnvironment):
    """Finds a column before a method of the same name, and also in lower or upper case, as the mapper does."""

    code_generator_class = _Generator
    intercepted_binops = OPERATORS

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ARG002 - as Jinja calls it
        return compute(operator, left, right)

    def call(self, context: Context, obj: Any, *arguments: Any, **named: Any) -> Any:
        judge_call(obj, arguments, named)
        return checked(super().call(context, obj, *arguments, **named))

    def getattr(self, obj: Any, attribute: str) -> Any:
        obj = opened(obj)
        if not isinstance(obj, Mapping):
            return super().getattr(obj, attribute)
        if attribute in obj:
            return obj[attribute]
        found = super().getattr(obj, attribute)
        other = in_any_case(obj, attribute) if isinstance(found, Undefined) else None
        return found if other is None else other

    def getitem(self, obj: Any, argument: Any) -> Any:
        return super().getitem(opened(obj), argument)

    @staticmethod
    def joined(parts: Iterable[object]) -> str:
        return joined(map(text, parts))


def _environment() -> ImmutableSandboxedEnvironment:
    environment = _Environment(undefined=_Lenient, autoescape=False, finalize=_written)
    environment.globals.clear()
    environment.filters.update(FILTERS)
    environment.filters.update(bounded_filters(environment.filters))
    return environment


class _Lenient(Undefined):
    """An absent column is empty. Reading an attribute of it is an error, which rejects the record."""

    __getattr__ = StrictUndefined.__getattr__


def _written(value: object) -> object:
    """The text of an expression with text around it: nothing for a null."""
    return "" if value is None else value
