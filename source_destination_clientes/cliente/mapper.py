"""From a record to what travels: columns found by name or by the config, values made to fit, one JSON object out.

>>> mapper = build_mapper(MapperOptions(id_inquilino="i", id_proprietario="p"))
>>> mapper.map(b'{"ID_RETAGUARDA": 7, "nome": " Ana ", "cpf_cnpj": "529.982.247-25", "extra": 1}').body
b'{"idInquilino":"i","idProprietario":"p","situacao":1,"idRetaguarda":"7","nome":"Ana","cpfCnpj":"52998224725","pessoaFisica":1'
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

import msgspec

from source_destination_clientes.cliente import documento
from source_destination_clientes.cliente.bulk.learner import Plan, ReaderOf, Scout, Target
from source_destination_clientes.cliente.coerce import Coercer, CoercionRules, Misfit, make_coercer
from source_destination_clientes.cliente.expressions import (
    MappingError,
    Producer,
    compile_value,
    simple_value,
)
from source_destination_clientes.cliente.fields import FIELDS, ApiVersion, ObjectKind
from source_destination_clientes.cliente.lookup import in_any_case
from source_destination_clientes.cliente.mapped import Mapped, Run
from source_destination_clientes.cliente.presets import load_preset
from source_destination_clientes.errors import ConfigError
from source_destination_clientes.rejection.outcome import Reason, Rejection, Stage

_DELETED: Final = ("_ab_cdc_deleted_at", "_AB_CDC_DELETED_AT")
"""Set on the last version of a deleted row; warehouses rename columns to upper case."""

_ATTACHMENTS: Final = "attachments"
_MOST_COLUMNS: Final = 10_000
"""Distinct column names remembered; a source whose records all differ must not fill the memory."""


@dataclass(frozen=True, slots=True)
class MapperOptions:
    """All that decides how records of one stream are mapped.

    `fields` are pairs of field and value as the config has them; `soft_delete` makes every record a deletion; `attachments`
    takes the files that clientes bring along, which otherwise are left out and counted.
    """

    id_inquilino: str
    id_proprietario: str
    object: ObjectKind = ObjectKind.CLIENTE
    api_version: ApiVersion = "v2"
    overlong: Literal["reject", "truncate"] = "reject"
    document_check: Literal["check_digits", "length_only"] = "check_digits"
    pessoa_fisica_code: Literal[0, 1] = 1
    preset: str | None = None
    fields: Sequence[tuple[str, str]] = ()
    soft_delete: bool = False
    attachments: bool = False
    where: str = "streams"


@dataclass(frozen=True, slots=True)
class _Column:
    """What a column fills. `exact`: it bears the very name of the field."""

    name: str
    coerce: Coercer
    exact: bool


class _MisfitAt(Exception):
    """A value does not fit, or cannot be computed, for the field of that name."""

    def __init__(self, name: str, misfit: Exception) -> None:
        super().__init__(name)
        self.name = name
        self.misfit = misfit


@dataclass(slots=True)
class Mapper:
    """Maps the records of one stream. Used by one thread."""

    defaults: Mapping[str, object]
    targets: Mapping[str, Target]
    producers: Sequence[tuple[Target, Producer]]
    required: frozenset[str]
    keyed: bool
    person_code: int
    deletes: bool
    truncated: Counter[str]
    attachments: bool = False
    left_out: int = 0
    _scout: Scout | None = None
    _columns: dict[str, _Column | None] = field(default_factory=dict)
    _aliases: Mapping[str, str] = field(default_factory=dict)
    _produced: frozenset[str] = frozenset()

    def map_all(self, lines: Sequence[bytes]) -> Sequence[Run]:
        """Make of lines what travels, as far as that goes without looking at each of them."""
        express = self._scout.express if self._scout else None
        return express.map_all(lines) if express else ()

    def map(self, data: bytes) -> Mapped | Rejection:
        """Make of a record's JSON object what travels, or say why that cannot be. Never raises for what a record holds."""
        try:
            record = msgspec.json.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return _rejection(Reason.WRONG_TYPE, None, "The record's data cannot be read as JSON.")
        if type(record) is not dict:
            return _rejection(Reason.WRONG_TYPE, None, "The record's data is no JSON object.")
        values: dict[str, object] = dict(self.defaults)
        try:
            self._fill(values, record)
        except _MisfitAt as trouble:
            return self._misfit(trouble, record, values)
        mapped = self._finish(record, values)
        if self._scout and isinstance(mapped, Mapped):
            self._scout.study(record)
        return mapped

    def _fill(self, values: dict[str, object], record: Mapping[str, Any]) -> None:
        """Set every field that the record, by its columns or through the config, has a value for."""
        columns = self._columns
        for column, value in record.items():
            slot = columns[column] if column in columns else self._learn(column)
            if slot is not None and (slot.exact or slot.name not in record):
                _set(values, slot.name, slot.coerce, value)
        for target, produce in self.producers:
            name = target.field.name
            try:
                value = produce(record)
            except MappingError as trouble:
                raise _MisfitAt(name, trouble) from None
            _set(values, name, target.coerce, value)

    def _finish(self, record: Mapping[str, Any], values: dict[str, object]) -> Mapped | Rejection:
        if "situacao" in self.targets and (self.deletes or any(record.get(name) for name in _DELETED)):
            values["situacao"] = 0
        document = values.get("cpfCnpj")
        if "pessoaFisica" in self.required and "pessoaFisica" not in values and isinstance(document, str):
            values["pessoaFisica"] = self.person_code if documento.is_cpf(document) else 1 - self.person_code
        key = str(values.get("idRetaguarda") or "")
        missing = [name for name in self.required if values.get(name) in (None, "")]
        if missing:
            return self._missing(sorted(missing), key)
        try:
            body = msgspec.json.encode(values)
            attachments = self._attachments_of(record)
        except (UnicodeEncodeError, ValueError):
            return _rejection(
                Reason.WRONG_TYPE,
                None,
                "A text of the record holds half a character (a lone surrogate).",
                key,
            )
        return Mapped(key if self.keyed else "", body[:-1], attachments)

    def _attachments_of(self, record: Mapping[str, Any]) -> tuple[bytes, ...]:
        brought = in_any_case(record, _ATTACHMENTS) if self.keyed else None
        if not brought:
            return ()
        if not self.attachments:
            self.left_out += 1
            return ()
        return tuple(msgspec.json.encode(attachment) for attachment in _listed(brought) if attachment)

    def _missing(self, names: Sequence[str], key: str) -> Rejection:
        listed = ", ".join(names)
        advice = "Map a column to it, or fill it with a literal."
        return _rejection(
            Reason.MISSING_FIELD, names[0], f"Required, and empty or absent: {listed}. {advice}", key
        )

    def _misfit(
        self, trouble: "_MisfitAt", record: Mapping[str, Any], values: Mapping[str, object]
    ) -> Rejection:
        name, misfit = trouble.name, trouble.misfit
        key = values.get("idRetaguarda") or self._key_of(record)
        reason = misfit.reason if isinstance(misfit, Misfit) else Reason.MAPPING_ERROR
        return _rejection(reason, name, f"{name} {misfit}.", str(key or ""))

    def _key_of(self, record: Mapping[str, Any]) -> str | None:
        """The key of a record that failed before its key was reached."""
        for target, produce in self.producers:
            if target.field.name == "idRetaguarda":
                with suppress(Misfit, MappingError):
                    return str(target.coerce(produce(record)))
        for column, value in record.items():
            slot = self._columns.get(column) or self._learn(column)
            if slot is not None and slot.name == "idRetaguarda" and isinstance(value, str | int):
                return str(value).strip()[:100]
        return None

    def find(self, column: str) -> Target | None:
        """The field a column fills: by exact name, else as snake_case or in whatever case.

        A field that the config fills is not filled by a column besides.
        """
        name = column if column in self.targets else self._aliases.get(_plain(column))
        return self.targets[name] if name is not None and name not in self._produced else None

    def _learn(self, column: str) -> _Column | None:
        target = self.find(column)
        slot = _Column(target.field.name, target.coerce, column == target.field.name) if target else None
        if len(self._columns) >= _MOST_COLUMNS:
            self._columns.clear()
        self._columns[column] = slot
        return slot


