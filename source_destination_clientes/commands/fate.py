"""What became of one cliente, put together from the delivery index, the reports of the runs, the rejected rows, and the shops."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from source_destination_clientes.records.index_lookup import find_delivery
from source_destination_clientes.records.objects import Below
from source_destination_clientes.records.report import RunReport, read_reports
from source_destination_clientes.rejection.outcome import Stage
from source_destination_clientes.rejection.row import Row
from source_destination_clientes.rejection.storage import Storage
from source_destination_clientes.retaguarda.api import ShopStatus
from source_destination_clientes.settings import Settings
from source_destination_clientes.sync.unchanged import index_folder, index_options, indexed_objects

AskShops = Callable[[str], Sequence[ShopStatus]]
"""What the shops say of a lote; nothing when they cannot be asked."""


class Fate(StrEnum):
    """What became of a cliente, as of now."""

    DELIVERED = "delivered"
    UNCHANGED = "unchanged"
    REJECTED_BY_MAPPING = "rejected_by_mapping"
    REJECTED_BY_API = "rejected_by_api"
    REFUSED_BY_STORE = "refused_by_store"
    FILE_REJECTED = "file_rejected"
    NEVER_SEEN = "never_seen"


_OF_STAGE = {
    Stage.MAPPING: Fate.REJECTED_BY_MAPPING,
    Stage.API: Fate.REJECTED_BY_API,
    Stage.STORE: Fate.REFUSED_BY_STORE,
    Stage.ATTACH: Fate.FILE_REJECTED,
}


@dataclass(frozen=True, slots=True)
class Delivery:
    """The last delivery that the index knows.

    `lote`, `job` and the second of `at` come from the report of that run; without it, `at` is the end of the day. `unchanged_at` is when
    the latest run ended that came after it and found unchanged records of this object.
    """

    object: str
    at: datetime
    lote: str | None = None
    job: str | None = None
    unchanged_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class History:
    """All that is known of one key. `rows` are its rejected rows that are not settled, the latest last. `shops` are of its last lote."""

    key: str
    delivery: Delivery | None
    rows: Sequence[Row]
    shops: Sequence[ShopStatus] = ()

    @property
    def fate(self) -> Fate:
        """What happened last."""
        if any(key in (self.key, None) for shop in self.shops for key, _ in shop.errors):
            return Fate.REFUSED_BY_STORE
        if self.rows and (self.delivery is None or self._rejected_at >= self.delivery.at):
            return _OF_STAGE[Stage(self.rows[-1].stage)]
        if self.delivery is None:
            return Fate.NEVER_SEEN
        return Fate.UNCHANGED if self.delivery.unchanged_at else Fate.DELIVERED

    @property
    def lote(self) -> str | None:
        """The last lote it was in, as far as that is known."""
        if self.delivery and self.delivery.lote:
            return self.delivery.lote
        return next((row.lote for row in reversed(self.rows) if row.lote), None)

    @property
    def _rejected_at(self) -> datetime:
        moment = datetime.fromisoformat(self.rows[-1].rejected_at)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def history_of(settings: Settings, storage: Storage, key: str, rows: Sequence[Row], ask: AskShops) -> History:
    """What is known of a key; `rows` are the rejected rows about it."""
    found = History(
        key, _last_delivery(settings, storage, key), sorted(rows, key=lambda row: row.rejected_at)
    )
    return replace(found, shops=ask(found.lote)) if found.lote else found


def _last_delivery(settings: Settings, storage: Storage, key: str) -> Delivery | None:
    deliveries = list(_deliveries(settings, storage, key))
    return max(deliveries, key=lambda delivery: delivery.at, default=None)


def _deliveries(settings: Settings, storage: Storage, key: str) -> Iterator[Delivery]:
    """The last delivery of each object that has this key."""
    for kind in indexed_objects(settings, storage):
        options = index_options(settings, kind)
        found = find_delivery(
            Below(storage, index_folder(settings, kind)), options.secret, options.scope, key
        )
        if found is None:
            continue
        end_of_day = datetime.combine(found.day, time(), UTC) + timedelta(days=1)
        delivery = Delivery(kind, end_of_day)
        for report in read_reports(storage):
            lote = next((lote for lote in report.lotes if found.in_lote(lote.code)), None)
            if lote:
                delivery = replace(delivery, at=lote.closed_at, lote=lote.code, job=report.job)
                break
            if _saw_unchanged(report, kind) and delivery.unchanged_at is None:
                delivery = replace(delivery, unchanged_at=report.ended_at)
            if report.ended_at < end_of_day - timedelta(days=2):
                # No report of that day, and so none that tells the lote.
                break
        yield delivery


def _saw_unchanged(report: RunReport, kind: str) -> bool:
    return any(stream.object == kind and stream.unchanged for stream in report.streams)
