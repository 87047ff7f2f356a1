"""What can be written, as a DESTINATION_CATALOG: one operation for each object and way of writing it.

Shape: https://docs.airbyte.com/platform/connector-development, protocol 0.16 and later. The CDK has no such message.
"""

from typing import Any, Final

from source_destination_clientes.cliente.fields import ObjectKind
from source_destination_clientes.cliente.schema import json_schema
from source_destination_clientes.settings import Settings

_UPSERTS: Final = ("append", "append_dedup", "update", "soft_delete")


def destination_catalog(settings: Settings) -> dict[str, Any]:
    """The objects of this config: clientes and addresses, and attachments when they are configured."""
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
