"""Show what became of one cliente: delivered when, unchanged since, rejected why, and what each store says."""

import argparse
import secrets
from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from rich.table import Table

from source_destination_clientes.commands.analysis import Router
from source_destination_clientes.commands.fate import Fate, History, history_of
from source_destination_clientes.commands.person import Person
from source_destination_clientes.commands.replayed_row import mapped_key
from source_destination_clientes.commands.terminal import (
    PlainReporter,
    add_common_options,
    complain,
    make_console,
    print_json,
    read_settings,
    run_command,
)
from source_destination_clientes.errors import ClientesError, ConfigError
from source_destination_clientes.lote.shop_reports import progress, status_name
from source_destination_clientes.protocol.context import RunContext
from source_destination_clientes.rejection.archive import RowFilter, Unreadable, open_archive
from source_destination_clientes.rejection.privacy import mask_key, mask_words
from source_destination_clientes.rejection.row import Row
from source_destination_clientes.rejection.storage import Storage
from source_destination_clientes.rejection.storage.open import open_storage
from source_destination_clientes.retaguarda.api import Retaguarda, ShopStatus
from source_destination_clientes.retaguarda.connect import connect
from source_destination_clientes.runtime.stopping import Stop
from source_destination_clientes.settings import Settings, SkipUnchanged

_SAID: Final = {
    Fate.DELIVERED: "Delivered.",
    Fate.UNCHANGED: "Delivered, and unchanged since.",
    Fate.REJECTED_BY_MAPPING: "Rejected before it was sent: its data does not fit.",
    Fate.REJECTED_BY_API: "Rejected by PDVSync when it was sent.",
    Fate.REFUSED_BY_STORE: "Delivered to PDVSync, and refused by a store.",
    Fate.FILE_REJECTED: "A file of it was rejected.",
    Fate.NEVER_SEEN: "Never seen: neither among what was delivered nor among what was rejected.",
}


def main(argv: Sequence[str]) -> int:
    """Run the command; 0 when something is known of the cliente, 1 when nothing is."""
    parser = argparse.ArgumentParser(prog="destination-clientes trace", description=__doc__)
    add_common_options(parser)
    who = parser.add_mutually_exclusive_group(required=True)
    who.add_argument("--key", help="the idRetaguarda of the cliente")
    who.add_argument(
        "--document", help="the CPF or CNPJ, in any writing; its keys are those of rejected rows"
    )
    parser.add_argument(
        "--reveal",
        action="store_true",
        help="show the key, and the words of PDVSync and the stores, as they are",
    )
    return run_command(_trace, parser.parse_args(argv))


def _trace(options: Namespace) -> int:
    settings = read_settings(options.config)
    storage = open_storage(settings.object_storage_config)
    if storage is None:
        raise ConfigError(
            "The config has no storage, so nobody remembers what was delivered or rejected. Set object_storage_config."
        )
    person = Person({options.key} if options.key else set(), options.document)
    rows = list(_rows_about(person, settings, storage))
    if person.document:
        # Many sources use the document as the key.
        person.keys.add(person.document)
    shops = _Shops(settings)
    histories = [
        history_of(settings, storage, key, [row for row, owner in rows if owner in (key, None)], shops.ask)
        for key in sorted(person.keys)
    ]
    known = [history for history in histories if history.fate is not Fate.NEVER_SEEN] or histories[:1]
    shown = _Shown(reveal=options.reveal)
    if options.json:
        print_json({"clientes": [_numbers(history, shown) for history in known]})
    else:
        for history in known:
            _show(history, shown, settings)
    return 0 if any(history.fate is not Fate.NEVER_SEEN for history in known) else 1


def _rows_about(person: Person, settings: Settings, storage: Storage) -> Iterator[tuple[Row, str | None]]:
    """The rejected rows about a person that are not settled, each with its key as far as it is known."""
    router = Router(settings, None)
    archive = open_archive(storage, secrets.token_hex(4))
    for found in archive.rows(RowFilter()):
        if isinstance(found, Unreadable):
            continue
        _, row = found
        key = row.key or mapped_key(router, row)
        person.learn_from(row, key)
        if person.owns(row, key):
            yield row, key


