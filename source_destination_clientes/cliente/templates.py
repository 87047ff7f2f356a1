"""Expressions in the syntax of Airbyte's low-code CDK: Jinja in a sandbox that finds columns as the mapper does."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from jinja2 import StrictUndefined, TemplateError, Undefined
from jinja2.compiler import CodeGenerator, Frame
from jinja2.nodes import Concat
from jinja2.sandbox import ImmutableSandboxedEnvironment

from source_destination_clientes.cliente.filters import FILTERS, text
from source_destination_clientes.cliente.lookup import in_any_case, opened
from source_destination_clientes.errors import ConfigError

_WHOLE: Final = re.compile(r"\s*\{\{(?P<inner>.*)\}\}\s*", re.DOTALL)


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
            return lambda record: evaluate(record=record)
        template = environment.from_string(value)
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        position = f" (line {line})" if line else ""
        raise ConfigError(
            f"{where}: the expression does not compile{position}: {str(error).rstrip('.')}."
        ) from None
    return lambda record: template.render(record=record)


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
        return "".join(map(text, parts))


def _environment() -> ImmutableSandboxedEnvironment:
    environment = _Environment(undefined=_Lenient, autoescape=False, finalize=_written)
    environment.globals.clear()
    environment.filters.update(FILTERS)
    return environment


class _Lenient(Undefined):
    """An absent column is empty. Reading an attribute of it is an error, which rejects the record."""

    __getattr__ = StrictUndefined.__getattr__


def _written(value: object) -> object:
    """The text of an expression with text around it: nothing for a null."""
    return "" if value is None else value
