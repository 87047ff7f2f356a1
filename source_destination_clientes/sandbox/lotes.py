"""Lotes and what they hold, in memory: one open lote per inquilino, data at the tills only after the close."""

import itertools
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from source_destination_clientes.sandbox.rules import (
    LOTE_REFUSED_BY_STORE,
    REFUSED_BY_STORE,
    Faults,
    fields_saying,
)

PREPARING: Final = 0
AVAILABLE: Final = 2
DOWNLOADING: Final = 4
DOWNLOADED: Final = 5
DOWNLOADED_WITH_ERRORS: Final = 6
WHOLE_LOTE: Final = "00000000-0000-0000-0000-000000000000"


@dataclass(slots=True)
class Lote:
    """One lote. `owner_closes_at` is when a planted lote is closed by whoever opened it."""

    code: str
    number: int
    inquilino: str
    tipos: list[int]
    opened_at: float
    closed_at: float | None = None
    owner_closes_at: float | None = None
    requests: int = 0
    in_flight: int = 0
    max_in_flight: int = 0
    records: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    refused: dict[tuple[str, str], tuple[Mapping[str, Any], Faults]] = field(default_factory=dict)
    store_errors: list[dict[str, Any]] = field(default_factory=list)

    def take(self, kind: str, record: dict[str, Any]) -> None:
        """Keep a record; that it was refused before no longer counts."""
        key = (kind, str(record["idRetaguarda"]))
        self.records[key] = record
        self.refused.pop(key, None)

    def refuse(self, kind: str, record: Mapping[str, Any], faults: Faults) -> None:
        """Remember that a record was refused, and why."""
        self.refused[kind, str(record.get("idRetaguarda"))] = (record, faults)

    def as_json(self) -> dict[str, Any]:
        """For the control routes."""
        return {
            "loteOrigem": self.code,
            "idInquilino": self.inquilino,
            "tipoLote": self.tipos,
            "opened_at": self.opened_at,
            "closed_at": self.closed_at,
            "records": len(self.records),
            "refused": len(self.refused),
            "requests": self.requests,
            "max_in_flight": self.max_in_flight,
        }


@dataclass(slots=True)
class Lotes:
    """Every lote, and what the tills can see."""

    stores: tuple[str, ...] = ("0101", "0102")
    store_delay: float = 2.0
    monotonic: Callable[[], float] = time.monotonic
    lotes: dict[str, Lote] = field(default_factory=dict)
    tills: dict[tuple[str, str, str], dict[str, Any]] = field(default_factory=dict)
    _open: dict[str, str] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def open(
        self, inquilino: str, tipos: list[int], *, owner_closes_after: float | None = None
    ) -> Lote | None:
        """Open a lote; None when another one of the inquilino is open."""
        if self.open_lote(inquilino):
            return None
        number = next(self._numbers)
        now = self.monotonic()
        closes = None if owner_closes_after is None else now + owner_closes_after
        lote = Lote(f"RETAGUARDA20260101{number:08d}", number, inquilino, tipos, now, owner_closes_at=closes)
        self.lotes[lote.code] = lote
        self._open[inquilino] = lote.code
        return lote

    def open_lote(self, inquilino: str) -> Lote | None:
        """The open lote of an inquilino."""
        code = self._open.get(inquilino)
        lote = self.lotes[code] if code else None
        if lote and lote.owner_closes_at is not None and self.monotonic() >= lote.owner_closes_at:
            self.close(lote)
            return None
        return lote

    def find(self, inquilino: str, code: str) -> Lote | None:
        """A lote of an inquilino, open or closed."""
        lote = self.lotes.get(code)
        return lote if lote and lote.inquilino == inquilino else None

    def close(self, lote: Lote) -> None:
        """Close a lote: what it holds is now at the tills."""
        lote.closed_at = self.monotonic()
        lote.store_errors = _store_errors(lote)
        del self._open[lote.inquilino]
        for (kind, key), record in lote.records.items():
            self.tills[lote.inquilino, kind, key] = record

    def status(self, lote: Lote) -> list[dict[str, Any]]:
        """How far each store is with a lote."""
        return [self._store_status(lote, store) for store in self.stores]

    def _store_status(self, lote: Lote, store: str) -> dict[str, Any]:
        errors = lote.store_errors if store == self.stores[-1] else []
        status = self._progress(lote)
        if status == DOWNLOADED and errors:
            status = DOWNLOADED_WITH_ERRORS
        shown = errors if status == DOWNLOADED_WITH_ERRORS else []
        return {"idRetaguardaLoja": store, "status": status, "errosIdentificados": shown}

    def _progress(self, lote: Lote) -> int:
        if lote.closed_at is None:
            return PREPARING
        age = self.monotonic() - lote.closed_at
        if age < self.store_delay / 2:
            return AVAILABLE
        return DOWNLOADING if age < self.store_delay else DOWNLOADED

    def visible(self, inquilino: str | None) -> Iterator[Mapping[str, Any]]:
        """What the tills can see."""
        for (owner, kind, _key), record in self.tills.items():
            if inquilino in (None, owner):
                yield {"_object": kind, **record}

    def pending(self) -> Iterator[Mapping[str, Any]]:
        """What lies in open lotes."""
        for code in self._open.values():
            for (kind, _key), record in self.lotes[code].records.items():
                yield {"_object": kind, **record}

    @property
    def open_count(self) -> int:
        """Lotes open now."""
        return len([inquilino for inquilino in list(self._open) if self.open_lote(inquilino)])


def _store_errors(lote: Lote) -> list[dict[str, Any]]:
    """What a store that downloads the lote refuses."""
    errors = []
    for (_kind, key), record in lote.records.items():
        if fields_saying(record, LOTE_REFUSED_BY_STORE):
            errors.append({"idRetaguarda": WHOLE_LOTE, "erro": "Falha ao processar o lote"})
        elif fields_saying(record, REFUSED_BY_STORE):
            errors.append({"idRetaguarda": key, "erro": "Cliente não pôde ser gravado no PDV"})
    return errors
