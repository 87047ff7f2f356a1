"""What a field is filled with: a column, a literal, or an expression in the syntax of Airbyte's low-code CDK.

A plain column or literal costs no Jinja. Expressions are compiled once, in a sandbox, and see one name: `record`.

>>> compile_value("address.city", "x")({"address": {"city": "Recife"}})
'Recife'
>>> compile_value("'S/N'", "x")({})
'S/N'
>>> compile_value("{{ record.ddd ~ record.tel | digits }}", "x")({"ddd": 11, "tel": "9-8"})
'1198'
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, TypeAlias

from source_destination_clientes.cliente.lookup import column
from source_destination_clientes.cliente.readers.misfit import Misfit

Producer: TypeAlias = Callable[[Mapping[str, Any]], object]

_LITERAL: Final = re.compile(r"""\s*(?:'(?P<single>[^']*)'|"(?P<double>[^"]*)")\s*""")


class MappingError(Exception):
    """An expression failed on a record. The text says how, without the record's values."""


def compile_value(value: str, where: str) -> Producer:
    """Turn the `value` of an entry into a function of the record.

    Raises `ConfigError`, naming `where` and the position, when an expression does not compile.
    """
    if _is_expression(value):
        from source_destination_clientes.cliente.templates import compile_template  # noqa: PLC0415 - most need no Jinja

        return _guarded(compile_template(value, where))
    text = _literal(value)
    return column(value.strip()) if text is None else lambda _record: text


def simple_value(value: str) -> tuple[Literal["column", "literal"], str] | None:
    """The kind and text of a `value` that is a plain column or a literal; None for an expression or a path.

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


def _guarded(evaluate: Producer) -> Producer:
    def produce(record: Mapping[str, Any]) -> object:
        try:
            return evaluate(record)
        except Misfit:
            # A filter says of the value what a reader says.
            raise
        except Exception as error:  # noqa: BLE001 - any error of an expression rejects this record only
            raise MappingError(
                f"cannot be computed: the expression fails with {type(error).__name__}"
            ) from None

    return produce
