"""The delivery indexes of a sync, one for each object: which records are unchanged, and what was delivered."""

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import blake2b

from source_destination_clientes.errors import ClientesError
from source_destination_clientes.lote.load import Entry, Load
from source_destination_clientes.manifest.objects import ANEXO
from source_destination_clientes.protocol.context import RunContext
from source_destination_clientes.records.index import Index, IndexOptions, open_index
from source_destination_clientes.records.objects import Below, Objects, Readable
from source_destination_clientes.rejection.dead_letter import path_safe
from source_destination_clientes.settings import Settings, SkipUnchanged
from source_destination_clientes.sync.routes import Routes


@dataclass(slots=True)
class Unchanged:
    """Asks and tells the indexes.

    Without one, every record is sent. A record that brings files is always sent, and never counts as delivered here: its files
    have outcomes of their own. `skips` False sends everything and still remembers it, as a replay does.
    """

    openers: Mapping[str, Callable[[], Index]]
    context: RunContext
    skips: bool = True
    _indexes: dict[str, Index] = field(default_factory=dict)

    def open(self) -> None:
        """Read what was delivered before. Raises what the storage raises."""
        for kind, opener in self.openers.items():
            self._indexes[kind] = self.context.stop.run_uninterruptible(opener)

    def mask(self, kind: str, keys: Sequence[str], bodies: Sequence[bytes]) -> list[bool] | None:
        """For each record whether it is unchanged; None when none is."""
        index = self._indexes.get(kind) if self.skips else None
        mask = index.unchanged(keys, bodies) if index else None
        return mask if mask and any(mask) else None

    def pending(self, load: Load) -> None:
        """Note, durably, which clientes a load brings something new. Call it before its first lote is opened."""
        for kind, index in self._indexes.items():
            keys = [entry.key for entry in load.entries(kind) if entry.key]
            if keys:
                index.pending(keys)

    def done(self, code: str, accepted: Iterable[Entry]) -> None:
        """Note what a closed lote brought: of several versions of one cliente the first given counts.

        What cannot be noted stays pending, and is sent again by the next sync.
        """
        latest: dict[tuple[str, str], Entry] = {}
        for entry in accepted:
            latest.setdefault((entry.kind, entry.key), entry)
        for kind, index in self._indexes.items():
            brought = [
                each for each in latest.values() if each.kind == kind and each.key and not each.attachments
            ]
            with self._told("What was delivered cannot be remembered, so the next sync sends it again"):
                index.done([each.key for each in brought], [each.body for each in brought], code)

    def forget(self, kind: str, key: str | None) -> None:
        """Send this cliente in the next sync whatever it is like: a shop refused it."""
        index = self._indexes.get(kind)
        if index and key:
            with self._told("What a shop refused cannot be noted in the delivery index"):
                index.forget([key])

    def close(self) -> None:
        """Leave the indexes in order for the next sync. They are in order for it anyway, only it has to read more."""
        stop = self.context.stop
        for index in self._indexes.values():
            with self._told("The delivery index could not be closed"):
                stop.run_uninterruptible(partial(index.close, in_haste=stop.requested))
        self._indexes.clear()

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        try:
            yield
        except ClientesError as error:
            self.context.reporter.log("WARN", f"{what}. {error}")


def make_unchanged(
    settings: Settings, routes: Routes, storage: Objects | None, context: RunContext, *, skips: bool
) -> Unchanged:
    """The indexes that the config asks for: one for each object of the routes that has a key."""
    wanted = settings.delivery_index
    if storage is None or not isinstance(wanted, SkipUnchanged):
        return Unchanged({}, context)
    run = uuid.uuid4().hex[:12]
    openers: dict[str, Callable[[], Index]] = {}
    for kind in {route.object for route in routes if route.object != ANEXO}:
        anew = any(route.stream.refreshed for route in routes if route.object == kind)
        options = replace(index_options(settings, kind), anew=anew)
        openers[kind] = _opener(Below(storage, index_folder(settings, kind)), options, run, context)
    return Unchanged(openers, context, skips=skips)


def index_folder(settings: Settings, kind: str) -> str:
    """Where the index of an object is in the storage."""
    place = blake2b(settings.environment.clientes_base.encode(), digest_size=4).hexdigest()
    return f"index/{path_safe(settings.id_inquilino)}/{kind}/{place}/"


def indexed_objects(settings: Settings, storage: Readable) -> Iterator[str]:
    """The objects of the inquilino and the environment in the config that have an index."""
    root = f"index/{path_safe(settings.id_inquilino)}"
    kinds = {path.removeprefix(f"{root}/").split("/")[0] for path in storage.list(root)}
    for kind in sorted(kinds):
        if any(storage.list(index_folder(settings, kind).rstrip("/"))):
            yield kind


def index_options(settings: Settings, kind: str) -> IndexOptions:
    """The options of the index of an object."""
    scope = f"{settings.environment.clientes_base} {settings.id_inquilino} {kind}"
    wanted = settings.delivery_index
    if not isinstance(wanted, SkipUnchanged):
        return IndexOptions(settings.hash_secret, scope)
    return IndexOptions(settings.hash_secret, scope, wanted.max_age_days, wanted.resend)


def _opener(objects: Objects, options: IndexOptions, run: str, context: RunContext) -> Callable[[], Index]:
    def warn(words: str) -> None:
        context.reporter.log("WARN", words)

    return lambda: open_index(objects, options, run, context.clock, warn)
