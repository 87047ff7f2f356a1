"""Finding one cliente in an index, for people who ask what became of it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import chain

from source_destination_clientes.records import index_base
from source_destination_clientes.records.hashing import Hasher, short_lote
from source_destination_clientes.records.index_log import read_log
from source_destination_clientes.records.index_manifest import PARTS, AnotherFormat, newest, read_manifest
from source_destination_clientes.records.index_sheet import Damaged, sheet_of
from source_destination_clientes.records.objects import Readable


@dataclass(frozen=True, slots=True)
class Found:
    """A cliente was last delivered on this day (UTC), in a lote whose code has this short form."""

    day: date
    lote: int

    def in_lote(self, code: str) -> bool:
        """It was this lote."""
        return short_lote(code) == self.lote


def find_delivery(objects: Readable, secret: bytes, scope: str, key: str) -> Found | None:
    """The last delivery of a key; None when the index knows of none, or cannot be read. Takes nothing over, writes nothing."""
    (wanted,) = Hasher(secret, scope).keys([key])
    generation = newest(objects)
    if not generation:
        return None
    try:
        manifest = read_manifest(objects, generation)
        latest = read_log(objects, manifest.log_from)
        if wanted in latest:
            sheets = iter([sheet_of([latest[wanted]] if latest[wanted] else [])])
        else:
            present = frozenset(objects.list(PARTS))
            listed = chain(reversed(manifest.deltas), manifest.parts)
            sheets = (index_base.read_sheet(objects, file, present) for file in listed)
        for sheet in sheets:
            if wanted in sheet.unknown:
                return None
            if wanted in sheet.keys:
                place = sheet.keys.index(wanted)
                day = datetime.fromtimestamp(sheet.days[place] * 86_400, UTC).date()
                return Found(day, sheet.lotes[place])
    except (Damaged, AnotherFormat):
        pass
    return None
