"""Close a lote that was left open, so that another one can be opened.

What is in it goes to the shops. A lote that another integration is still filling is cut short: ask its owner first.
"""

import argparse
import sys
from argparse import Namespace
from collections.abc import Sequence

from source_destination_clientes.commands.terminal import (
    PlainReporter,
    add_common_options,
    print_json,
    read_settings,
    run_command,
)
from source_destination_clientes.errors import ClientesError
from source_destination_clientes.http.retry import RetryPolicy
from source_destination_clientes.protocol.context import RunContext
from source_destination_clientes.rejection.row import JobIdentity
from source_destination_clientes.rejection.storage.open import open_storage
from source_destination_clientes.retaguarda.connect import connect, for_closing
from source_destination_clientes.runtime.deadlines import CHECK_SECONDS, LEAST_CLOSING_SECONDS
from source_destination_clientes.runtime.stopping import Stop
from source_destination_clientes.settings import Settings
from source_destination_clientes.sync.wiring import open_journal


def main(argv: Sequence[str]) -> int:
    """Run the command; 0 when the lote is known to be closed."""
    parser = argparse.ArgumentParser(prog="destination-clientes close-lote", description=__doc__)
    add_common_options(parser)
    parser.add_argument("--lote", required=True, help="the code of the lote (loteOrigem)")
    return run_command(_close, parser.parse_args(argv))


def _close(options: Namespace) -> int:
    settings = read_settings(options.config)
    stop = Stop()
    policy = RetryPolicy(budget=LEAST_CLOSING_SECONDS, timeout=CHECK_SECONDS)
    context = RunContext(PlainReporter(settings.secrets()), stop)
    for_closing(connect(settings, context, policy), stop).close_lote(options.lote)
    _clear_note(settings, context, options.lote)
    if options.json:
        print_json({"lote": options.lote, "closed": True})
    else:
        sys.stdout.write(f"Lote {options.lote} is closed.\n")
    return 0


def _clear_note(settings: Settings, context: RunContext, code: str) -> None:
    """Clear what the journal says of the lote. The lote is closed whatever becomes of its note."""
    try:
        storage = open_storage(settings.object_storage_config)
        journal = open_journal(settings, context, JobIdentity(), storage)
        if journal:
            journal.forget(code)
    except ClientesError as error:
        context.reporter.log("WARN", f"The note of lote {code} could not be cleared. {error}")
