"""Which object the records of a stream become, and how they are mapped."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial

from source_destination_clientes.cliente.bulk.learner import ColumnLearner, make_learner
from source_destination_clientes.cliente.mapped import Mapped, MappedSlice, ValueCounts
from source_destination_clientes.cliente.mapper import Mapper
from source_destination_clientes.cliente.mapping import MapperOptions, compile_mapping
from source_destination_clientes.errors import ConfigError
from source_destination_clientes.manifest.nearest import nearest
from source_destination_clientes.manifest.objects import ANEXO, CLIENTE, DeclaredObject, Field
from source_destination_clientes.protocol.catalog import ConfiguredStream
from source_destination_clientes.protocol.messages import Record, StreamKey, record_reader
from source_destination_clientes.rejection.outcome import Rejection
from source_destination_clientes.settings import Settings, StreamSettings


@dataclass(frozen=True, slots=True)
class Route:
    """What the records of one stream become, and how. `learner` has the bulk mapper, None where only the mapper can map them."""

    stream: ConfiguredStream
    object: str
    mapper: Mapper
    learner: ColumnLearner | None

    @property
    def key(self) -> StreamKey:
        """Namespace and name of the stream."""
        return self.stream.key

    @property
    def fields(self) -> Mapping[str, Field]:
        """Every field that its records can fill, by name."""
        return self.mapper.mapping.fields

    def map(self, record: Record) -> Mapped | Rejection:
        """Map a record, or say why that cannot be."""
        return self.mapper.map(record.data)

    def map_all(self, lines: Sequence[bytes]) -> Sequence[MappedSlice]:
        """Map the lines the bulk mapper can take; the caller maps the rest one by one."""
        return self.learner.map_all(lines) if self.learner else ()


def build_route(stream: ConfiguredStream, options: MapperOptions) -> Route:
    """Build the mapper of a stream, and the learner that it tells each mapped record.

    Raises `ConfigError` naming the entry and the field when a field does not exist or an expression does not compile.
    """
    mapping = compile_mapping(options)
    counts = ValueCounts(mapping.judged)
    learner = make_learner(mapping, partial(record_reader, stream.key), counts)
    return Route(
        stream, options.object.name, Mapper(mapping, learner.learn if learner else None, counts), learner
    )


class Routes:
    """The routes of a catalog, by stream. `refused` are the streams of which no record can be taken, and why."""

    def __init__(
        self, routes: Sequence[Route], refused: Mapping[StreamKey, ConfigError] | None = None
    ) -> None:
        self._routes: dict[StreamKey, Route] = {route.stream.key: route for route in routes}
        self._refused = refused or {}

    def __iter__(self) -> Iterator[Route]:
        return iter(self._routes.values())

    @property
    def streams(self) -> tuple[StreamKey, ...]:
        """Namespace and name of every stream of the catalog."""
        return (*self._routes, *self._refused)

    def find(self, record: Record) -> Route:
        """The route of a record. Raises `ConfigError` for a stream that is refused, or that the catalog does not have."""
        route = self._routes.get(record.key)
        if route is not None:
            return route
        if refusal := self._refused.get(record.key):
            raise refusal
        raise ConfigError(
            f"A record came of stream {record.stream!r} (namespace {record.namespace!r}), which is not in the catalog. The "
            f"catalog has: {', '.join(sorted(name for _, name in self.streams)) or 'none'}. Add the stream to the connection.",
        )


def make_routes(settings: Settings, catalog: Sequence[ConfiguredStream]) -> Routes:
    """Find the object and the mapping of each stream.

    Raises `ConfigError` for a stream whose object is not known, and for a mapping that does not compile. Where Airbyte may only be
    clearing streams, such a stream is refused at its first record: a clear sends none, and Airbyte repeats one that fails in place of
    every later sync. A sync mode that PDVSync cannot do is always refused so.
    """
    routes: list[Route] = []
    refused: dict[StreamKey, ConfigError] = {}
    clearing = _clears_some(catalog)
    for stream in catalog:
        try:
            routes.append(_make_route(settings, stream, alone=len(catalog) == 1 and not settings.streams))
        except ConfigError as error:
            if not clearing:
                raise
            refused[stream.key] = error
    return Routes(routes, refused)


def check_mappings(settings: Settings) -> None:
    """Compile the mapping of every entry in `streams`. Raises `ConfigError` naming the entry and the field."""
    for entry in settings.streams:
        declared = settings.manifest.get(entry.object or CLIENTE)
        settings.require_address(declared)
        compile_mapping(_mapper_options(settings, declared, entry))


def _make_route(settings: Settings, stream: ConfiguredStream, *, alone: bool) -> Route:
    entry = _entry_for(settings, stream)
    declared = _object_of(settings, stream, entry, alone=alone)
    _refuse_mode(stream, declared)
    if declared.name == ANEXO and not settings.attaches:
        raise ConfigError(
            f"Stream {stream.name!r} is anexo, and attachments is None in the config. Choose Customers API there, or leave the stream "
            "out of the connection.",
        )
    settings.require_address(declared)
    soft_delete = stream.sync_mode == "soft_delete"
    return build_route(stream, _mapper_options(settings, declared, entry, soft_delete=soft_delete))


def _refuse_mode(stream: ConfiguredStream, declared: DeclaredObject) -> None:
    if stream.overwrites:
        raise ConfigError(
            f"Stream {stream.name!r} is set to {stream.sync_mode!r}, which PDVSync cannot do: clientes at the tills are never "
            "removed, only set inactive. Choose append or append_dedup (both upsert by idRetaguarda). Deletions arrive as "
            "situacao 0.",
        )
    if stream.sync_mode == "soft_delete" and declared.deletion is None:
        raise ConfigError(
            f"Stream {stream.name!r} is set to 'soft_delete', and {declared.name} declares no SoftDelete. Choose "
            f"{', '.join(declared.sync_modes)}, or declare it in objects.",
        )


def _entry_for(settings: Settings, stream: ConfiguredStream) -> StreamSettings | None:
    """The first entry of `streams` in the config that fits the stream."""
    return next((entry for entry in settings.streams if _fits(entry, stream)), None)


def _fits(entry: StreamSettings, stream: ConfiguredStream) -> bool:
    named = fnmatchcase(stream.name.casefold(), entry.stream.casefold())
    return named and entry.namespace in (None, stream.namespace)


def refuse_unused_entries(settings: Settings, catalog: Sequence[ConfiguredStream]) -> None:
    """Refuse an entry of `streams` that fits no stream, since what it says would not be applied.

    Airbyte may leave streams out where it clears some: there it is passed over. Raises `ConfigError`.
    """
    if not catalog or _clears_some(catalog):
        return
    unused = [
        entry.stream for entry in settings.streams if not any(_fits(entry, stream) for stream in catalog)
    ]
    if unused:
        raise ConfigError(
            f"In streams, no stream of the connection fits {_quoted(unused)}. The connection has: "
            f"{_quoted(stream.name for stream in catalog)}. Correct the name of the entry (and its namespace), or remove it.",
        )


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names))


def _clears_some(catalog: Iterable[ConfiguredStream]) -> bool:
    return any(stream.refreshed or stream.overwrites for stream in catalog)


def _object_of(
    settings: Settings, stream: ConfiguredStream, entry: StreamSettings | None, *, alone: bool
) -> DeclaredObject:
    if entry is not None and entry.object is not None:
        return settings.manifest.get(entry.object)
    manifest = settings.manifest
    for name in (stream.object_name, stream.name):
        declared = manifest.of_stream(name) if name else None
        if declared is not None:
            return declared
        if name and name == stream.object_name:
            raise ConfigError(
                f"The catalog sends stream {stream.name!r} to object {name!r}, which does not exist."
                f"{nearest(name, manifest.names)} Known objects: {', '.join(manifest.names)}. Another object of PDVSync can be "
                "declared in objects.",
            )
    if entry is not None or alone:
        return manifest.get(CLIENTE)
    raise ConfigError(
        f"Nothing says what the records of stream {stream.name!r} are. Leave it out of the connection, or add an entry to streams in "
        f'the config, for example {{"stream": "{stream.name}", "object": "cliente"}}.',
    )


def _mapper_options(
    settings: Settings,
    declared: DeclaredObject,
    entry: StreamSettings | None,
    *,
    soft_delete: bool = False,
) -> MapperOptions:
    return MapperOptions(
        id_inquilino=settings.id_inquilino,
        id_proprietario=settings.id_proprietario,
        object=declared,
        api_version=settings.api_version,
        values=settings.values,
        entry=entry,
        soft_delete=soft_delete,
        attachments=declared.name == CLIENTE and settings.attaches,
    )