def _set(values: dict[str, object], name: str, coerce: Coercer, value: object) -> None:
    """Set a field, unless there is nothing in its value or nothing is left of it: an empty one would erase what the tills have."""
    if value is None or value == "":
        return
    try:
        fitting = coerce(value)
    except Misfit as misfit:
        # Databases with columns of fixed width write blanks for nothing.
        if isinstance(value, str) and value.isspace():
            return
        raise _MisfitAt(name, misfit) from None
    if fitting != "":
        values[name] = fitting


def _plain(name: str) -> str:
    return re.sub(r"[_\s-]", "", name).casefold()


def _rejection(reason: Reason, name: str | None, message: str, key: str = "") -> Rejection:
    return Rejection(Stage.MAPPING, reason, message, field=name, key=key or None)


def _listed(brought: object) -> Sequence[object]:
    """Attachments as a list: sources without lists write JSON into a text, or a single one."""
    if isinstance(brought, str) and brought.lstrip()[:1] in {"[", "{"}:
        try:
            brought = msgspec.json.decode(brought)
        except (msgspec.DecodeError, RecursionError):
            return [brought]
    return brought if isinstance(brought, list) else [brought]


def build_mapper(options: MapperOptions, reader_of: ReaderOf | None = None) -> Mapper:
    """Compile the mapping of one stream; `reader_of` is what `map_all` needs to read its lines.

    Raises `ConfigError` naming the entry and the field when a field does not exist or an expression does not compile.
    """
    fields = FIELDS[options.object, options.api_version]
    rules = CoercionRules(
        options.overlong,
        options.document_check == "check_digits",
        options.pessoa_fisica_code,
        options.id_inquilino,
    )
    targets = {target.name: Target(target, make_coercer(target, rules)) for target in fields}
    aliases = {_plain(name): target.name for target in fields for name in (target.name, *target.also)}
    entries = [*(load_preset(options.preset) if options.preset else ()), *options.fields]
    made = [(_target(targets, aliases, name, options), name, value) for name, value in entries]
    # The later entry of a field takes the place of the earlier, under whichever name either has it.
    chosen = {target.field.name: (target, name, value) for target, name, value in made}.values()
    producers = [
        (target, compile_value(value, f"{options.where}, field {name}")) for target, name, value in chosen
    ]
    mapper = Mapper(
        defaults=_defaults(options, targets),
        targets=targets,
        producers=producers,
        required=frozenset(target.name for target in fields if target.required),
        keyed="idRetaguarda" in targets,
        person_code=options.pessoa_fisica_code,
        deletes=options.soft_delete,
        truncated=rules.truncated,
        attachments=options.attachments,
        _aliases=aliases,
        _produced=frozenset(target.field.name for target, _ in producers),
    )
    if reader_of is not None:
        strict = {
            target.name: Target(target, make_coercer(target, replace(rules, overlong="reject")))
            for target in fields
        }
        plan = _plan(mapper, strict, [(target.field.name, value) for target, _, value in chosen])
        mapper._scout = Scout(plan, reader_of) if plan else None  # noqa: SLF001 - the plan speaks of the mapper it belongs to
    return mapper


