"""Erase one person from the storage: rejected records, marks, reports, journal and delivery index."""

import argparse
import secrets
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

import msgspec

from source_destination_clientes.commands.analysis import Router
from source_destination_clientes.commands.forget.index import Indexes
from source_destination_clientes.commands.forget.parts import erase_from_parts, learn_keys
from source_destination_clientes.commands.forget.texts import erase_from_journal, erase_from_reports
from source_destination_clientes.commands.person import Person
from source_destination_clientes.commands.replayed_row import mapped_key
from source_destination_clientes.commands.terminal import (
    PlainReporter,
    add_common_options,
    make_console,
    plural,
    print_json,
    read_settings,
    run_command,
)
from source_destination_clientes.errors import ConfigError
from source_destination_clientes.protocol.context import RunContext
from source_destination_clientes.rejection.row import Row
from source_destination_clientes.rejection.storage import Storage
from source_destination_clientes.rejection.storage.folder import FolderStorage
from source_destination_clientes.rejection.storage.open import open_storage
from source_destination_clientes.runtime.stopping import Stop
from source_destination_clientes.settings import Settings

_RECEIPTS: Final = "erasures/"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was erased, in numbers. Neither the key nor the document, nor anything made of them, is in it.

    `mentions` are rows about others whose words named the person; these rows stay, without the words.
    """

    erased_at: str
    searched_by: str
    rows: int
    mentions: int
    parts: int
    reports: int
    journal: int
    index: int
    version: int = 1


def main(argv: Sequence[str]) -> int:
    """Run the command; 0 when the person is nowhere in the storage any more."""
    parser = argparse.ArgumentParser(prog="destination-clientes forget", description=__doc__)
    add_common_options(parser)
    who = parser.add_mutually_exclusive_group(required=True)
    who.add_argument("--key", help="the person's idRetaguarda")
    who.add_argument("--document", help="the person's CPF or CNPJ, in any writing")
    parser.add_argument("--dry-run", action="store_true", help="say what would be erased, and erase nothing")
    return run_command(_forget, parser.parse_args(argv))


def _forget(options: Namespace) -> int:
    settings = read_settings(options.config)
    storage = open_storage(settings.object_storage_config)
    if storage is None:
        raise ConfigError(
            "The config keeps nothing (object_storage_config is None), so there is nothing to erase."
        )
    context = RunContext(PlainReporter(settings.secrets()), Stop())
    person = Person({options.key} if options.key else set(), options.document)
    receipt = erase(settings, storage, context, person, dry_run=options.dry_run)
    where = None if options.dry_run else _keep(storage, receipt)
    if options.json:
        print_json({**asdict(receipt), "receipt": where})
    else:
        _show(receipt, where, searched=person)
    return 0


def erase(
    settings: Settings, storage: Storage, context: RunContext, person: Person, *, dry_run: bool
) -> Receipt:
    """Take the person out of everything that is in the storage. Run it again after a crash: it goes on where it was."""
    searched_by = "document" if person.document else "key"

    def key_of(row: Row) -> str | None:
        return mapped_key(router, row)

    router = Router(settings, None)
    if person.document:
        learn_keys(storage, person, key_of)
    if isinstance(storage, FolderStorage) and not dry_run:
        storage.remove_left_over()
    found = erase_from_parts(storage, person, key_of, dry_run=dry_run)
    indexes = Indexes(settings, storage, context, f"forget-{secrets.token_hex(4)}")
    return Receipt(
        erased_at=context.clock.now().isoformat().replace("+00:00", "Z"),
        searched_by=searched_by,
        rows=found.rows,
        mentions=found.mentions,
        parts=found.parts,
        reports=erase_from_reports(storage, person, dry_run=dry_run),
        journal=erase_from_journal(storage, person, dry_run=dry_run),
        index=indexes.erase(person.keys, dry_run=dry_run),
    )


def _keep(storage: Storage, receipt: Receipt) -> str:
    moment = "".join(character for character in receipt.erased_at[:19] if character.isalnum())
    path = f"{_RECEIPTS}{moment}Z-{secrets.token_hex(4)}.json"
    storage.put(path, msgspec.json.format(msgspec.json.encode(receipt), indent=2) + b"\n")
    return path


def _show(receipt: Receipt, where: str | None, *, searched: Person) -> None:
    console = make_console()
    what = "Erased" if where else "Would be erased"
    console.print(
        f"{what}: {plural(receipt.rows, 'row')} in {plural(receipt.parts, 'part')}, words in {plural(receipt.mentions, 'row')} about "
        f"others, {plural(receipt.reports, 'report')}, {plural(receipt.journal, 'note')} of the journal, "
        f"{plural(receipt.index, 'entry').replace('entrys', 'entries')} of the delivery index."
    )
    if not searched.keys:
        console.print(
            "The delivery index knows clientes by key, and no row tells the key of this document. Give --key too, in a run of its own."
        )
    if where:
        console.print(f"The receipt is {where}; it has numbers alone.")
    console.print(
        "PDVSync, the stores and the source have their own copies: erase or anonymise the person there too."
    )
