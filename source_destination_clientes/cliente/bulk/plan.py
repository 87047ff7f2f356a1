"""What the bulk mapper needs of a mapping: columns, literals and coercers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from source_destination_clientes.cliente.coerce import Coercer, CoercionRules, make_coercer
from source_destination_clientes.cliente.expressions import simple_value
from source_destination_clientes.cliente.mapping import ATTACHMENTS_COLUMN, DELETED_COLUMNS, StreamMapping
from source_destination_clientes.cliente.readers.misfit import Misfit
from source_destination_clientes.cliente.readers.nothing import make_nothing
from source_destination_clientes.manifest.objects import Field

_FOR_THE_MAPPER: Final = frozenset({ATTACHMENTS_COLUMN, *(name.lower() for name in DELETED_COLUMNS)})


@dataclass(frozen=True, slots=True)
class Target:
    """A field and its coercer."""

    field: Field
    coerce: Coercer


@dataclass(frozen=True, slots=True)
class Plan:
    """A mapping that needs no expression.

    `targets` are the fields by name. `columns` and `literals` are the fields that the config fills: the column's name, the
    coerced value.
    """

    mapping: StreamMapping
    targets: Mapping[str, Target]
    columns: Mapping[str, str]
    literals: Mapping[str, object]

    @property
    def constants(self) -> Mapping[str, object]:
        """The values that are the same in every record, unless a column fills the field."""
        return {**self.mapping.defaults, **self.literals}

    @property
    def deduces_person(self) -> bool:
        """Whether the document decides about pessoaFisica."""
        return "pessoaFisica" in self.mapping.required

    @property
    def nothing(self) -> frozenset[str]:
        """The words for nothing."""
        return make_nothing(self.mapping.values.nothing).words

    def find(self, column: str) -> Target | None:
        """The field that a column fills by its name."""
        field = self.mapping.find(column)
        return self.targets[field.name] if field else None

    def is_for_the_mapper(self, column: str) -> bool:
        """Whether a record with a value in this column goes to the mapper: it deletes, or brings attachments."""
        return self.mapping.keyed and column.lower() in _FOR_THE_MAPPER


def make_plan(mapping: StreamMapping) -> Plan | None:
    """The plan of a mapping, None when the bulk mapper cannot follow it: for expressions, paths, and deletions of everything."""
    if mapping.soft_delete:
        return None
    targets = _targets(mapping)
    columns: dict[str, str] = {}
    literals: dict[str, object] = {}
    for name, value in mapping.entries.items():
        simple = simple_value(value)
        if simple is None:
            return None
        kind, text = simple
        if kind == "column":
            columns[name] = text
            continue
        try:
            literals[name] = targets[name].coerce(text)
        except Misfit:
            # Every record is rejected for it, and the rejections are the mapper's.
            return None
    return Plan(mapping, targets, columns, {name: value for name, value in literals.items() if value != ""})


def _targets(mapping: StreamMapping) -> Mapping[str, Target]:
    rules = CoercionRules(mapping.values, mapping.id_inquilino, mapping.today)
    return {name: Target(field, make_coercer(field, rules)) for name, field in mapping.fields.items()}