@dataclass(slots=True)
class _Shops:
    """Asks PDVSync about lotes; when that fails once, it says so and asks no more."""

    settings: Settings
    _api: Retaguarda | None = None
    _failed: bool = field(default=False)

    def ask(self, lote: str) -> Sequence[ShopStatus]:
        if self._failed:
            return ()
        try:
            if self._api is None:
                self._api = connect(self.settings, RunContext(PlainReporter(self.settings.secrets()), Stop()))
            return self._api.lote_status(lote) or ()
        except ClientesError as error:
            self._failed = True
            complain(f"The stores cannot be asked: {error}")
            return ()


@dataclass(frozen=True, slots=True)
class _Shown:
    """What may be seen. PDVSync's own words about a row may quote the whole record, so they are not even masked, but left out."""

    reveal: bool

    def key(self, key: str) -> str:
        return key if self.reveal else mask_key(key)

    def words(self, words: str) -> str:
        return words if self.reveal else mask_words(words)

    def raw(self, row: Row) -> str | None:
        return row.raw if self.reveal else None


def _numbers(history: History, shown: _Shown) -> dict[str, object]:
    delivery = history.delivery
    return {
        "key": shown.key(history.key),
        "fate": history.fate,
        "delivery": delivery
        and {
            "object": delivery.object,
            "at": delivery.at.isoformat(),
            "lote": delivery.lote,
            "job": delivery.job,
            "unchanged_at": delivery.unchanged_at and delivery.unchanged_at.isoformat(),
        },
        "rejections": [
            {
                "rejected_at": row.rejected_at,
                "stage": row.stage,
                "reason": row.reason,
                "field": row.field,
                "message": shown.words(row.message),
                "words": shown.raw(row),
                "lote": row.lote,
                "job": row.job_id,
            }
            for row in history.rows
        ],
        "stores": [
            {
                "store": shop.shop,
                "status": shop.status,
                "name": status_name(shop.status),
                "progress": progress(shop),
                "words": _words_of(shop, history.key, shown),
            }
            for shop in history.shops
        ],
    }


def _words_of(shop: ShopStatus, key: str, shown: _Shown) -> list[str]:
    """What a store says about this cliente or its whole lote."""
    return [shown.words(words) for named, words in shop.errors if named in (key, None)]


def _show(history: History, shown: _Shown, settings: Settings) -> None:
    console = make_console()
    console.print(f"Cliente {shown.key(history.key)}: {_SAID[history.fate]}")
    delivery = history.delivery
    if delivery:
        lote = f" in lote {delivery.lote}" if delivery.lote else ""
        job = f" by job {delivery.job}" if delivery.job else ""
        console.print(f"Last delivered {delivery.at:%Y-%m-%d %H:%M} UTC{lote}{job}.")
    if delivery and delivery.unchanged_at:
        console.print(
            f"Nothing newer was sent up to the sync that ended {delivery.unchanged_at:%Y-%m-%d %H:%M} UTC."
        )
    if delivery is None and not isinstance(settings.delivery_index, SkipUnchanged):
        console.print("What was delivered is remembered only with delivery_index.mode skip_unchanged.")
    if history.rows:
        table = Table("rejected at", "stage", "reason", "field", "why", title="Rejected")
        for row in history.rows:
            why = " ".join(filter(None, (shown.words(row.message), shown.raw(row))))
            table.add_row(row.rejected_at[:19], row.stage, row.reason, row.field or "", why)
        console.print(table)
    if history.shops:
        table = Table(
            "store", "status", "progress", "the store's words", title=f"Lote {history.lote} at the stores"
        )
        for shop in history.shops:
            words = "; ".join(_words_of(shop, history.key, shown))
            table.add_row(shop.shop, f"{shop.status} {status_name(shop.status)}", progress(shop), words)
        console.print(table)
