"""What one stream's mapping says, compiled once and then only read: fields, aliases, the config's entries and the defaults."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from source_destination_clientes.cliente.coerce import utc_today
from source_destination_clientes.cliente.expressions import Producer, compile_value, simple_value
from source_destination_clientes.cliente.preset import load_preset
from source_destination_clientes.errors import ConfigError
from source_destination_clientes.manifest.nearest import nearest
from source_destination_clientes.manifest.objects import CLIENTE, ApiVersion, DeclaredObject, Deletion, Field
from source_destination_clientes.manifest.shipped import shipped_manifest
from source_destination_clientes.settings import StreamSettings, Values

DELETED_COLUMNS: Final = ("_ab_cdc_deleted_at", "_AB_CDC_DELETED_AT")
"""Set by CDC on the last version of a deleted row. Warehouses rename columns to upper case."""

ATTACHMENTS_COLUMN: Final = "attachments"
_WHOSE: Final = frozenset({"idInquilino", "idProprietario"})
"""Who a record belongs to; a record of another tenant must never be taken for one of ours."""


@dataclass(frozen=True, slots=True)
class MapperOptions:
    """All that decides how records of one stream are mapped.

    `entry` is the config's entry for the stream, None where it has none. `soft_delete` makes every record a deletion.
    `attachments` sends the files that clientes bring; without it they are left out and counted.
    """

    id_inquilino: str
    id_proprietario: str
    object: DeclaredObject = field(default_factory=lambda: shipped_manifest().get(CLIENTE))
    api_version: ApiVersion = "v2"
    values: Values = field(default_factory=Values)
    entry: StreamSettings | None = None
    soft_delete: bool = False
    attachments: bool = False
    today: date = field(default_factory=utc_today)

    @property
    def where(self) -> str:
        """The place in the config that a message names."""
        return f"streams, entry {self.entry.stream!r}" if self.entry else "streams"


@dataclass(frozen=True, slots=True)
class StreamMapping:
    """The compiled mapping of one stream. Mapping a record changes nothing in it.

    `entries` are the fields that the config fills, each with its value as the config writes it; `producers` compute these
    values. `defaults` are sent for every record that has no value of its own; `deletion` is how a deletion is sent, None where
    the object has none.
    """

    fields: Mapping[str, Field]
    aliases: Mapping[str, str]
    entries: Mapping[str, str]
    producers: Mapping[str, Producer]
    defaults: Mapping[str, object]
    deletion: Deletion | None
    values: Values
    id_inquilino: str
    soft_delete: bool
    attachments: bool
    by_name: bool
    today: date

    @property
    def required(self) -> frozenset[str]:
        """The fields without which a record is rejected."""
        return frozenset(name for name, field in self.fields.items() if field.required)

    @property
    def judged(self) -> frozenset[str]:
        """The optional fields that only records fill: where most of their values do not fit, the mapping is wrong."""
        literals = {
            name for name, value in self.entries.items() if (simple_value(value) or ("", ""))[0] == "literal"
        }
        return frozenset(self.fields) - self.required - literals - self.defaults.keys()

    @property
    def keyed(self) -> bool:
        """Whether the object has an idRetaguarda."""
        return "idRetaguarda" in self.fields

    def find(self, column: str) -> Field | None:
        """The field a column fills: by exact name, else without accents, blanks, punctuation and case.

        A column does not fill a field that the config fills. Under a preset only tenant and owner are found by name: the other
        columns of its source mean what the preset says.
        """
        name = column if column in self.fields else self.aliases.get(_plain(column))
        if name is None or name in self.entries or not (self.by_name or name in _WHOSE):
            return None
        return self.fields[name]


def compile_mapping(options: MapperOptions) -> StreamMapping:
    """Compile the mapping of one stream.

    Raises `ConfigError` naming the entry and the field when a field does not exist or an expression does not compile.
    """
    fields = {field.name: field for field in options.object.fields[options.api_version]}
    aliases = {_plain(name): field.name for field in fields.values() for name in (field.name, *field.also)}
    # The later entry of a field replaces the earlier one, whichever of its names either uses.
    chosen = {_field_name(fields, aliases, name, options): (name, value) for name, value in _entries(options)}
    return StreamMapping(
        fields=fields,
        aliases=aliases,
        entries={field: value for field, (_, value) in chosen.items()},
        producers={
            field: compile_value(value, f"{options.where}, field {name}")
            for field, (name, value) in chosen.items()
        },
        defaults=_defaults(options, fields),
        deletion=options.object.deletion,
        values=options.values,
        id_inquilino=options.id_inquilino,
        soft_delete=options.soft_delete,
        attachments=options.attachments,
        by_name=options.entry is None or options.entry.preset == "none",
        today=options.today,
    )


def _entries(options: MapperOptions) -> Sequence[tuple[str, str]]:
    """The pairs of field and value of the preset, then of the config."""
    entry = options.entry
    if entry is None:
        return ()
    preset = load_preset(entry.preset) if entry.preset != "none" else ()
    return [*preset, *((mapping.field, mapping.value) for mapping in entry.fields)]


def _field_name(
    fields: Mapping[str, Field], aliases: Mapping[str, str], name: str, options: MapperOptions
) -> str:
    found = name if name in fields else aliases.get(_plain(name))
    if found is None:
        raise ConfigError(_unknown_field(fields, name, options))
    return found


def _unknown_field(fields: Mapping[str, Field], name: str, options: MapperOptions) -> str:
    declared = f"type: AdditionalFields, object_name: {options.object.name}, properties: {{{name}: {{reader: text}}}}"
    return (
        f"{options.where}: {options.object.name} has no field {name!r} in {options.api_version}.{nearest(name, fields)} "
        f"It has: {', '.join(fields)}. If PDVSync has the field, declare it in objects: - {{{declared}}}."
    )


def _defaults(options: MapperOptions, fields: Mapping[str, Field]) -> dict[str, object]:
    """What is sent where a record has nothing: the field's own default, or what the config fills it from."""
    config = {"id_inquilino": options.id_inquilino, "id_proprietario": options.id_proprietario}
    found = {
        name: config.get(field.filled_from) if field.filled_from else field.default
        for name, field in fields.items()
    }
    return {name: value for name, value in found.items() if value is not None}


def _plain(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in decomposed if letter.isalnum())
