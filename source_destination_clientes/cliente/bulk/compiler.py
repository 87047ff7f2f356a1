"""Compiling the bulk mapper of a stream from its plan and from the columns and types seen so far.

The struct of a record is where the speed comes from: msgspec decodes a record in one go and checks types, lengths, codes and dates on
the way. Each check that the struct makes is one that no Python code has to make for each value.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec

from source_destination_clientes.cliente.bulk import column_coercers
from source_destination_clientes.cliente.bulk.column_coercers import ColumnCoercer, OneByOne
from source_destination_clientes.cliente.bulk.mapper import (
    BulkMapper,
    ColumnPlan,
    LineReader,
    PessoaFisicaRule,
)
from source_destination_clientes.cliente.bulk.plan import Plan, Target
from source_destination_clientes.cliente.coerce import CoercionRules
from source_destination_clientes.cliente.mapped import ValueCounts
from source_destination_clientes.manifest.objects import Field, Reader

ReaderOf: TypeAlias = Callable[[type[Any]], LineReader]
"""Makes the reader that decodes the records of one stream as a struct of this type."""

_NOT_A_STRUCT_NAME: Final = re.compile(r'["\\\x00-\x1f]')
"""Characters that msgspec does not allow in the name of a struct's field."""

_TEXTS: Final = frozenset({Reader.TEXT, Reader.HOUSE_NUMBER})
_READ_AS_TEXT: Final = frozenset(
    {Reader.DIGITS, Reader.PHONE, Reader.POSTAL_CODE, Reader.STATE, Reader.EMAIL, Reader.DOCUMENT}
)


@dataclass(frozen=True, slots=True)
class _Source:
    """The column that fills a field."""

    column: str
    target: Target


def compile_bulk_mapper(
    plan: Plan,
    columns: Mapping[str, type | None],
    reader_of: ReaderOf,
    counts: ValueCounts,
    *,
    lenient: bool = False,
) -> BulkMapper | None:
    """A bulk mapper for records with these columns and types, None when only the mapper can map them.

    A `lenient` one looks at each value and leaves out what does not fit, as the mapper does: for the rows the other declines.

    A type is None for a column that had nothing but nulls, `date` for texts that look like a day, `object` for mixed values.
    """
    sources = _find_sources(plan, columns)
    if not sources or any(_NOT_A_STRUCT_NAME.search(column) for column in columns):
        return None
    fixed = {name: value for name, value in plan.constants.items() if name not in sources}
    deduces = plan.deduces_person and "cpfCnpj" in sources
    # A literal would have to be corrected by the document, and that is for the mapper to count.
    if deduces and "pessoaFisica" in plan.literals:
        return None
    added = ["pessoaFisica"] if deduces and "pessoaFisica" not in sources else []
    if not plan.mapping.required <= {*sources, *fixed, *added}:
        return None
    # With nothing but fixed values a body would end in a comma. An object with a key has at least that.
    if ("idRetaguarda" not in sources) if plan.mapping.keyed else bool(fixed):
        return None
    read_as = {} if lenient else _types_to_read(sources, columns)
    watched = [column for column in columns if plan.is_for_the_mapper(column)]
    needed = {source.column for source in sources.values()} | set(watched)
    position = {column: at for at, column in enumerate(columns)}
    order = list(sources)
    return BulkMapper(
        read=reader_of(_record_struct(columns, read_as, needed)),
        columns=tuple(
            ColumnPlan(
                position[source.column], _coercers(plan, source, read_as.get(source.column), lenient=lenient)
            )
            for source in sources.values()
        ),
        watched=tuple(ColumnPlan(position[column], (column_coercers.forbidden,)) for column in watched),
        make=_body_struct([*order, *added]),
        head=msgspec.json.encode(fixed)[:-1] + (b"," if fixed else b""),
        key=order.index("idRetaguarda") if plan.mapping.keyed else None,
        person=_person_rule(plan, order) if deduces else None,
        judged={name: at for at, name in enumerate(order) if name in counts.judged},
        counts=counts,
    )


def _find_sources(plan: Plan, columns: Iterable[str]) -> dict[str, _Source] | None:
    """The source of each field by name; None when two columns could fill one field."""
    found: dict[str, _Source] = {}
    for name, wanted in plan.columns.items():
        spellings = {wanted, wanted.lower(), wanted.upper()} & set(columns)
        if len(spellings) > 1:
            return None
        if spellings:
            found[name] = _Source(spellings.pop(), plan.targets[name])
    for column in columns:
        target = plan.find(column)
        if target is None:
            continue
        if target.field.name in found:
            return None
        found[target.field.name] = _Source(column, target)
    return found