def _plan(mapper: Mapper, strict: Mapping[str, Target], entries: Sequence[tuple[str, str]]) -> Plan | None:
    """What the mapping amounts to when it takes columns and literals only; None when an expression is needed.

    `strict` are the targets of the mapper with coercers that refuse what is too long.
    """

    def find(column: str) -> Target | None:
        target = mapper.find(column)
        return strict[target.field.name] if target else None

    columns: dict[str, tuple[str, Target]] = {}
    constants: dict[str, object] = {}
    for name, value in entries:
        simple = simple_value(value)
        if simple is None or mapper.deletes:
            return None
        kind, text = simple
        if kind == "column":
            columns[name] = (text, strict[name])
        else:
            try:
                constants[name] = strict[name].coerce(text)
            except Misfit:
                return None
    decides = "pessoaFisica" in mapper.required and "pessoaFisica" not in constants
    return Plan(
        find=find,
        columns=columns,
        constants={name: value for name, value in constants.items() if value != ""},
        defaults=mapper.defaults,
        required=mapper.required,
        watched=frozenset({_ATTACHMENTS, *_DELETED} if mapper.keyed else ()),
        keyed=mapper.keyed,
        person_code=mapper.person_code if decides else None,
    )


def _target(
    targets: Mapping[str, Target], aliases: Mapping[str, str], name: str, options: MapperOptions
) -> Target:
    target = targets.get(name) or targets.get(aliases.get(_plain(name), ""))
    if target is None:
        known = ", ".join(targets)
        raise ConfigError(
            f"{options.where}: {options.object} has no field {name!r} in {options.api_version}. It has: {known}."
        )
    return target


def _defaults(options: MapperOptions, targets: Mapping[str, Target]) -> dict[str, object]:
    defaults = {"idInquilino": options.id_inquilino, "idProprietario": options.id_proprietario, "situacao": 1}
    return {name: value for name, value in defaults.items() if name in targets}
