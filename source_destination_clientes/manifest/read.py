"""A manifest and the `objects` of a config, read into objects: the only place where declarations become what the program uses."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from source_destination_clientes.errors import ConfigError
from source_destination_clientes.manifest.build import (
    Placed,
    build_fields,
    build_object,
    check_names,
    endpoint_of,
    ordered,
)
from source_destination_clientes.manifest.components import (
    AdditionalFields,
    BatchRequestWriter,
    DeclarativeDestination,
    ObjectsOfConfig,
    StaticCatalogOperation,
    Writer,
)
from source_destination_clientes.manifest.nearest import nearest
from source_destination_clientes.manifest.objects import DeclaredObject, Manifest, Sending
from source_destination_clientes.manifest.places import read_component
from source_destination_clientes.manifest.text import read_yaml, resolve

_OBJECTS: Final = "objects"


@dataclass(frozen=True, slots=True)
class _Written:
    """A component and where it was written."""

    component: Any
    place: str


def read_manifest(text: str) -> Manifest:
    """A whole manifest. Raises `ConfigError` naming the line or the place of each mistake."""
    data = read_yaml(text, "The manifest")
    if not isinstance(data, Mapping):
        raise ConfigError("The manifest holds no components.")
    definitions = data.get("definitions") or {}
    resolved = {
        name: value if name == "definitions" else resolve(value, definitions, name)
        for name, value in data.items()
    }
    manifest = read_component(DeclarativeDestination, msgspec.json.encode(resolved))
    operations = _placed(manifest.discover.operations, "discover.operations")
    writers = _placed(manifest.writers, "writers")
    made, lotes = _build(operations, writers, [])
    return Manifest(ordered(made, lotes), endpoint_of(manifest.checker.requester), definitions)


def with_objects(shipped: Manifest, text: str) -> Manifest:
    """The shipped manifest with the `objects` of a config taken in.

    Raises `ConfigError` naming the line or the place of each mistake.
    """
    data = read_yaml(text, _OBJECTS)
    if data is None:
        return shipped
    if not isinstance(data, list):
        raise ConfigError(f"{_OBJECTS} must be a list of components, each with a `type`.")
    resolved = {_OBJECTS: resolve(data, shipped.definitions, _OBJECTS)}
    entries = _placed(read_component(ObjectsOfConfig, msgspec.json.encode(resolved)).objects, _OBJECTS)
    operations = [each for each in entries if isinstance(each.component, StaticCatalogOperation)]
    writers = [each for each in entries if isinstance(each.component, BatchRequestWriter)]
    made, lotes = _build(operations, writers, shipped.objects)
    everything = [*shipped.objects, *made]
    for each in entries:
        if isinstance(each.component, AdditionalFields):
            everything = _with_fields(everything, each)
    return msgspec.structs.replace(shipped, objects=ordered(everything, lotes))


def _placed(components: Iterable[Any], where: str) -> list[_Written]:
    return [_Written(each, f"{where}[{at}]") for at, each in enumerate(components)]


def _refuse_strangers(writers: Iterable[_Written], names: Sequence[str]) -> None:
    """Each writer writes an object that is declared beside it, and no object has two."""
    for writer in writers:
        name = _written_by(writer.component)
        if name not in names:
            raise ConfigError(
                f"{writer.place}.objects[0].name: no operation declares {name!r}.{nearest(name, names)}"
            )
    for name, count in Counter(_written_by(writer.component) for writer in writers).items():
        if count > 1:
            raise ConfigError(f"Two writers write {name!r}.")


def _written_by(writer: Writer) -> str:
    return writer.objects[0].name


def _build(
    operations: Sequence[_Written], writers: Sequence[_Written], there: Sequence[DeclaredObject]
) -> tuple[list[DeclaredObject], list[Placed]]:
    """The objects of these operations, and their lotes; no name and no tipoLote may be taken, by what is `there` either."""
    names = {name.casefold(): each.name for each in there for name in (each.name, *each.also)}
    for operation in operations:
        _take_names(operation.component, operation.place, names)
    _refuse_strangers(writers, [each.component.object_name for each in operations])
    by_object = {_written_by(each.component): each for each in writers}
    routes = {route: each.name for each in there if each.sending for route in _routes(each.sending)}
    made: list[DeclaredObject] = []
    lotes: list[Placed] = []
    for operation, place in [(each.component, each.place) for each in operations]:
        name = operation.object_name
        found = by_object.get(name)
        if found is None:
            raise ConfigError(f"{place}: nothing writes {name!r}. Add a BatchRequestWriter for it.")
        writer = found.component if isinstance(found.component, BatchRequestWriter) else None
        if writer:
            lotes.append(Placed(name, writer.lote, f"{found.place}.lote"))
        made.append(build_object(operation, place, writer, found.place))
        _take_routes(made[-1], found.place, routes)
    return made, lotes


def _take_names(operation: StaticCatalogOperation, place: str, names: dict[str, str]) -> None:
    for name in dict.fromkeys(each.casefold() for each in (operation.object_name, *operation.also)):
        if name in names:
            raise ConfigError(
                f"{place}.object_name: {name!r} is a name of the object {names[name]!r} already."
            )
        names[name] = operation.object_name


def _routes(sending: Sending) -> Iterator[tuple[str, str]]:
    """What tells PDVSync which object a request carries, each with the property that says it."""
    yield "lote.tipo", f"{sending.tipo} is the tipoLote"
    for path in dict.fromkeys(sending.endpoint.paths.values()):
        yield "requester.path", f"{path} of {sending.endpoint.service} is the path"


def _take_routes(made: DeclaredObject, place: str, routes: dict[tuple[str, str], str]) -> None:
    if made.sending is None:
        return
    for property_name, words in _routes(made.sending):
        owner = routes.setdefault((property_name, words), made.name)
        if owner != made.name:
            raise ConfigError(f"{place}.{property_name}: {words} of {owner!r} already.")


def _with_fields(there: Sequence[DeclaredObject], written: _Written) -> list[DeclaredObject]:
    """Objects, one of them with further fields."""
    wanted: AdditionalFields = written.component
    names = [each.name for each in there]
    if wanted.object_name not in names:
        raise ConfigError(
            f"{written.place}.object_name: there is no object {wanted.object_name!r}."
            f"{nearest(wanted.object_name, names)} Objects: {', '.join(names)}."
        )
    if not any(each.sending for each in there if each.name == wanted.object_name):
        raise ConfigError(
            f"{written.place}.object_name: no lote carries {wanted.object_name!r}, so it takes no further fields."
        )
    place = f"{written.place}.properties"
    more = build_fields(wanted.properties, place)

    def widened(found: DeclaredObject) -> DeclaredObject:
        fields = {version: (*found.fields[version], *more[version]) for version in found.fields}
        for every in fields.values():
            check_names(every, place)
            _refuse_twins(every, place)
        return msgspec.structs.replace(found, fields=fields)

    return [widened(each) if each.name == wanted.object_name else each for each in there]


def _refuse_twins(fields: Iterable[Any], place: str) -> None:
    for name, count in Counter(field.name for field in fields).items():
        if count > 1:
            raise ConfigError(f"{place}.{name} is a field of the object already.")
