"""Print the objects that can be written, and how."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any, Final

from source_destination_clientes.cliente.fields import ObjectKind
from source_destination_clientes.cliente.schema import json_schema
from source_destination_clientes.protocol.output import Output
from source_destination_clientes.settings import Settings
from source_destination_clientes.settings.read_config import parse_config, read_config

_UPSERTS: Final = ("append", "append_dedup", "update", "soft_delete")


def add_options(parser: ArgumentParser) -> None:
    """Declare where the config is."""
    parser.add_argument("--config", required=True, type=Path)


def run(options: Namespace, output: Output) -> None:
    """Write the DESTINATION_CATALOG."""
    settings = parse_config(read_config(options.config), output.learn_secret)
    output.message("DESTINATION_CATALOG", destination_catalog=destination_catalog(settings))


def destination_catalog(settings: Settings) -> dict[str, Any]:
    """The objects of this config: clientes and addresses, and attachments when they are configured.

    One operation for each object and way of writing it, as protocol 0.16 and later have it; airbyte-cdk has no such message.
    Shape: https://docs.airbyte.com/platform/connector-development.
    """
    operations = [
        _operation(kind, mode, settings)
        for kind in (ObjectKind.CLIENTE, ObjectKind.CLIENTE_ENDERECO)
        for mode in _UPSERTS
    ]
    if settings.attachments.attachments_type == "attach_api":
        operations.append(_operation(ObjectKind.ANEXO, "append", settings))
    return {"operations": operations}


def _operation(kind: ObjectKind, mode: str, settings: Settings) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "object_name": kind.value,
        "sync_mode": mode,
        "json_schema": json_schema(kind, settings.api_version),
    }
    if kind is not ObjectKind.ANEXO:
        operation["matching_keys"] = [["idRetaguarda"]]
    return operation
