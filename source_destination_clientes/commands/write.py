"""Write the messages on stdin to PDVSync; states come back on stdout."""

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from source_destination_clientes.protocol.catalog import ConfiguredStream, read_catalog
from source_destination_clientes.protocol.context import RunContext
from source_destination_clientes.protocol.output import Output
from source_destination_clientes.protocol.stdin import LineSource, Source
from source_destination_clientes.runtime import tuning
from source_destination_clientes.runtime.stopping import Stop, end_in_time, heed_signals
from source_destination_clientes.settings.read_config import parse_config, read_config
from source_destination_clientes.sync.sync import Sync
from source_destination_clientes.sync.wiring import assemble_sync


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
        sync = assemble_write(config, catalog, LineSource(stdin), output, stop)
        heed_signals(stop, sync.inbox.wake)
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
    return assemble_sync(settings, catalog, source, RunContext(output, stop, os.environ))
