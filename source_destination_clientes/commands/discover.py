"""Print the objects that can be written, and how."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from source_destination_clientes.cliente.schema import operations
from source_destination_clientes.protocol.output import Output
from source_destination_clientes.settings import Settings
from source_destination_clientes.settings.read_config import parse_config, read_config


def add_options(parser: ArgumentParser) -> None:
    """Declare where the config is."""
    parser.add_argument("--config", required=True, type=Path)


def run(options: Namespace, output: Output) -> None:
    """Write the DESTINATION_CATALOG."""
    settings = parse_config(read_config(options.config), output.learn_secret)
    output.message("DESTINATION_CATALOG", destination_catalog=destination_catalog(settings))


def destination_catalog(settings: Settings) -> dict[str, Any]:
    """The objects of this config: the shipped ones and its own; files only when they are to be attached.

    One operation for each object and way of writing it, as protocol 0.16 and later have it; airbyte-cdk has no such message.
    Shape: https://docs.airbyte.com/platform/connector-development.
    """
    written = [each for each in settings.manifest.objects if each.sending is not None or settings.attaches]
    return {
        "operations": [
            made
            for each in written
            for made in operations(each, settings.api_version, _filled(settings, each.name))
        ]
    }


def _filled(settings: Settings, name: str) -> frozenset[str]:
    """The fields of an object that an entry of `streams` fills."""
    entries = [entry for entry in settings.streams if (entry.object or "cliente") == name]
    return frozenset(mapping.field for entry in entries for mapping in entry.fields)
