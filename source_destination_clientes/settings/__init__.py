"""The config as one frozen object, made here and nowhere else; the spec that Airbyte shows is generated from it.

Names of options are the public interface: connections in the field depend on them.
"""

from source_destination_clientes.settings.attachments import AttachApi, FilesApi, NoAttachments, NoUpload
from source_destination_clientes.settings.config import Settings
from source_destination_clientes.settings.connection import (
    ApiVersion,
    BearerToken,
    Custom,
    Homologation,
    Production,
    RacPassword,
    service_bases,
)
from source_destination_clientes.settings.delivery import (
    Lote,
    OpenLotePolicy,
    StoreStatusOff,
    StoreStatusPoll,
)
from source_destination_clientes.settings.delivery_index import DeliveryIndexOff, SkipUnchanged
from source_destination_clientes.settings.mapping import FieldMapping, StreamSettings, Values
from source_destination_clientes.settings.network import Network, is_loopback
from source_destination_clientes.settings.on_finish import NotifyOff, Webhook
from source_destination_clientes.settings.option import Section
from source_destination_clientes.settings.rejections import (
    Rejections,
    StorageAzure,
    StorageGcs,
    StorageLocal,
    StorageNone,
    StorageS3,
)

__all__ = [
    "ApiVersion",
    "AttachApi",
    "BearerToken",
    "Custom",
    "DeliveryIndexOff",
    "FieldMapping",
    "FilesApi",
    "Homologation",
    "Lote",
    "Network",
    "NoAttachments",
    "NoUpload",
    "NotifyOff",
    "OpenLotePolicy",
    "Production",
    "RacPassword",
    "Rejections",
    "Section",
    "Settings",
    "SkipUnchanged",
    "StorageAzure",
    "StorageGcs",
    "StorageLocal",
    "StorageNone",
    "StorageS3",
    "StoreStatusOff",
    "StoreStatusPoll",
    "StreamSettings",
    "Values",
    "Webhook",
    "is_loopback",
    "service_bases",
]
