"""From a record to a cliente ready to send: find the columns, coerce their values, encode one JSON object.

>>> mapper = build_mapper(MapperOptions(id_inquilino="i", id_proprietario="p"))
>>> mapper.map(b'{"ID_RETAGUARDA": 7, "nome": " Ana ", "cpf_cnpj": "529.982.247-25", "extra": 1}').body
b'{"idInquilino":"i","idProprietario":"p","situacao":1,"idRetaguarda":"7","nome":"Ana","cpfCnpj":"52998224725","pessoaFisica":1'
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import msgspec

from source_destination_clientes.cliente import documento
from source_destination_clientes.cliente.coerce import Coercer, CoercionRules, Misfit, make_coercer
from source_destination_clientes.cliente.expressions import MappingError, Producer
from source_destination_clientes.cliente.lookup import in_any_case
from source_destination_clientes.cliente.mapped import Mapped
from source_destination_clientes.cliente.mapping import (
    ATTACHMENTS_COLUMN,
    DELETED_COLUMNS,
    MapperOptions,
    StreamMapping,
    compile_mapping,
)
from source_destination_clientes.rejection.outcome import Reason, Rejection, Stage

OnMapped: TypeAlias = Callable[[Mapping[str, Any]], None]
"""Is told each record that was mapped, as it came."""

NOBODY: Final = "CLIENTE ANONIMIZADO"
"""The name of a cliente whose source has erased him."""

_MOST_COLUMNS: Final = 10_000
"""Distinct column names remembered; a source whose records all differ must not fill the memory."""


@dataclass(frozen=True, slots=True)
class _Column:
    """The field a column fills. `exact`: the column has the very name of the field."""

    name: str
    coerce: Coercer
    exact: bool


class _MisfitAt(Exception):
    """The value for the field of that name does not fit, or cannot be computed."""

    def __init__(self, name: str, misfit: Exception) -> None:
        super().__init__(name)
        self.name = name
        self.misfit = misfit


@dataclass(slots=True)
class Mapper:
    """Maps the records of one stream. Used by one thread.

    `truncated` counts truncated values by field, `left_out` the records whose attachments were not sent.
    """

    mapping: StreamMapping
    on_mapped: OnMapped | None = None
    truncated: Counter[str] = field(default_factory=Counter)
    left_out: int = 0
    _required: frozenset[str] = field(init=False)
    _coercers: Mapping[str, Coercer] = field(init=False)
    _producers: Sequence[tuple[str, Coercer, Producer]] = field(init=False)
    _columns: dict[str, _Column | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        mapping = self.mapping
        rules = CoercionRules(mapping.values, mapping.id_inquilino, self.truncated)
        coercers = {name: make_coercer(target, rules) for name, target in mapping.fields.items()}
        self._required = mapping.required
        self._coercers = coercers
        self._producers = [(name, coercers[name], produce) for name, produce in mapping.producers.items()]

    def map(self, data: bytes) -> Mapped | Rejection:
        """Map a record's JSON object, or say why that cannot be. Never raises for what a record holds."""
        try:
            record = msgspec.json.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return _rejection(Reason.WRONG_TYPE, None, "The record's data cannot be read as JSON.")
        if type(record) is not dict:
            return _rejection(Reason.WRONG_TYPE, None, "The record's data is not a JSON object.")
        values: dict[str, object] = dict(self.mapping.defaults)
        try:
            self._fill(values, record)
        except _MisfitAt as trouble:
            return self._misfit(trouble, record, values)
        mapped = self._finish(record, values)
        if self.on_mapped is not None and isinstance(mapped, Mapped):
            self.on_mapped(record)
        return mapped

    def _fill(self, values: dict[str, object], record: Mapping[str, Any]) -> None:
        """Set every field that has a value in a column of the record or through the config."""
        columns = self._columns
        for name, value in record.items():
            column = columns[name] if name in columns else self._find_column(name)
            if column is not None and (column.exact or column.name not in record):
                _set(values, column.name, column.coerce, value)
        for name, coerce, produce in self._producers:
            try:
                value = produce(record)
            except MappingError as trouble:
                raise _MisfitAt(name, trouble) from None
            _set(values, name, coerce, value)

    def _finish(self, record: Mapping[str, Any], values: dict[str, object]) -> Mapped | Rejection:
        self._derive(record, values)
        key = str(values.get("idRetaguarda") or "")
        missing = [name for name in self._required if values.get(name) in (None, "")]
        if missing:
            return _missing(sorted(missing), key)
        try:
            body = msgspec.json.encode(values)
            attachments = self._attachments_of(record)
        except (UnicodeEncodeError, ValueError):
            return _rejection(
                Reason.WRONG_TYPE,
                None,
                "A text of the record has half of a character (a lone surrogate), which cannot be sent.",
                key,
            )
        return Mapped(key if self.mapping.keyed else "", body[:-1], attachments)

    def _derive(self, record: Mapping[str, Any], values: dict[str, object]) -> None:
        """Set the field of a deletion, and pessoaFisica by the document where nothing else says it."""
        deleted = self.mapping.soft_delete or any(record.get(name) for name in DELETED_COLUMNS)
        deletion = self.mapping.deletion
        if deletion is not None and deleted:
            values[deletion.field] = deletion.value
            if self.mapping.values.key_only_deletes == "anonymise":
                self._anonymise(values, deletion.field)
        document = values.get("cpfCnpj")
        if "pessoaFisica" in self._required and "pessoaFisica" not in values and isinstance(document, str):
            person = self.mapping.values.pessoa_fisica_code
            values["pessoaFisica"] = person if documento.is_cpf(document) else 1 - person

    def _anonymise(self, values: dict[str, object], deletion: str) -> None:
        """Give a deletion that brings only its key the name of nobody, which takes the person's name from the tills."""
        brought = values.keys() - self.mapping.defaults.keys() - {deletion, "idRetaguarda"}
        if not brought and "nome" in self._required:
            values["nome"] = NOBODY
            if "pessoaFisica" in self._required:
                values["pessoaFisica"] = self.mapping.values.pessoa_fisica_code

    def _attachments_of(self, record: Mapping[str, Any]) -> tuple[bytes, ...]:
        found = in_any_case(record, ATTACHMENTS_COLUMN) if self.mapping.keyed else None
        if not found:
            return ()
        if not self.mapping.attachments:
            self.left_out += 1
            return ()
        return tuple(msgspec.json.encode(attachment) for attachment in _listed(found) if attachment)

    def _misfit(
        self, trouble: _MisfitAt, record: Mapping[str, Any], values: Mapping[str, object]
    ) -> Rejection:
        name, misfit = trouble.name, trouble.misfit
        key = values.get("idRetaguarda") or self._key_of(record)
        reason = misfit.reason if isinstance(misfit, Misfit) else Reason.MAPPING_ERROR
        return _rejection(reason, name, f"{name} {misfit}.", str(key or ""))

    def _key_of(self, record: Mapping[str, Any]) -> str | None:
        """The key of a record that failed before its key was reached."""
        for name, coerce, produce in self._producers:
            if name == "idRetaguarda":
                with suppress(Misfit, MappingError):
                    return str(coerce(produce(record)))
        for name, value in record.items():
            column = self._columns.get(name) or self._find_column(name)
            if column is not None and column.name == "idRetaguarda" and isinstance(value, str | int):
                return str(value).strip()[:100]
        return None

    def _find_column(self, name: str) -> _Column | None:
        target = self.mapping.find(name)
        column = _Column(target.name, self._coercers[target.name], name == target.name) if target else None
        if len(self._columns) >= _MOST_COLUMNS:
            self._columns.clear()
        self._columns[name] = column
        return column


