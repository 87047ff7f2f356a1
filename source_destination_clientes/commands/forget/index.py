"""Erasing a person from the delivery indexes. They have keyed hashes alone, which are personal data as long as the secret exists."""

from dataclasses import dataclass

from source_destination_clientes.protocol.context import RunContext
from source_destination_clientes.records.index import open_index
from source_destination_clientes.records.index_lookup import find_delivery
from source_destination_clientes.records.objects import Below
from source_destination_clientes.rejection.storage import Storage
from source_destination_clientes.settings import Settings
from source_destination_clientes.sync.unchanged import index_folder, index_options, indexed_objects


@dataclass(frozen=True, slots=True)
class Indexes:
    """The delivery indexes of the inquilino in the config, and of its environment: others have another secret or scope."""

    settings: Settings
    storage: Storage
    context: RunContext
    run: str

    def erase(self, keys: set[str], *, dry_run: bool) -> int:
        """Take these keys out of every index; the number of entries that were there."""
        erased = 0
        for kind in indexed_objects(self.settings, self.storage):
            objects = Below(self.storage, index_folder(self.settings, kind))
            options = index_options(self.settings, kind)
            known = [
                key for key in sorted(keys) if find_delivery(objects, options.secret, options.scope, key)
            ]
            erased += len(known)
            if known and not dry_run:
                index = open_index(objects, options, self.run, self.context.clock, self._warn)
                index.forget(known)
                # Merged, so that no earlier file has them any more.
                index.save(merge=True)
                index.close()
        return erased

    def _warn(self, words: str) -> None:
        self.context.reporter.log("WARN", words)