def _types_to_read(sources: Mapping[str, _Source], columns: Mapping[str, type | None]) -> dict[str, Any]:
    """The columns that are read as one type, so that their values need fewer checks afterwards."""
    targets: dict[str, list[Target]] = {}
    for source in sources.values():
        targets.setdefault(source.column, []).append(source.target)
    found = {}
    for column, filled in targets.items():
        types = [_type_to_read(target.field, columns[column]) for target in filled]
        # A column that fills two fields is read as a type only when both fields want the same one.
        if types[0] is not None and all(each == types[0] for each in types):
            found[column] = types[0]
    return found


def _type_to_read(field: Field, seen: type | None) -> Any:
    """The type that values like those seen are read as for this field; None when the coercer must look at each value."""
    if seen in {str, date, None}:
        if field.reader in _TEXTS:
            limit = field.max_length
            return str if limit is None else Annotated[str, msgspec.Meta(max_length=limit)]
        if field.reader in _READ_AS_TEXT:
            return str
    if field.reader in {Reader.CODE, Reader.PERSON} and seen is int:
        return Literal[tuple(field.codes or ())]
    if field.reader is Reader.FLAG and seen is bool:
        return bool
    return date if field.reader is Reader.DATE and seen is date else None


def _coercers(plan: Plan, source: _Source, read_as: Any, *, lenient: bool) -> tuple[ColumnCoercer, ...]:
    target = source.target
    first: tuple[ColumnCoercer, ...]
    if lenient and target.field.reader is not Reader.DOCUMENT:
        by_name = target.field.name not in plan.columns
        one_by_one = OneByOne(
            target.field, target.coerce, CoercionRules(plan.mapping.values), by_name=by_name
        )
        first = (column_coercers.omitting(one_by_one, _of_texts(plan, target)),)
    else:
        first = _coercers_by_type(plan, target, read_as)
    return (*first, *_coercers_by_name(plan, target.field.name))


def _coercers_by_type(plan: Plan, target: Target, read_as: Any) -> tuple[ColumnCoercer, ...]:
    """How the values of a column that is read as this type are coerced; codes and flags need nothing more."""
    coerce, field = target.coerce, target.field
    if field.reader is Reader.DOCUMENT:
        return (column_coercers.documents_of_any_type if read_as is None else column_coercers.documents,)
    if read_as is None:
        few = field.reader in {Reader.CODE, Reader.PERSON, Reader.FLAG}
        return ((column_coercers.words if few else column_coercers.each)(coerce),)
    if field.reader is Reader.DATE:
        return (column_coercers.dates(plan.mapping.today),)
    strict = _of_texts(plan, target)
    return () if strict is None else (strict,)


def _of_texts(plan: Plan, target: Target) -> ColumnCoercer | None:
    """The coercer of a column of texts, for fields whose texts are mostly plain."""
    coerce, field = target.coerce, target.field
    by_reader: Mapping[Reader, ColumnCoercer] = {
        **dict.fromkeys(_TEXTS, column_coercers.texts(coerce, plan.nothing)),
        Reader.DIGITS: column_coercers.digits(coerce),
        Reader.PHONE: column_coercers.phones(coerce),
        Reader.POSTAL_CODE: column_coercers.postal_codes(coerce),
        Reader.STATE: column_coercers.states(coerce),
        Reader.EMAIL: column_coercers.emails(coerce, field.max_length),
    }
    return by_reader.get(field.reader)


def _coercers_by_name(plan: Plan, name: str) -> tuple[ColumnCoercer, ...]:
    """The default of a field, and whether it is required; pessoaFisica is checked only after the document filled it in."""
    if name == "pessoaFisica" and plan.deduces_person:
        return ()
    defaults = plan.mapping.defaults
    default = (column_coercers.or_default(defaults[name]),) if name in defaults else ()
    return (*default, column_coercers.required) if name in plan.mapping.required else default


def _person_rule(plan: Plan, order: Sequence[str]) -> PessoaFisicaRule:
    return PessoaFisicaRule(
        code=plan.mapping.values.person_code,
        document=order.index("cpfCnpj"),
        given=order.index("pessoaFisica") if "pessoaFisica" in order else None,
    )


def _record_struct(columns: Iterable[str], read_as: Mapping[str, Any], needed: set[str]) -> type[Any]:
    """The struct of a record. An unknown column is an error; a column that is not needed is skipped."""

    def kind(column: str) -> Any:
        if column in read_as:
            return read_as[column] | None
        return Any if column in needed else msgspec.Raw

    names = {f"c{number}": column for number, column in enumerate(columns)}
    return msgspec.defstruct(
        "Row",
        [(name, kind(column), None) for name, column in names.items()],
        rename=names,
        forbid_unknown_fields=True,
        gc=False,
    )


def _body_struct(order: Sequence[str]) -> Callable[..., Any]:
    """The struct that is encoded: fields without a value are left out."""
    return msgspec.defstruct("Body", [(name, Any, None) for name in order], omit_defaults=True, gc=False)
