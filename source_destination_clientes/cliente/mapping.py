"""From a record to what travels: columns found by name or by the config, values made to fit, one JSON object out.

>>> mapper = build_mapper(MapperOptions(id_inquilino="i", id_proprietario="p"))
>>> mapper.map(b'{"ID_RETAGUARDA": 7, "nome": " Ana ", "cpf_cnpj": "529.982.247-25", "extra": 1}').body
b'{"idInquilino":"i","idProprietario":"p","situacao":1,"idRetaguarda":"7","nome":"Ana","cpfCnpj":"52998224725","pessoaFisica":1'
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import msgspec

from source_destination_clientes.cliente import documento
from source_destination_clientes.cliente.coerce import Coercer, CoercionRules, Misfit, make_coercer
from source_destination_clientes.cliente.expressions import MappingError, Producer, compile_value
from source_destination_clientes.cliente.fields import FIELDS, ApiVersion, Field, ObjectKind
from source_destination_clientes.cliente.presets import load_preset
from source_destination_clientes.errors import ConfigError
from source_destination_clientes.rejection.outcome import Reason, Rejection, Stage

_DELETED: Final = "_ab_cdc_deleted_at"
_ATTACHMENTS: Final = "attachments"
_MOST_COLUMNS: Final = 10_000
"""Distinct column names remembered; a source whose records all differ must not fill the memory."""


class Mapped(msgspec.Struct, gc=False, frozen=True):
    """What travels.

    `key` is the idRetaguarda, empty where the object has none. `body` is the JSON object without its closing brace and without
    loteOrigem, which is known only when a lote is open. `attachments` are the files a cliente brings along, as raw JSON.
    """

    key: str
    body: bytes
    attachments: tuple[bytes, ...] = ()


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
class _Slot:
    """A field and how its values are made to fit. `exact`: the column bears the very name of the field."""

    field: Field
    coerce: Coercer
    exact: bool = True


@dataclass(slots=True)
class Mapper:
    """Maps the records of one stream. Used by one thread."""

    defaults: Mapping[str, object]
    slots: Mapping[str, _Slot]
    producers: Sequence[tuple[_Slot, Producer]]
    required: frozenset[str]
    keyed: bool
    person_code: int
    deletes: bool
    truncated: Counter[str]
    attachments: bool = False
    left_out: int = 0
    _columns: dict[str, _Slot | None] = field(default_factory=dict)
    _aliases: Mapping[str, str] = field(default_factory=dict)
    _produced: frozenset[str] = frozenset()

    def map(self, data: bytes) -> Mapped | Rejection:
        """Make of a record's JSON object what travels, or say why that cannot be. Never raises for what a record holds."""
        try:
            record = msgspec.json.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return _rejection(Reason.WRONG_TYPE, None, "The record's data cannot be read as JSON.")
        if type(record) is not dict:
            return _rejection(Reason.WRONG_TYPE, None, "The record's data is no JSON object.")
        values: dict[str, object] = dict(self.defaults)
        slot: _Slot | None = None
        try:
            for column, value in record.items():
                slot = self._columns[column] if column in self._columns else self._learn(column)
                if slot is None or _is_empty(value):
                    continue
                if slot.exact or slot.field.name not in record:
                    _fill(values, slot, value)
            for slot, produce in self.producers:
                value = produce(record)
                if not _is_empty(value):
                    _fill(values, slot, value)
        except (Misfit, MappingError) as misfit:
            assert slot is not None
            return self._misfit(slot, misfit, record, values)
        return self._finish(record, values)

    def _finish(self, record: Mapping[str, Any], values: dict[str, object]) -> Mapped | Rejection:
        if (self.deletes or record.get(_DELETED)) and "situacao" in self.slots:
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
        brought = record.get(_ATTACHMENTS) if self.keyed else None
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
        self, slot: _Slot, misfit: Exception, record: Mapping[str, Any], values: Mapping[str, object]
    ) -> Rejection:
        key = values.get("idRetaguarda") or self._key_of(record)
        reason = misfit.reason if isinstance(misfit, Misfit) else Reason.MAPPING_ERROR
        return _rejection(reason, slot.field.name, f"{slot.field.name} {misfit}.", str(key or ""))

    def _key_of(self, record: Mapping[str, Any]) -> str | None:
        """The key of a record that failed before its key was reached."""
        for made, produce in self.producers:
            if made.field.name == "idRetaguarda":
                with suppress(Misfit, MappingError):
                    return str(made.coerce(produce(record)))
        for column, value in record.items():
            slot = self._columns.get(column) or self._learn(column)
            if slot is not None and slot.field.name == "idRetaguarda" and isinstance(value, str | int):
                return str(value).strip()[:100]
        return None

    def _learn(self, column: str) -> _Slot | None:
        """Find the field a column fills: by exact name, else as snake_case or in whatever case.

        A field that the config fills is not filled by a column besides.
        """
        exact = column in self.slots
        name = column if exact else self._aliases.get(_plain(column))
        slot = self.slots[name] if name is not None and name not in self._produced else None
        if slot is not None and not exact:
            slot = _Slot(slot.field, slot.coerce, exact=False)
        if len(self._columns) >= _MOST_COLUMNS:
            self._columns.clear()
        self._columns[column] = slot
        return slot


