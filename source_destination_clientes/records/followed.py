"""Closed lotes that a shop has not finished: the next syncs ask for them again, for up to seven days.

Beside each lote are keyed hashes of the keys it brought, so that a refusal which comes days later is known to be ours. No key is in the
clear, and no record: the next full refresh brings it, since the index forgets what a shop refused.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import msgspec

from source_destination_clientes.errors import ClientesError
from source_destination_clientes.records.hashing import Hasher
from source_destination_clientes.records.objects import Writable
from source_destination_clientes.runtime.clock import Clock

_KEPT: Final = timedelta(days=7)
_LOTES_IN_FILE: Final = 50
_MOST_FILES: Final = 100
_FOLDER: Final = "shops/"
_HASH: Final = 8


class FollowedLote(msgspec.Struct, frozen=True, kw_only=True):
    """A lote to be asked for again. `number` is how many records it brought; `keys` are their keyed hashes, in base64."""

    code: str
    namespace: str | None
    stream: str
    object: str
    job: str | None
    closed_at: datetime
    number: int
    keys: str

    def brought(self, key: str, hasher: Hasher) -> bool:
        """The lote brought this cliente."""
        wanted, hashes = hasher.keys([key]).tobytes(), b64decode(self.keys)
        return any(hashes[start : start + _HASH] == wanted for start in range(0, len(hashes), _HASH))


def hashed_keys(keys: Sequence[str], hasher: Hasher) -> str:
    """What `FollowedLote.keys` holds of these."""
    return b64encode(hasher.keys(keys).tobytes()).decode()


class _File(msgspec.Struct):
    version: int
    lotes: list[FollowedLote]


@dataclass(slots=True)
class Followed:
    """The lotes of one inquilino that shops have not finished. `objects` is the journal's folder of that inquilino.

    Fifty lotes make a file. A storage that fails is told of once and costs nothing but the news of some lotes.
    """

    objects: Writable
    run: str
    clock: Clock
    warn: Callable[[str], None]
    _waiting: list[FollowedLote] = field(default_factory=list)
    _written: int = 0
    _told: bool = False

    def add(self, lote: FollowedLote) -> None:
        """Take a lote; it is kept with the next `flush`, or once there are fifty."""
        self._waiting.append(lote)
        if len(self._waiting) >= _LOTES_IN_FILE:
            self.flush()

    def flush(self) -> None:
        """Keep what was added."""
        lotes, self._waiting = self._waiting, []
        if lotes:
            moment = self.clock.now().strftime("%Y%m%dT%H%M%SZ")
            path = f"{_FOLDER}{moment}-{self.run}-{self._written:04d}.json"
            self._written += 1
            self._try(lambda: self.objects.put(path, msgspec.json.encode(_File(1, lotes))))

    def unfinished(self) -> list[FollowedLote]:
        """The lotes to ask for, the oldest first. Those that are older than seven days are let go."""
        since = self.clock.now() - _KEPT
        found: list[FollowedLote] = []
        for path, lotes in self._files():
            kept = [lote for lote in lotes if lote.closed_at >= since]
            if not kept:
                self._try(partial(self.objects.delete, path))
            found += kept
        return sorted(found, key=lambda lote: lote.closed_at)

    def finished(self, codes: Collection[str]) -> None:
        """Let go lotes that every shop has finished."""
        for path, lotes in self._files():
            kept = [lote for lote in lotes if lote.code not in codes]
            if not kept:
                self._try(partial(self.objects.delete, path))
            elif len(kept) < len(lotes):
                content = msgspec.json.encode(_File(1, kept))
                self._try(partial(self.objects.put, path, content))

    def _files(self) -> Iterator[tuple[str, list[FollowedLote]]]:
        paths: list[str] = []
        self._try(lambda: paths.extend(self.objects.list(_FOLDER)))
        for path in paths[:-_MOST_FILES]:
            self._try(partial(self.objects.delete, path))
        for path in paths[-_MOST_FILES:]:
            try:
                yield path, msgspec.json.decode(self.objects.get(path), type=_File).lotes
            except (msgspec.DecodeError, UnicodeDecodeError):
                self._tell(f"{path} in {self.objects.location} cannot be read, and is passed over.")
            except ClientesError as error:
                self._tell(f"Lotes that shops have not finished cannot be looked up: {error}")

    def _try(self, act: Callable[[], object]) -> None:
        try:
            act()
        except ClientesError as error:
            self._tell(f"Lotes that shops have not finished cannot be kept: {error}")

    def _tell(self, words: str) -> None:
        if not self._told:
            self._told = True
            self.warn(words)
