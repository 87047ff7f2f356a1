"""Show the status of a lote at the stores, and what they refused."""

import argparse
from argparse import Namespace
from collections.abc import Sequence
from typing import TypeAlias

from rich.table import Table

from source_destination_clientes.commands.terminal import (
    PlainReporter,
    add_common_options,
    complain,
    make_console,
    print_json,
    read_settings,
    run_command,
)
from source_destination_clientes.lote.shop_reports import errors_of, is_done, status_name
from source_destination_clientes.protocol.context import RunContext
from source_destination_clientes.rejection.privacy import mask_key, mask_words
from source_destination_clientes.retaguarda.api import ShopStatus
from source_destination_clientes.retaguarda.connect import connect
from source_destination_clientes.runtime.stopping import Stop

Refusal: TypeAlias = tuple[str | None, str]
"""What a store refused: the key of a record, or None for the whole lote, and the store's words."""


def main(argv: Sequence[str]) -> int:
    """Run the command; 0 unless PDVSync does not know the lote, cannot be asked, or a store refused something."""
    parser = argparse.ArgumentParser(prog="destination-clientes status", description=__doc__)
    add_common_options(parser)
    parser.add_argument("--lote", required=True, help="the code of the lote (loteOrigem)")
    parser.add_argument("--store", help="only this store (idRetaguardaLoja)")
    parser.add_argument(
        "--reveal",
        action="store_true",
        help="show keys and the stores' words unmasked, with the personal data in them",
    )
    return run_command(_status, parser.parse_args(argv))


def _status(options: Namespace) -> int:
    settings = read_settings(options.config)
    api = connect(settings, RunContext(PlainReporter(settings.secrets()), Stop()))
    stores = api.lote_status(options.lote)
    if stores is None:
        complain(
            f"PDVSync does not know lote {options.lote} of this inquilino, or has not validated it yet. Check the code, or ask again "
            "in a minute."
        )
        return 1
    wanted = [
        (store, _refusals(store, reveal=options.reveal))
        for store in stores
        if options.store in (None, store.shop)
    ]
    if options.json:
        print_json({"lote": options.lote, "stores": [_numbers(*each) for each in wanted]})
    else:
        _show(options.lote, wanted)
    return 1 if any(refusals for _, refusals in wanted) else 0


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
        "done": is_done(store),
        "errors": [{"key": key, "words": words} for key, words in refusals],
    }


def _show(lote: str, stores: Sequence[tuple[ShopStatus, Sequence[Refusal]]]) -> None:
    console = make_console()
    if not stores:
        console.print(f"No status of lote {lote} from any store yet. Stores see a lote once it is closed.")
        return
    table = Table("store", "status", "progress", "refused", title=f"Lote {lote}")
    for store, refusals in stores:
        table.add_row(
            store.shop,
            f"{store.status} {status_name(store.status)}",
            "done" if is_done(store) else "not done",
            str(len(refusals) or ""),
        )
    console.print(table)
    refused = Table("store", "record", "the store's words", title="Refused")
    for store, refusals in stores:
        for key, words in refusals:
            refused.add_row(store.shop, "the whole lote" if key is None else key, words)
    if refused.row_count:
        console.print(refused)