def build_mapper(options: MapperOptions, on_mapped: OnMapped | None = None) -> Mapper:
    """Compile the mapping of one stream and build its mapper. Raises `ConfigError` as `compile_mapping` does."""
    return Mapper(compile_mapping(options), on_mapped)


def _set(values: dict[str, object], name: str, coerce: Coercer, value: object) -> None:
    """Set a field, unless its value is empty or nothing is left of it: an empty one would erase what the tills have."""
    if value is None or value == "":
        return
    try:
        coerced = coerce(value)
    except Misfit as misfit:
        # Databases with columns of fixed width write blanks for nothing.
        if isinstance(value, str) and value.isspace():
            return
        raise _MisfitAt(name, misfit) from None
    if coerced != "":
        values[name] = coerced


def _missing(names: Sequence[str], key: str) -> Rejection:
    listed = ", ".join(names)
    advice = "Map a column to it, or fill it with a literal."
    return _rejection(
        Reason.MISSING_FIELD, names[0], f"Required, and empty or absent: {listed}. {advice}", key
    )


def _rejection(reason: Reason, name: str | None, message: str, key: str = "") -> Rejection:
    return Rejection(Stage.MAPPING, reason, message, field=name, key=key or None)


def _listed(found: object) -> Sequence[object]:
    """Attachments as a list. Sources without lists write JSON into a text, or a single one."""
    if isinstance(found, str) and found.lstrip()[:1] in {"[", "{"}:
        try:
            found = msgspec.json.decode(found)
        except (msgspec.DecodeError, RecursionError):
            return [found]
    return found if isinstance(found, list) else [found]
