"""From components as they are written to objects as they are used, with every rule that one component alone cannot know."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Final

from msgspec.structs import replace

from source_destination_clientes.errors import ConfigError
from source_destination_clientes.manifest import objects
from source_destination_clientes.manifest.components import (
    BatchRequestWriter,
    FieldDeclaration,
    Lote,
    Properties,
    RetaguardaRequester,
    SoftDelete,
    StaticCatalogOperation,
)
from source_destination_clientes.manifest.nearest import nearest
from source_destination_clientes.manifest.objects import (
    API_VERSIONS,
    ApiVersion,
    DeclaredObject,
    Deletion,
    Endpoint,
    Misfit,
    NamedRejections,
    Reader,
    Sending,
    Source,
)

_SYNC_MODES: Final = {
    "Append": "append",
    "Dedupe": "append_dedup",
    "Update": "update",
    "SoftDelete": "soft_delete",
}
_CODED: Final = frozenset({Reader.CODE, Reader.PERSON})
_MEASURED: Final = frozenset(Reader) - _CODED - {Reader.DATE, Reader.NUMBER, Reader.FLAG}
_SENT_AS: Final[Mapping[Reader, type]] = {
    Reader.CODE: int,
    Reader.PERSON: int,
    Reader.NUMBER: int,
    Reader.FLAG: bool,
}
_WORD_FOR: Final[Mapping[type, str]] = {int: "a whole number", bool: "true or false", str: "a text"}
_LOTE_FIELD: Final = "loteOrigem"
_IDENTITY: Final[Mapping[str, tuple[Reader, Source | None]]] = {
    "idInquilino": (Reader.TENANT, "id_inquilino"),
    "idProprietario": (Reader.TEXT, "id_proprietario"),
    "idRetaguarda": (Reader.TEXT, None),
}


@dataclass(frozen=True, slots=True)
class Placed:
    """The lote of an object and where it was written, which a mistake in the order needs."""

    name: str
    lote: Lote
    place: str


def build_object(
    operation: StaticCatalogOperation, place: str, writer: BatchRequestWriter | None, writer_place: str
) -> DeclaredObject:
    """The object of an operation and of what writes it. Raises `ConfigError` with the place of the mistake."""
    where = f"{place}.schema.properties"
    modes = operation.destination_import_modes
    made = DeclaredObject(
        name=operation.object_name,
        title=operation.title or operation.object_name,
        sync_modes=tuple(dict.fromkeys(_SYNC_MODES[mode.type] for mode in modes)),
        fields=build_fields(operation.object_schema.properties, where),
        matching_keys=operation.matching_keys,
        also=operation.also,
        deletion=next(
            (Deletion(mode.field, mode.value) for mode in modes if isinstance(mode, SoftDelete)), None
        ),
        sending=_sending(writer, writer_place) if writer else None,
    )
    for fields in made.fields.values():
        if made.sending:
            _check_identity(fields, where)
        check_names(fields, where)
    _check_fields_named(operation, place)
    _check_modes(operation, place)
    return made


def build_fields(properties: Properties, place: str) -> Mapping[ApiVersion, tuple[objects.Field, ...]]:
    """The fields of each version of the API."""
    for name, declared in properties.items():
        _check_field(name, declared, f"{place}.{name}")
    return {
        version: tuple(
            _field(name, declared, version)
            for name, declared in properties.items()
            if declared.since <= version
        )
        for version in API_VERSIONS
    }


def check_names(fields: Iterable[objects.Field], place: str) -> None:
    """Raise `ConfigError` for two fields that one column would fill, and for one with the name of the lote's code."""
    taken = {_LOTE_FIELD.casefold(): _LOTE_FIELD}
    for field in fields:
        for name in (field.name, *field.also):
            other = taken.setdefault(name.casefold(), field.name)
            if other != field.name:
                raise ConfigError(f"{place}.{field.name}: {name!r} is a name of {other!r} already.")


def ordered(declared: Sequence[DeclaredObject], lotes: Iterable[Placed]) -> tuple[DeclaredObject, ...]:
    """Objects that know what a lote carries before them.

    Raises `ConfigError` for a name that is no object, and for an order that goes round in a circle.
    """
    after = {each.name: set(each.sending.after if each.sending else ()) for each in declared}
    carried = [each.name for each in declared if each.sending]
    for placed in lotes:
        for kind, others in (("after", placed.lote.after), ("before", placed.lote.before)):
            for at, other in enumerate(others):
                where = f"{placed.place}.{kind}[{at}]"
                if other not in after:
                    raise ConfigError(f"{where}: there is no object {other!r}.{nearest(other, after)}")
                if other not in carried:
                    raise ConfigError(f"{where}: no lote carries {other!r}.")
                first, second = (other, placed.name) if kind == "after" else (placed.name, other)
                after[second].add(first)
    try:
        TopologicalSorter(after).prepare()
    except CycleError as circle:
        names = " before ".join(circle.args[1])
        raise ConfigError(f"The order of the lote goes round in a circle: {names}.") from None
    return tuple(_sent_after(each, after[each.name]) for each in declared)


def _sent_after(declared: DeclaredObject, names: Iterable[str]) -> DeclaredObject:
    if declared.sending is None:
        return declared
    return replace(declared, sending=replace(declared.sending, after=tuple(sorted(names))))


