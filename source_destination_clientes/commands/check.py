"""Check whether a sync with this config could work."""

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from source_destination_clientes.errors import ClientesError
from source_destination_clientes.protocol.context import RunContext
from source_destination_clientes.protocol.output import Output
from source_destination_clientes.runtime.stopping import Stop
from source_destination_clientes.settings.read_config import parse_config, read_config


def add_options(parser: ArgumentParser) -> None:
    """Declare where the config is."""
    parser.add_argument("--config", required=True, type=Path)


def run(options: Namespace, output: Output) -> None:
    """Write the CONNECTION_STATUS."""
    output.connection_status(find_problems(read_config(options.config), output))


def find_problems(config: Mapping[str, Any], output: Output) -> list[str]:
    """Everything that would keep a sync from working, in sentences; an empty list when nothing would."""
    try:
        settings = parse_config(config, output.learn_secret)
        from source_destination_clientes.commands.probes import (  # noqa: PLC0415 - not for a wrong config
            check_connections,
            remarks,
        )

        for remark in remarks(settings, config):
            output.log("WARN", remark)
        return check_connections(settings, RunContext(output, Stop(), os.environ))
    except ClientesError as error:
        return [str(error)]
