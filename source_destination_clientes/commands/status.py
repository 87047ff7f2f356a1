"""Show how far the stores are with the lotes of the last run or with one lote, and what they refused."""

import argparse
from argparse import Namespace
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from rich.table import Column, Table

from source_destination_clientes.commands.terminal import (
    PlainReporter,
    add_common_options,
    complain,
    make_console,
    print_json,
    read_settings,
    run_command,
)
from source_destination_clientes.errors import ConfigError
from source_destination_clientes.lote.shop_reports import errors_of, is_done, progress, status_name
from source_destination_clientes.protocol.context import RunContext
from source_destination_clientes.records.report import read_report
from source_destination_clientes.rejection.privacy import mask_key, mask_words
from source_destination_clientes.rejection.storage.open import open_storage
from source_destination_clientes.retaguarda.api import Retaguarda, ShopStatus
from source_destination_clientes.retaguarda.connect import connect
from source_destination_clientes.runtime.stopping import Stop
from source_destination_clientes.settings import Settings

Refusal: TypeAlias = tuple[str | None, str]
"""What a store refused: the key of a record, or None for the whole lote, and the store's words."""

Shop: TypeAlias = tuple[ShopStatus, Sequence[Refusal]]
"""What a store says of a lote, and what it refused."""

_LOTES_ASKED: Final = 20
"""Lotes of a run that are asked for: one call each."""


def main(argv: Sequence[str]) -> int:
    """Run the command; 0 unless PDVSync does not know the lote, cannot be asked, or a shop refused something."""
    parser = argparse.ArgumentParser(prog="destination-clientes status", description=__doc__)
    add_common_options(parser)
    parser.add_argument(
        "--lote", help="the code of the lote (loteOrigem); without it, the latest lotes of the last run"
    )
    parser.add_argument("--store", help="only this store (idRetaguardaLoja)")
    parser.add_argument(
        "--reveal",
        action="store_true",
        help="show keys and the stores' words unmasked, with the personal data in them",
    )
    return run_command(_status, parser.parse_args(argv))


def _status(options: Namespace) -> int:
    settings = read_settings(options.config)
    lotes = [options.lote] if options.lote else _lotes_of_last_run(settings)
    api = connect(settings, RunContext(PlainReporter(settings.secrets()), Stop()))
    asked = {lote: _ask(api, lote, options) for lote in lotes}
    if options.lote and asked[options.lote] is None:
        complain(
            f"PDVSync does not know lote {options.lote} of this inquilino, or has not validated it yet. Check the code, or ask again "
            "in a minute."
        )
        return 1
    found = {lote: shops or [] for lote, shops in asked.items()}
    if options.json:
        told = [_lote_numbers(lote, shops) for lote, shops in found.items()]
        print_json(told[0] if options.lote else {"lotes": told})
    elif options.lote:
        _show(options.lote, found[options.lote])
    else:
        _show_all(found)
    return 1 if any(refusals for shops in found.values() for _, refusals in shops) else 0


def _lotes_of_last_run(settings: Settings) -> list[str]:
    """The codes of the latest lotes that the report of the last run names. Raises `ConfigError` when there is none."""
    storage = open_storage(settings.object_storage_config)
    if storage is None:
        raise ConfigError(
            "The config has no storage, so nobody remembers the lotes of the last run. Name one with --lote, or set "
            "object_storage_config."
        )
    report = read_report(storage)
    if not report.lotes:
        raise ConfigError(f"The last run ({report.job or 'outside of a job'}) closed no lote.")
    return [lote.code for lote in report.lotes[-_LOTES_ASKED:]]


def _ask(api: Retaguarda, lote: str, options: Namespace) -> list[Shop] | None:
    shops = api.lote_status(lote)
    if shops is None:
        return None
    return [
        (shop, _refusals(shop, reveal=options.reveal)) for shop in shops if options.store in (None, shop.shop)
    ]


def _refusals(store: ShopStatus, *, reveal: bool) -> list[Refusal]:
    refusals = errors_of(store).items()
    if reveal:
        return list(refusals)
    # A list, since the masked keys of two records may be equal.
    return [(key and mask_key(key), mask_words(words)) for key, words in refusals]


def _numbers(store: ShopStatus, refusals: Sequence[Refusal]) -> dict[str, object]:
    return {
        "store": store.shop,
        "status": store.status,
        "name": status_name(store.status),
        "progress": progress(store),
        "done": is_done(store),
        "errors": [{"key": key, "words": words} for key, words in refusals],
    }


def _lote_numbers(lote: str, shops: Sequence[Shop]) -> dict[str, object]:
    return {"lote": lote, "stores": [_numbers(*shop) for shop in shops]}


def _show_all(lotes: Mapping[str, Sequence[Shop]]) -> None:
    """One row for each lote: how many stores are done, and which are not."""
    # A code that is cut cannot be asked for.
    table = Table(
        Column("lote", no_wrap=True),
        "stores done",
        "refused",
        "stores that are not done",
        title="Lotes of the last run",
    )
    for lote, shops in lotes.items():
        behind = [f"{shop.shop} ({progress(shop)})" for shop, _ in shops if not is_done(shop)]
        refused = sum(len(refusals) for _, refusals in shops)
        done = f"{len(shops) - len(behind)} of {len(shops)}"
        table.add_row(
            lote, done, str(refused or ""), ", ".join(behind) or ("" if shops else "no store has heard of it")
        )
    make_console().print(table)


def _show(lote: str, stores: Sequence[Shop]) -> None:
    console = make_console()
    if not stores:
        console.print(f"No status of lote {lote} from any store yet. Stores see a lote once it is closed.")
        return
    table = Table("store", "status", "progress", "refused", title=f"Lote {lote}")
    for store, refusals in stores:
        table.add_row(
            store.shop,
            f"{store.status} {status_name(store.status)}",
            progress(store),
            str(len(refusals) or ""),
        )
    console.print(table)
    refused = Table("store", "record", "the store's words", title="Refused")
    for store, refusals in stores:
        for key, words in refusals:
            refused.add_row(store.shop, "the whole lote" if key is None else key, words)
    if refused.row_count:
        console.print(refused)
