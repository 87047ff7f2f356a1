"""Learning what the records of a stream look like, and building the express that fits them."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec

from source_destination_clientes.cliente.bulk import column_coercers
from source_destination_clientes.cliente.bulk.column_coercers import Fit
from source_destination_clientes.cliente.bulk.mapper import Express, Part, Person, Reader
from source_destination_clientes.cliente.coerce import Coercer
from source_destination_clientes.cliente.fields import Field, FieldType

ReaderOf: TypeAlias = Callable[[type[Any]], Reader]
"""Makes what reads the records of one stream as a struct of this type."""

_ODD: Final = re.compile(r'["\\\x00-\x1f]')
"""What a name within a compiled type may not hold."""

_MOST_COLUMNS: Final = 500
_MOST_BUILDS: Final = 50
"""A source whose columns or types keep changing is left to the mapper."""


@dataclass(frozen=True, slots=True)
class Target:
    """A field and how its values are made to fit."""

    field: Field
    coerce: Coercer


@dataclass(frozen=True, slots=True)
class Plan:
    """What a mapping amounts to, when it needs no expression.

    `find` names the field that a column fills by its name; `columns` and `constants` are the fields the config fills from a
    column or with a literal; `watched` are columns whose presence calls for the mapper. `person_code` is pessoaFisica of a
    person where the document decides it, None where it does not. Coercers refuse what is too long: only the mapper may cut.
    """

    find: Callable[[str], Target | None]
    columns: Mapping[str, tuple[str, Target]]
    constants: Mapping[str, object]
    defaults: Mapping[str, object]
    required: frozenset[str]
    watched: frozenset[str]
    keyed: bool
    person_code: int | None


@dataclass(slots=True)
class Scout:
    """Learns columns and types of a stream from records that were mapped, and builds an express for them."""

    plan: Plan
    reader_of: ReaderOf
    express: Express | None = None
    _types: dict[str, type | None] = field(default_factory=dict)
    _builds: int = 0

    def study(self, record: Mapping[str, Any]) -> None:
        """Look at a record that the mapper mapped; what is new in it makes for another express."""
        if self._builds >= _MOST_BUILDS:
            return
        news = False
        for column, value in record.items():
            known = self._types.get(column)
            seen = _merged(known, _type_of(value))
            if seen is not known or column not in self._types:
                news, self._types[column] = True, seen
        if len(self._types) > _MOST_COLUMNS:
            self.express, self._builds = None, _MOST_BUILDS
        elif news:
            self.express = _build(self.plan, self._types, self.reader_of)
            self._builds += 1


def _type_of(value: object) -> type | None:
    """The type of a value, `date` for a text that looks like a day; None for a null, which tells nothing."""
    if type(value) is str:
        return date if len(value) == 10 and value[4] == value[7] == "-" else str
    return None if value is None else type(value)


def _merged(known: type | None, seen: type | None) -> type | None:
    """The type of a column that holds both; `object` when they have nothing in common."""
    if known is None or seen is None or known is seen:
        return seen if known is None else known
    return str if {known, seen} == {date, str} else object


def _build(plan: Plan, columns: Mapping[str, type | None], reader_of: ReaderOf) -> Express | None:
    """An express for records with these columns, each with the type it holds; None when it is not that simple."""
    sources = _sources(plan, columns)
    if not sources or any(_ODD.search(column) for column in columns):
        return None
    order = list(sources)
    fixed = {
        name: value for name, value in {**plan.defaults, **plan.constants}.items() if name not in sources
    }
    decided = plan.person_code is not None and "cpfCnpj" in sources
    derived = decided and "pessoaFisica" not in sources
    available = {*sources, *fixed, *(["pessoaFisica"] if derived else [])}
    # A body of nothing but what is the same for all would end in a comma; an object with a key has at least that.
    if not plan.required <= available or (("idRetaguarda" not in sources) if plan.keyed else bool(fixed)):
        return None
    typed = _typed(sources, columns)
    place = {column: number for number, column in enumerate(columns)}
    watched = [column for column in columns if column.lower() in plan.watched]
    head = msgspec.json.encode(fixed)[:-1]
    return Express(
        read=reader_of(_row(columns, typed, {column for column, _ in sources.values()} | set(watched))),
        parts=tuple(
            Part(place[column], (*_fit(target, typed.get(column)), *_rules(plan, name)))
            for name, (column, target) in sources.items()
        ),
        watched=tuple(Part(place[column], (column_coercers.absent,)) for column in watched),
        make=_payload([*order, *(["pessoaFisica"] if derived else [])]),
        head=head + (b"," if fixed else b""),
        key=order.index("idRetaguarda") if plan.keyed else None,
        person=_person(plan, order) if decided else None,
    )


def _sources(plan: Plan, columns: Iterable[str]) -> dict[str, tuple[str, Target]] | None:
    """The column of each field; None when two columns claim one field."""
    found: dict[str, tuple[str, Target]] = {}
    for name, (wanted, target) in plan.columns.items():
        spellings = {wanted, wanted.lower(), wanted.upper()} & set(columns)
        if len(spellings) > 1:
            return None
        if spellings:
            found[name] = (spellings.pop(), target)
    for column in columns:
        by_name = plan.find(column)
        if by_name is None:
            continue
        if by_name.field.name in found:
            return None
        found[by_name.field.name] = (column, by_name)
    return found


def _typed(sources: Mapping[str, tuple[str, Target]], columns: Mapping[str, type | None]) -> dict[str, Any]:
    """The columns that are read as one type, which makes sure of much that a coercer would look at."""
    users: dict[str, list[Target]] = {}
    for column, target in sources.values():
        users.setdefault(column, []).append(target)
    found = {}
    for column, targets in users.items():
        types = [_type_for(target.field, columns[column]) for target in targets]
        # A column that fills two fields has a type where both want the same of it.
        if types[0] is not None and all(each == types[0] for each in types):
            found[column] = types[0]
    return found


def _type_for(field: Field, seen: type | None) -> Any:
    """What a column of values like those seen is read as, to fill this field; None when the coercer must see each value."""
    if seen in {str, date, None}:
        if field.type is FieldType.TEXT:
            return (
                str if field.max_length is None else Annotated[str, msgspec.Meta(max_length=field.max_length)]
            )
        if field.type in {FieldType.DIGITS, FieldType.DOCUMENT}:
            return str
    if field.type is FieldType.CODE and seen is int:
        return Literal[tuple(field.codes or ())]
    if field.type is FieldType.FLAG and seen is bool:
        return bool
    return date if field.type is FieldType.DATE and seen is date else None


def _fit(target: Target, read_as: Any) -> tuple[Fit, ...]:
    """How the values of a column that is read as this type are made to fit; as it is, unless told otherwise."""
    if read_as is None:
        return (column_coercers.each(target.coerce),)
    by_type: Mapping[FieldType, Fit] = {
        FieldType.TEXT: column_coercers.texts,
        FieldType.DIGITS: column_coercers.digits(target.coerce, target.field.max_length),
        FieldType.DOCUMENT: column_coercers.documents(target.coerce),
    }
    fit = by_type.get(target.field.type)
    return () if fit is None else (fit,)


def _rules(plan: Plan, name: str) -> tuple[Fit, ...]:
    """What else a field asks of its values; of pessoaFisica only once the document has had its say."""
    if name == "pessoaFisica" and plan.person_code is not None:
        return ()
    default = (column_coercers.or_else(plan.defaults[name]),) if name in plan.defaults else ()
    return (*default, column_coercers.present) if name in plan.required else default


def _person(plan: Plan, order: Sequence[str]) -> Person:
    return Person(
        code=plan.person_code or 0,
        document=order.index("cpfCnpj"),
        given=order.index("pessoaFisica") if "pessoaFisica" in order else None,
        fits=(column_coercers.present,) if "pessoaFisica" in plan.required else (),
    )


def _row(columns: Iterable[str], typed: Mapping[str, Any], needed: set[str]) -> type[Any]:
    """What a record is read as; a column that is not known is an error, one that is not needed is skipped over."""

    def kind(column: str) -> Any:
        if column in typed:
            return typed[column] | None
        return Any if column in needed else msgspec.Raw

    names = {f"c{number}": column for number, column in enumerate(columns)}
    return msgspec.defstruct(
        "Row",
        [(name, kind(column), None) for name, column in names.items()],
        rename=names,
        forbid_unknown_fields=True,
        gc=False,
    )


def _payload(order: Sequence[str]) -> Callable[..., Any]:
    """What is encoded: absent values are left out."""
    return msgspec.defstruct("Payload", [(name, Any, None) for name in order], omit_defaults=True, gc=False)