def _is_empty(value: object) -> bool:
    """Null, or text without a letter: databases with columns of fixed width write blanks for nothing."""
    return value is None or value == "" or (type(value) is str and value.isspace())


def _fill(values: dict[str, object], slot: _Slot, value: object) -> None:
    """Set the field, unless nothing is left of the value once it fits: an empty value would erase what the tills have."""
    fitting = slot.coerce(value)
    if fitting != "":
        values[slot.field.name] = fitting


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


def build_mapper(options: MapperOptions) -> Mapper:
    """Compile the mapping of one stream.

    Raises `ConfigError` naming the entry and the field when a field does not exist or an expression does not compile.
    """
    fields = FIELDS[options.object, options.api_version]
    rules = CoercionRules(
        options.overlong, options.document_check == "check_digits", options.pessoa_fisica_code
    )
    slots = {target.name: _Slot(target, make_coercer(target, rules)) for target in fields}
    aliases = {_plain(name): target.name for target in fields for name in (target.name, *target.also)}
    entries = [*(load_preset(options.preset) if options.preset else ()), *options.fields]
    made = [_producer(slots, aliases, name, value, options) for name, value in entries]
    # The later entry of a field takes the place of the earlier, under whichever name either has it.
    producers = list({slot.field.name: (slot, produce) for slot, produce in made}.values())
    return Mapper(
        defaults=_defaults(options, slots),
        slots=slots,
        producers=producers,
        required=frozenset(target.name for target in fields if target.required),
        keyed="idRetaguarda" in slots,
        person_code=options.pessoa_fisica_code,
        deletes=options.soft_delete,
        truncated=rules.truncated,
        attachments=options.attachments,
        _aliases=aliases,
        _produced=frozenset(slot.field.name for slot, _ in producers),
    )


def _producer(
    slots: Mapping[str, _Slot],
    aliases: Mapping[str, str],
    name: str,
    value: str,
    options: MapperOptions,
) -> tuple[_Slot, Producer]:
    slot = slots.get(name) or slots.get(aliases.get(_plain(name), ""))
    if slot is None:
        known = ", ".join(slots)
        raise ConfigError(
            f"{options.where}: {options.object} has no field {name!r} in {options.api_version}. It has: {known}."
        )
    return slot, compile_value(value, f"{options.where}, field {name}")


def _defaults(options: MapperOptions, slots: Mapping[str, _Slot]) -> dict[str, object]:
    defaults = {"idInquilino": options.id_inquilino, "idProprietario": options.id_proprietario, "situacao": 1}
    return {name: value for name, value in defaults.items() if name in slots}
