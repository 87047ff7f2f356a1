"""From a record to a cliente ready to send: find the columns, coerce their values, encode one JSON object.

>>> mapper = build_mapper(MapperOptions(id_inquilino="i", id_proprietario="p"))
>>> mapper.map(b'{"ID_RETAGUARDA": 7, "nome": " Ana ", "cpf_cnpj": "529.982.247-25", "extra": 1}').body
b'{"idInquilino":"i","idProprietario":"p","situacao":1,"idRetaguarda":"7","nome":"Ana","cpfCnpj":"52998224725","pessoaFisica":1'
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import msgspec

from source_destination_clientes.cliente.coerce import (
    Coercer,
    CoercionRules,
    Overlong,
    make_coercer,
    may_be_cut,
    may_be_omitted,
)
from source_destination_clientes.cliente.expressions import MappingError, Producer, simple_value
from source_destination_clientes.cliente.lookup import in_any_case
from source_destination_clientes.cliente.mapped import Change, Mapped, Note, ValueCounts
from source_destination_clientes.cliente.mapping import (
    ATTACHMENTS_COLUMN,
    DELETED_COLUMNS,
    MapperOptions,
    StreamMapping,
    compile_mapping,
)
from source_destination_clientes.cliente.readers import documento
from source_destination_clientes.cliente.readers.garbled import is_garbled
from source_destination_clientes.cliente.readers.misfit import Misfit
from source_destination_clientes.manifest.objects import Field, Reader
from source_destination_clientes.rejection.outcome import Reason, Rejection, Stage

OnMapped: TypeAlias = Callable[[Mapping[str, Any]], None]
"""Is told each record that was mapped, as it came."""

NOBODY: Final = "CLIENTE ANONIMIZADO"
"""The name of a cliente whose source has erased him."""

_MOST_COLUMNS: Final = 10_000
"""Distinct column names remembered; a source whose records all differ must not fill the memory."""


@dataclass(frozen=True, slots=True)
class _Column:
    """The field a column fills."""

    field: Field
    coerce: Coercer


@dataclass(slots=True)
class _Draft:
    """What a record has come to so far. `documents` are read last: the person they belong to helps to read them."""

    values: dict[str, object] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    documents: list[tuple[_Column, object]] = field(default_factory=list)


class _MisfitAt(Exception):
    """The value for the field of that name does not fit, or cannot be computed."""

    def __init__(self, name: str, misfit: Misfit) -> None:
        super().__init__(name)
        self.name = name
        self.misfit = misfit


@dataclass(slots=True)
class Mapper:
    """Maps the records of one stream. Used by one thread.

    `counts` are the values that were left out or changed, `left_out` the records whose attachments were not sent.
    """

    mapping: StreamMapping
    on_mapped: OnMapped | None = None
    counts: ValueCounts = field(default_factory=ValueCounts)
    left_out: int = 0
    _required: frozenset[str] = field(init=False)
    _fields: Mapping[str, _Column] = field(init=False)
    _producers: Sequence[tuple[_Column, Producer]] = field(init=False)
    _columns: dict[str, _Column | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        mapping = self.mapping
        rules = CoercionRules(mapping.values, mapping.id_inquilino, mapping.today)
        self._required = mapping.required
        self._fields = {
            name: _Column(target, make_coercer(target, rules)) for name, target in mapping.fields.items()
        }
        self._producers = [(self._built(name, rules), produce) for name, produce in mapping.producers.items()]

    def _built(self, name: str, rules: CoercionRules) -> _Column:
        """The field that an entry of the config fills."""
        target = self.mapping.fields[name]
        if simple_value(self.mapping.entries[name]) is not None:
            return self._fields[name]
        return _Column(target, make_coercer(target, rules, built=True))

    def map(self, data: bytes) -> Mapped | Rejection:
        """Map a record's JSON object, or say why that cannot be. Never raises for what a record holds."""
        try:
            record = msgspec.json.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return _rejection(Reason.WRONG_TYPE, None, "The record's data cannot be read as JSON.")
        if type(record) is not dict:
            return _rejection(Reason.WRONG_TYPE, None, "The record's data is not a JSON object.")
        draft = _Draft()
        try:
            self._fill(draft, record)
            self._derive(draft, record)
        except _MisfitAt as trouble:
            return self._misfit(trouble, record, draft.values)
        mapped = self._finish(draft, record)
        if isinstance(mapped, Mapped):
            self.counts.add(mapped.notes)
            self.counts.records += 1
            self.counts.fits.update(
                name
                for name, value in draft.values.items()
                if value is not None and name in self.counts.judged
            )
            if self.on_mapped is not None:
                self.on_mapped(record)
        return mapped

    def _fill(self, draft: _Draft, record: Mapping[str, Any]) -> None:
        """Set every field that has a value in a column of the record or through the config."""
        columns = self._columns
        for name, value in record.items():
            column = columns[name] if name in columns else self._find_column(name)
            # A column nobody mapped, and which only has the name of a field, must not refuse every record.
            if column is not None and not isinstance(value, dict | list):
                self._set(draft, column, value)
        for column, produce in self._producers:
            try:
                value = produce(record)
            except MappingError as error:
                raise _MisfitAt(column.field.name, Misfit(Reason.MAPPING_ERROR, str(error))) from None
            except Misfit as misfit:
                self._settle(draft, column, misfit)
            else:
                self._set(draft, column, value)

    def _set(self, draft: _Draft, column: _Column, value: object) -> None:
        """Set a field, unless its value is empty or nothing is left of it: an empty one would erase what the tills have."""
        if value is None or value == "":
            return
        if column.field.reader is Reader.DOCUMENT:
            draft.documents.append((column, value))
            # Its place in the body is that of its column.
            draft.values.setdefault(column.field.name, None)
            return
        try:
            coerced = column.coerce(value)
        except Misfit as misfit:
            self._settle(draft, column, misfit)
        else:
            self._keep(draft, column, coerced)

    def _keep(self, draft: _Draft, column: _Column, coerced: object) -> None:
        name = column.field.name
        if coerced == "":
            return
        known = draft.values.get(name)
        if known is not None and known != coerced:
            del draft.values[name]
            self._settle(draft, column, _two_columns())
            return
        draft.values[name] = coerced
        if column.field.reader is Reader.TEXT and type(coerced) is str and is_garbled(coerced):
            draft.notes.append(Note(name, Change.SUSPECT, "suspect_encoding"))

    def _settle(self, draft: _Draft, column: _Column, misfit: Misfit) -> None:
        """Cut the value or leave it out, and note it. Raises `_MisfitAt` where neither may be."""
        target, values = column.field, self.mapping.values
        if isinstance(misfit, Overlong) and may_be_cut(target, values):
            draft.values[target.name] = misfit.cut
            draft.notes.append(Note(target.name, Change.TRUNCATED, misfit.reason.value))
        elif may_be_omitted(target, misfit, values):
            draft.notes.append(Note(target.name, Change.NULLED, misfit.word))
        else:
            raise _MisfitAt(target.name, misfit)

    def _derive(self, draft: _Draft, record: Mapping[str, Any]) -> None:
        """Set situacao of a deletion, the document, and pessoaFisica as the document says it."""
        deleted = self.mapping.soft_delete or any(record.get(name) for name in DELETED_COLUMNS)
        deletion = self.mapping.deletion
        if deletion is not None and deleted:
            draft.values[deletion.field] = deletion.value
            if self.mapping.values.key_only_deletes == "anonymise" and not draft.documents:
                self._anonymise(draft.values, deletion.field)
        if draft.documents:
            self._read_documents(draft)
            self._let_document_decide(draft)

    def _read_documents(self, draft: _Draft) -> None:
        given = draft.values.get("pessoaFisica")
        is_person = None if given is None else given == self.mapping.values.person_code
        for column, value in draft.documents:
            try:
                document = column.coerce(value, is_person=is_person)
            except Misfit as misfit:
                self._settle(draft, column, misfit)
            else:
                self._keep(draft, column, document)

    def _let_document_decide(self, draft: _Draft) -> None:
        document, given = draft.values.get("cpfCnpj"), draft.values.get("pessoaFisica")
        if "pessoaFisica" not in self._required or not isinstance(document, str):
            return
        person = self.mapping.values.person_code
        said = person if documento.is_cpf(document) else 1 - person
        if given is not None and given != said:
            draft.notes.append(Note("pessoaFisica", Change.CORRECTED, "document"))
        draft.values["pessoaFisica"] = said

    def _finish(self, draft: _Draft, record: Mapping[str, Any]) -> Mapped | Rejection:
        filled = {name: value for name, value in draft.values.items() if value is not None}
        values = {**self.mapping.defaults, **filled}
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
        return Mapped(key if self.mapping.keyed else "", body[:-1], attachments, tuple(draft.notes))

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
        key = values.get("idRetaguarda") or self._key_of(record)
        return _rejection(
            trouble.misfit.reason, trouble.name, f"{trouble.name} {trouble.misfit}.", str(key or "")
        )

    def _key_of(self, record: Mapping[str, Any]) -> str | None:
        """The key of a record that failed before its key was reached."""
        for column, produce in self._producers:
            if column.field.name == "idRetaguarda":
                with suppress(Misfit, MappingError):
                    return str(column.coerce(produce(record)))
        for name, value in record.items():
            found = self._columns.get(name) or self._find_column(name)
            if found is not None and found.field.name == "idRetaguarda" and isinstance(value, str | int):
                return str(value).strip()[:100]
        return None

    def _find_column(self, name: str) -> _Column | None:
        target = self.mapping.find(name)
        column = self._fields[target.name] if target else None
        if len(self._columns) >= _MOST_COLUMNS:
            self._columns.clear()
        self._columns[name] = column
        return column


def build_mapper(options: MapperOptions, on_mapped: OnMapped | None = None) -> Mapper:
    """Compile the mapping of one stream and build its mapper. Raises `ConfigError` as `compile_mapping` does."""
    mapping = compile_mapping(options)
    return Mapper(mapping, on_mapped, ValueCounts(mapping.judged))


def _two_columns() -> Misfit:
    return Misfit(Reason.MAPPING_ERROR, "has two columns with different values; map the right one to it")


def _missing(names: Sequence[str], key: str) -> Rejection:
    # Without a document nothing tells person and company apart, so that pessoaFisica is missing for the same cause.
    listed = [name for name in names if name != "pessoaFisica" or "cpfCnpj" not in names]
    why = "The record has no document, which v2 needs. " if "cpfCnpj" in names else ""
    return _rejection(
        Reason.MISSING_FIELD,
        listed[0],
        f"Required, and empty or absent: {', '.join(listed)}. {why}Map a column to it, or fill it with a literal.",
        key,
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
