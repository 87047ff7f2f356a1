"""Write the messages on stdin to PDVSync; states come back on stdout."""

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from source_destination_clientes.protocol.catalog import ConfiguredStream, read_catalog
from source_destination_clientes.protocol.context import RunContext
from source_destination_clientes.protocol.output import Output
from source_destination_clientes.protocol.stdin import LineSource, Source
from source_destination_clientes.runtime import tuning
from source_destination_clientes.runtime.reader import ReaderWatch
from source_destination_clientes.runtime.stopping import Stop, end_in_time, heed_signals
from source_destination_clientes.settings.read_config import parse_config, read_config
from source_destination_clientes.sync.opening import opening_words
from source_destination_clientes.sync.routes import refuse_unused_entries
from source_destination_clientes.sync.sync import Sync
from source_destination_clientes.sync.wiring import assemble_sync

_STDOUT: Final = 1
"""Its descriptor: `sys.stdout` leads elsewhere during a command, so that no print of a library breaks the protocol."""


def add_options(parser: ArgumentParser) -> None:
    """Declare where the config and the configured catalog are."""
    parser.add_argument("--config", required=True, type=Path)
    parser.add_argument("--catalog", required=True, type=Path)


def run(options: Namespace, output: Output) -> None:
    """Write what comes on stdin. The summary is logged whatever happens."""
    config, catalog = read_config(options.config), read_catalog(options.catalog)
    # Unbuffered: a daemon thread that waits in a buffered reader holds its lock, and the interpreter cannot end.
    with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as stdin:
        stop = Stop()
        watch = ReaderWatch(_STDOUT, stop)
        sync = assemble_write(config, catalog, LineSource(stdin, watch.look_again), output, stop)
        heed_signals(stop, sync.inbox.wake)
        watch.start(sync.inbox.wake)
        end_in_time(stop)
        tuning.prepare()
        try:
            for state in sync.run():
                output.write(state)
        finally:
            for line in sync.summary():
                output.log("INFO", line)


def assemble_write(
    config: Mapping[str, Any],
    catalog: Sequence[ConfiguredStream],
    source: Source,
    output: Output,
    stop: Stop,
) -> Sync:
    """The sync of one write, from its raw config. Raises `ConfigError` when config and catalog do not fit together."""
    settings = parse_config(config, output.learn_secret)
    refuse_unused_entries(settings, catalog)
    sync = assemble_sync(settings, catalog, source, RunContext(output, stop, os.environ))
    for level, words in opening_words(settings, catalog, sync.routes):
        output.log(level, words)
    return sync
