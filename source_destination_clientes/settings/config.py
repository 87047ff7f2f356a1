"""The whole config."""

import json
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationError, field_validator

from source_destination_clientes.errors import ConfigError
from source_destination_clientes.manifest.nearest import nearest
from source_destination_clientes.manifest.objects import CLIENTE, DeclaredObject, Endpoint, Manifest
from source_destination_clientes.manifest.shipped import shipped_manifest
from source_destination_clientes.settings.attachments import Attachments, NoAttachments
from source_destination_clientes.settings.connection import (
    ApiVersion,
    BearerToken,
    Credentials,
    Environment,
    service_bases,
    token_address,
)
from source_destination_clientes.settings.delivery import Lote
from source_destination_clientes.settings.delivery_index import (
    DeliveryIndex,
    DeliveryIndexOff,
    SkipUnchanged,
)
from source_destination_clientes.settings.mapping import StreamSettings, Values
from source_destination_clientes.settings.mistakes import sentences
from source_destination_clientes.settings.network import Network, is_loopback
from source_destination_clientes.settings.on_finish import NotifyOff, OnFinish
from source_destination_clientes.settings.option import Section, Trimmed, about
from source_destination_clientes.settings.rejections import Rejections, Storage, StorageNone


class Settings(Section):
    """The whole config."""

    environment: Environment = about(
        "Environment",
        "Which PDVSync to write to (<i>ambiente</i>).",
        group="connection",
        discriminator="environment_type",
        display_type="radio",
    )
    credentials: Credentials = about(
        "Credentials",
        "How to sign in to PDVSync.",
        group="connection",
        discriminator="auth_type",
        display_type="radio",
    )
    id_inquilino: Trimmed = about(
        "Inquilino (Tenant ID)",
        "The identifier of your network of stores in PDVSync (<i>idInquilino</i>), given by TOTVS.",
        group="connection",
        min_length=1,
    )
    id_proprietario: Trimmed = about(
        "Proprietário (Owner ID)",
        "The owner of clientes whose records have none (<i>idProprietario</i>). It decides which stores receive them; the master "
        "owner reaches all stores.",
        group="connection",
        min_length=1,
    )
    api_version: ApiVersion = about(
        "API Version",
        "Version of the retaguarda API. v3 says which records it refuses, v2 refuses whole requests.",
        "v2",
        group="connection",
    )
    lote: Lote = about(
        "Lotes",
        "How records are grouped and sent. PDVSync opens a <i>lote</i>, takes records into it and closes it; the stores see "
        "them only then.",
        Lote(),
        group="delivery",
    )
    streams: tuple[StreamSettings, ...] = about(
        "Streams",
        "What the records of each stream are and how they are mapped. A single stream of clientes whose columns are named like the "
        "API's fields needs no entry.",
        (),
        group="mapping",
        always_show=True,
    )
    objects: str | None = about(
        "Objects",
        "Further fields of an object, or further objects of PDVSync, in YAML, in the form of the connector's manifest.",
        None,
        group="mapping",
        examples=[
            "- {type: AdditionalFields, object_name: cliente, properties: {novoCampo: {reader: text, max_length: 50}}}"
        ],
        multiline=True,
    )
    values: Values = about(
        "Values", "How values are converted to what the API takes.", Values(), group="mapping"
    )
    attachments: Attachments = about(
        "Attachments",
        "Whether files (<i>anexos</i>) are attached to customers.",
        NoAttachments(),
        group="attachments",
        discriminator="attachments_type",
        display_type="radio",
    )
    object_storage_config: Storage = about(
        "Object Storage Configuration",
        "Where rejected records are kept, with their reason. With <b>None</b> their content is not kept.",
        StorageNone(),
        group="rejections",
        discriminator="storage_type",
    )
    rejections: Rejections = about(
        "Rejections",
        "What happens when records are rejected (<i>registros recusados</i>).",
        Rejections(),
        group="rejections",
    )
    delivery_index: DeliveryIndex = about(
        "Unchanged Records",
        "Whether records that did not change since they were delivered are sent again. To send only what changed, choose an Object "
        "Storage: what was delivered is remembered there, as hashes.",
        DeliveryIndexOff(),
        group="delivery",
        discriminator="mode",
        display_type="radio",
    )
    on_finish: OnFinish = about(
        "When a Sync Ends",
        "Whether the report of the run is sent to an address of yours, for instance when records were rejected: for Airbyte such a sync "
        "has succeeded.",
        NotifyOff(),
        group="rejections",
        discriminator="notify",
        display_type="radio",
    )
    network: Network = about(
        "Network",
        "Time-outs, retries and limits of the network (<i>rede</i>).",
        Network(),
        group="network",
    )

    @field_validator("objects", mode="before")
    @classmethod
    def _as_text(cls, objects: object) -> object:
        """Declarations as a list, in the text that they would be in YAML: JSON is YAML."""
        return json.dumps(objects, ensure_ascii=False) if isinstance(objects, list) else objects

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> "Settings":
        """Validate a config. Raises `ConfigError` with one sentence for each mistake; values are never quoted."""
        try:
            settings = cls.model_validate(stated(raw))
        except ValidationError as error:
            raise ConfigError(sentences(error, cls)) from None
        settings.refuse_plain_http()
        settings.refuse_unknown_objects()
        settings.refuse_index_without_storage()
        return settings

    @cached_property
    def manifest(self) -> Manifest:
        """The shipped objects and those of the config. Raises `ConfigError` for a declaration that is wrong."""
        if not self.objects:
            return shipped_manifest()
        from source_destination_clientes.manifest.read import with_objects  # noqa: PLC0415 - only who declares pays for it

        try:
            return with_objects(shipped_manifest(), self.objects)
        except ConfigError as error:
            raise ConfigError(f'"Objects" (objects) cannot be used: {error}') from None

    @property
    def probed(self) -> Iterable[Endpoint]:
        """One endpoint of each service that this config sends to, for a check to ask."""
        addresses = service_bases(self.environment)
        found = {self.manifest.checker.service: self.manifest.checker}
        for entry in self.streams:
            sending = self.manifest.get(entry.object or CLIENTE).sending
            if sending is not None and addresses[sending.endpoint.service]:
                found.setdefault(sending.endpoint.service, sending.endpoint)
        return found.values()

    def require_address(self, declared: DeclaredObject) -> None:
        """Raise `ConfigError` when the config does not say where an object is sent."""
        if declared.sending and not service_bases(self.environment)[declared.sending.endpoint.service]:
            raise ConfigError(
                f'"Dados Básicos URL" (environment.dados_basicos_url) is missing: {declared.name} is sent to that service.'
            )

    @property
    def attaches(self) -> bool:
        """Whether files are attached to customers."""
        return self.attachments.attachments_type == "attach_api"

    @property
    def token_url(self) -> str:
        """Address of RAC's token endpoint; empty for credentials that need none."""
        return token_address(self.environment, self.credentials)

    def secrets(self) -> tuple[str, ...]:
        """Every secret value of the config, to be masked in all output."""
        sections = (self.credentials, self.attachments, self.object_storage_config, self.on_finish)
        values = (getattr(section, name) for section in sections for name in type(section).model_fields)
        return tuple(
            value.get_secret_value()
            for value in values
            if isinstance(value, SecretStr) and value.get_secret_value()
        )

    def refuse_plain_http(self) -> None:
        """Credentials and personal data leave this machine encrypted. Raises `ConfigError` naming every address without TLS."""
        plain = [name for name, url in self._addresses().items() if url and _is_exposed(name, url)]
        if plain and not self.network.allow_insecure_http:
            raise ConfigError(
                f"{', '.join(plain)} must begin with https://: without TLS, credentials and personal data could be read on the way."
            )

    def refuse_unknown_objects(self) -> None:
        """Raise `ConfigError` for a declaration that is wrong, and for an entry of `streams` whose object nobody declares."""
        names = self.manifest.names
        for at, entry in enumerate(self.streams):
            if entry.object is not None and entry.object not in names:
                raise ConfigError(
                    f'"Object" (streams[{at}].object) must be one of {", ".join(names)}.{nearest(entry.object, names)} '
                    "Another object of PDVSync can be declared in objects."
                ) from None

    def refuse_index_without_storage(self) -> None:
        """Raise `ConfigError` when what was delivered is to be remembered and there is no place for it."""
        if isinstance(self.delivery_index, SkipUnchanged) and isinstance(
            self.object_storage_config, StorageNone
        ):
            raise ConfigError(
                "delivery_index.mode skip_unchanged needs a storage that remembers what was delivered: choose one in "
                "object_storage_config, or set delivery_index.mode to off."
            )

    @property
    def hash_secret(self) -> bytes:
        """The secret that keyed hashes are made with: of the two that RAC takes, the one that is changed less often."""
        credentials = self.credentials
        secret = credentials.token if isinstance(credentials, BearerToken) else credentials.client_secret
        return secret.get_secret_value().encode()

    def _addresses(self) -> dict[str, str | None]:
        return {
            "environment.control_url": self.environment.control_base,
            "environment.clientes_url": self.environment.clientes_base,
            "environment.status_url": getattr(self.environment, "status_url", None),
            "environment.dados_basicos_url": getattr(self.environment, "dados_basicos_url", None),
            "credentials.token_url": self.token_url,
            "attachments.base_url": getattr(self.attachments, "base_url", None),
            "object_storage_config.s3_endpoint": getattr(self.object_storage_config, "s3_endpoint", None),
            "on_finish.url": getattr(self.on_finish, "url", None),
        }


def stated(node: Any) -> Any:
    """What a config states. Null and an empty text count as absent. Entries of lists stay where they are.

    API and Terraform users write null; Airbyte's form leaves out a field that was emptied. Names that begin with two underscores
    are passed over: Airbyte's own tools add such.
    """
    if isinstance(node, Mapping):
        return {
            name: stated(child)
            for name, child in node.items()
            if child not in (None, "") and not str(name).startswith("__")
        }
    return [stated(child) for child in node] if isinstance(node, list) else node


def _is_exposed(name: str, url: str) -> bool:
    """Whether the address is without TLS and on another machine. Raises `ConfigError` for an invalid URL."""
    try:
        return urlsplit(url).scheme == "http" and not is_loopback(url)
    except ValueError:
        raise ConfigError(f"{name} is not a valid URL.") from None