def endpoint_of(requester: RetaguardaRequester) -> Endpoint:
    """Where a request goes, in each version of the API."""
    path = requester.path
    paths = dict.fromkeys(API_VERSIONS, path) if isinstance(path, str) else path
    return Endpoint(requester.service, paths)


def _sending(writer: BatchRequestWriter, place: str) -> Sending:
    endpoint = endpoint_of(writer.requester)
    missing = [version for version in API_VERSIONS if version not in endpoint.paths]
    if missing:
        raise ConfigError(f"{place}.requester.path has none for {missing[0]}.")
    if writer.requester.method != "POST":
        raise ConfigError(f"{place}.requester.method must be POST: records are sent with it.")
    named = writer.rejected_records
    return Sending(
        tipo=writer.lote.tipo,
        endpoint=endpoint,
        max_bytes=writer.body.size.amount,
        rejections=NamedRejections(named.rejections_field, named.key_field),
    )


def _field(name: str, declared: FieldDeclaration, version: ApiVersion) -> objects.Field:
    variant = declared.versions.get(version)
    changes = variant.model_dump(exclude_none=True) if variant else {}
    required = changes.get("required", declared.required)
    return objects.Field(
        name=name,
        title=declared.title or name,
        reader=declared.reader,
        required=required,
        max_length=changes.get("max_length", declared.max_length),
        codes=declared.codes,
        also=declared.also,
        obsolete=changes.get("obsolete", declared.obsolete),
        beyond=declared.beyond,
        misfit=declared.misfit or (Misfit.REJECT if required else Misfit.OMIT),
        description=declared.description,
        default=declared.default,
        filled_from=declared.filled_from,
    )


def _check_field(name: str, declared: FieldDeclaration, place: str) -> None:
    if name == _LOTE_FIELD:
        raise ConfigError(f"{place}: every record gets the code of its lote; it is not declared.")
    if (declared.codes is not None) != (declared.reader in _CODED):
        wanted = "needs codes" if declared.codes is None else "takes no codes"
        raise ConfigError(f"{place}.codes: a field with reader {declared.reader} {wanted}.")
    lengths = [declared.max_length, *(variant.max_length for variant in declared.versions.values())]
    if any(lengths) and declared.reader not in _MEASURED:
        raise ConfigError(f"{place}.max_length: a value with reader {declared.reader} has no length.")
    if declared.codes is not None and declared.default is not None and declared.default not in declared.codes:
        raise ConfigError(f"{place}.default is none of its codes.")
    _check_default(declared, place)
    if declared.misfit is Misfit.TRUNCATE and not any(lengths):
        raise ConfigError(f"{place}.misfit: without max_length there is nothing to truncate to.")


def _check_default(declared: FieldDeclaration, place: str) -> None:
    """A default is sent as it is, so it must be what the reader would send."""
    default = declared.default
    if default is None:
        return
    if declared.filled_from:
        raise ConfigError(f"{place}.default: the field has filled_from already; say one of the two.")
    wanted = _SENT_AS.get(declared.reader, str)
    if type(default) is not wanted:
        raise ConfigError(f"{place}.default: reader {declared.reader} sends {_WORD_FOR[wanted]}.")
    if isinstance(default, str) and declared.max_length and len(default) > declared.max_length:
        raise ConfigError(f"{place}.default is longer than max_length.")
    if declared.reader in {Reader.DATE, Reader.DOCUMENT, Reader.TENANT}:
        raise ConfigError(f"{place}.default: a field with reader {declared.reader} takes none.")


def _check_modes(operation: StaticCatalogOperation, place: str) -> None:
    """Each way of writing once; a deletion is a code that its field takes."""
    seen: set[str] = set()
    for at, mode in enumerate(operation.destination_import_modes):
        where = f"{place}.destination_import_modes[{at}]"
        if mode.type in seen:
            raise ConfigError(f"{where}.type: {mode.type} stands twice.")
        seen.add(mode.type)
        if isinstance(mode, SoftDelete):
            codes = operation.object_schema.properties[mode.field].codes or {}
            if mode.value not in codes:
                raise ConfigError(f"{where}.value is none of the codes of {mode.field!r}.")


def _check_fields_named(operation: StaticCatalogOperation, place: str) -> None:
    """Keys and the field of a deletion must be fields, in every version of the API."""
    properties = operation.object_schema.properties
    named = [
        (f"{place}.matching_keys[{at}][{step}]", name)
        for at, path in enumerate(operation.matching_keys)
        for step, name in enumerate(path)
    ]
    named += [
        (f"{place}.destination_import_modes[{at}].field", mode.field)
        for at, mode in enumerate(operation.destination_import_modes)
        if isinstance(mode, SoftDelete)
    ]
    for where, name in named:
        if name not in properties:
            raise ConfigError(
                f"{where}: {name!r} is no field of {operation.object_name}.{nearest(name, properties)}"
            )
        if properties[name].since != API_VERSIONS[0]:
            raise ConfigError(f"{where}: {name!r} is not in every version of the API.")


def _check_identity(fields: Iterable[objects.Field], place: str) -> None:
    """What goes into a lote needs the three fields by which PDVSync knows whose it is and which; its tenant is the config's."""
    filled = {field.name: (field.reader, field.filled_from) for field in fields if field.required}
    wrong = [name for name, wanted in _IDENTITY.items() if filled.get(name) != wanted]
    if wrong:
        raise ConfigError(
            f'{place}.{wrong[0]} must be the shipped one. Begin the properties with $ref: "#/definitions/identity".'
        )
