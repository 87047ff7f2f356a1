"""What the stores report about closed lotes.

A lote reaches a store when its tills download it, which may be never: a store can be offline. Codes and their names are
those of TOTVS's own integration (https://github.com/totvs/winthor-smart-hub-layouts, "CONSULTAR LOTE"); 5 and 6 are the only
ones that mean a store is done.

>>> status_name(6)
'BaixadoComErro'
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from source_destination_clientes.lote.load import Entry
from source_destination_clientes.protocol.messages import Record, read_record
from source_destination_clientes.rejection.outcome import Reason, Rejection, Stage
from source_destination_clientes.retaguarda.api import StoreStatus

Finding: TypeAlias = tuple[Record, Rejection]
"""A record, and why a store refused it."""

STATUS_NAMES: Final = {
    0: "EmPreparacao",
    1: "EmProcessamento",
    2: "Disponivel",
    3: "Indisponivel",
    4: "EmProcessoDeBaixa",
    5: "BaixadoComSucesso",
    6: "BaixadoComErro",
    7: "EnviadoComSucesso",
    8: "EnviadoComErro",
    9: "ComProblemaVerificar",
}

_WITH_ERRORS: Final = 6
_DONE: Final = frozenset({5, _WITH_ERRORS})


def status_name(code: int) -> str:
    """The API's name of a status; its number when it has none that we know."""
    return STATUS_NAMES.get(code, f"status {code}")


def is_done(store: StoreStatus) -> bool:
    """The store has downloaded the lote, with or without errors."""
    return store.status in _DONE


def errors_of(store: StoreStatus) -> dict[str | None, str]:
    """What a store refused, by key, in its own words; the key None stands for the whole lote.

    A store that ends with errors and names none refuses the whole lote: TOTVS's own integration reads it so too.
    """
    errors: dict[str | None, str] = {}
    for key, words in store.errors:
        errors[key] = f"{errors[key]}; {words}" if key in errors else words
    if not errors and store.status == _WITH_ERRORS:
        errors[None] = ""
    return errors


@dataclass(slots=True)
class ClosedLote:
    """A closed lote and what its stores have said so far.

    `lines` are the records it brought, as they arrived, by key; they are let go when there is no room for them, and `number` still
    counts them. `unmatched` counts refusals for which no record is held: they cannot be kept in the dead letter.
    """

    code: str
    number: int
    size: int
    lines: dict[str, list[bytes]]
    stores: tuple[StoreStatus, ...] = ()
    refused: int = 0
    unmatched: int = 0
    _told: set[tuple[str, str | None]] = field(default_factory=set)

    @classmethod
    def of(cls, code: str, accepted: Iterable[Entry]) -> "ClosedLote":
        """The lote that brought these records; of several versions of one cliente the first given counts."""
        latest: dict[tuple[object, str], bytes] = {}
        for entry in accepted:
            latest.setdefault((entry.route.object, entry.key), entry.line)
        lines: dict[str, list[bytes]] = {}
        for (_, key), line in latest.items():
            lines.setdefault(key, []).append(line)
        return cls(code, len(latest), sum(map(len, latest.values())), lines)

    @property
    def done(self) -> bool:
        """Every store has downloaded it."""
        return bool(self.stores) and all(is_done(store) for store in self.stores)

    def forget_records(self) -> None:
        """Make room; what stores refuse from now on can only be counted."""
        self.lines = {}
        self.size = 0

    def hear(self, stores: tuple[StoreStatus, ...]) -> list[Finding]:
        """Take what the stores say now; return what is new. A record is refused at most once by a store."""
        self.stores = stores
        return [finding for store in stores for finding in self._news_of(store)]

    def _news_of(self, store: StoreStatus) -> Iterator[Finding]:
        errors = errors_of(store)
        # Records named one by one come first, so that the words about each are its own.
        for key in sorted(errors, key=lambda key: key is None):
            if (store.store, key) in self._told or (store.store, None) in self._told:
                continue
            self._told.add((store.store, key))
            if key is None:
                yield from self._whole(store, errors[key])
            else:
                yield from self._single(store, key, errors[key])

    def _single(self, store: StoreStatus, key: str, words: str) -> Iterator[Finding]:
        lines = self.lines.get(key, [])
        self.refused += 1
        self.unmatched += not lines
        message = f"Store {store.store} refused the record when it downloaded it; its own words are in raw."
        for line in lines:
            yield read_record(line), self._rejection(key, message, words)

    def _whole(self, store: StoreStatus, words: str) -> Iterator[Finding]:
        """One row for each record, so that all can be sent again."""
        message = (
            f"Store {store.store} reports an error of the whole lote, so every record of it counts as refused there; its own "
            "words are in raw."
        )
        told = sum(name == store.store and key is not None for name, key in self._told)
        self.refused += max(0, self.number - told)
        self.unmatched += 0 if self.lines else self.number
        for key, lines in self.lines.items():
            if (store.store, key) in self._told:
                continue
            self._told.add((store.store, key))
            for line in lines:
                yield read_record(line), self._rejection(key, message, words)

    def _rejection(self, key: str, message: str, words: str) -> Rejection:
        return Rejection(
            Stage.STORE, Reason.REFUSED_BY_STORE, message, key=key, lote=self.code, raw=words or None
        )

    def sentence(self) -> str:
        """Its fate, for people."""
        stores = ", ".join(f"{store.store} {status_name(store.status)}" for store in self.stores)
        refused = f"; {self.refused:,} refused" if self.refused else ""
        return f"Lote {self.code}, {self.number:,} records: {stores or 'no store has heard of it'}{refused}."

    def numbers(self) -> dict[str, Any]:
        """Its fate, for machines."""
        return {
            "lote": self.code,
            "records": self.number,
            "refused": self.refused,
            "stores": {store.store: status_name(store.status) for store in self.stores},
        }
