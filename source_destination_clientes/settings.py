"""The config, once: one frozen object, made here and nowhere else. The spec that Airbyte shows is generated from it.

Names are the public interface; connections in the field depend on them.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)

from source_destination_clientes.errors import ConfigError

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1", "[::1]"})
_PDVSYNC: Final = "https://pdvsync.varejo.totvs.com.br"
_RAC_HOSTS: Final = {
    "production": "rac.totvs.app",
    "homologation": "rac.staging.totvs.app",
    "custom": "rac.totvs.app",
}


def _about(title: str, description: str, order: int, /, default: Any = ..., **extra: Any) -> Any:
    """A field as the form shows it; keyword arguments that pydantic knows are bounds, the rest goes into the spec."""
    bounds = {
        name: extra.pop(name)
        for name in ("ge", "le", "min_length", "pattern", "examples", "discriminator")
        if name in extra
    }
    return Field(
        default, title=title, description=description, json_schema_extra={"order": order, **extra}, **bounds
    )


class Section(BaseModel):
    """A part of the config. Unknown keys are passed over: the platform may add some."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Production(Section):
    """PDVSync in production."""

    model_config = ConfigDict(title="Production")
    environment_type: Literal["production"]

    @property
    def control_base(self) -> str:
        """Where lotes are opened and closed."""
        return f"{_PDVSYNC}/controleprocesso"

    @property
    def clientes_base(self) -> str:
        """Where clientes are sent."""
        return f"{_PDVSYNC}/cliente"

    @property
    def status_base(self) -> str:
        """Where the status at the stores is asked for."""
        return self.control_base


class Homologation(Section):
    """PDVSync's QA environment."""

    model_config = ConfigDict(title="Homologation (QA)")
    environment_type: Literal["homologation"]

    @property
    def control_base(self) -> str:
        """Where lotes are opened and closed."""
        return "https://qua-pdvsync.varejo.totvs.com.br/controleprocesso"

    @property
    def clientes_base(self) -> str:
        """Where clientes are sent."""
        return "https://pdvsync-core-cliente-qa-ywc7q7nxya-uc.a.run.app"

    @property
    def status_base(self) -> str:
        """Where the status at the stores is asked for."""
        return self.control_base


class Custom(Section):
    """Addresses of one's own: another host, a proxy, the sandbox."""

    model_config = ConfigDict(title="Custom Addresses")
    environment_type: Literal["custom"]
    control_url: str = _about(
        "Control URL",
        "Address of the lote control service (<i>controle de processo</i>), up to but without <code>/api/retaguarda</code>.",
        1,
        examples=[f"{_PDVSYNC}/controleprocesso"],
        pattern="^https?://[^\\s/]+.*$",
        pattern_descriptor="https://host/path",
    )
    clientes_url: str = _about(
        "Clientes URL",
        "Address of the clientes service, up to but without <code>/api/retaguarda</code>.",
        2,
        examples=[f"{_PDVSYNC}/cliente"],
        pattern="^https?://[^\\s/]+.*$",
        pattern_descriptor="https://host/path",
    )
    status_url: str | None = _about(
        "Status URL",
        "Address of the service that knows the status at the stores, if it is not the control service.",
        3,
        None,
        examples=[f"{_PDVSYNC}/controle"],
        pattern="^https?://[^\\s/]+.*$",
        pattern_descriptor="https://host/path",
    )

    @property
    def control_base(self) -> str:
        """Where lotes are opened and closed."""
        return self.control_url.rstrip("/")

    @property
    def clientes_base(self) -> str:
        """Where clientes are sent."""
        return self.clientes_url.rstrip("/")

    @property
    def status_base(self) -> str:
        """Where the status at the stores is asked for."""
        return (self.status_url or self.control_url).rstrip("/")


class RacPassword(Section):
    """A RAC user, by password grant."""

    model_config = ConfigDict(title="RAC User and Password")
    auth_type: Literal["rac_password"]
    username: str = _about(
        "Username",
        "The RAC user for integrations (<i>usuário RAC</i>). It needs the permission RETAGUARDA.",
        1,
        min_length=1,
    )
    password: SecretStr = _about(
        "Password", "The password (<i>senha</i>) of the RAC user.", 2, airbyte_secret=True
    )
    client_id: str = _about("Client ID", "Handed out by TOTVS together with the RAC tenant.", 3, min_length=1)
    client_secret: SecretStr = _about(
        "Client Secret", "Handed out by TOTVS together with the client ID.", 4, airbyte_secret=True
    )
    rac_tenant: str | None = _about(
        "RAC Tenant",
        "The first part of your RAC address: <code>my-company</code> in <code>https://my-company.rac.totvs.app</code>. The token "
        "address is derived from it and the environment. Give either this or the token URL.",
        5,
        None,
        examples=["my-company"],
        pattern="^[A-Za-z0-9-]+$",
        pattern_descriptor="letters, digits and hyphens",
        always_show=True,
    )
    token_url: str | None = _about(
        "Token URL",
        "The whole address of the token endpoint, if it cannot be derived from the RAC tenant.",
        6,
        None,
        examples=["https://my-company.rac.totvs.app/totvs.rac/connect/token"],
        pattern="^https?://[^\\s/]+.*$",
        pattern_descriptor="https://host/path",
    )

    @model_validator(mode="after")
    def _one_address(self) -> "RacPassword":
        if not self.rac_tenant and not self.token_url:
            raise ValueError("give either rac_tenant or token_url")
        return self


class BearerToken(Section):
    """A token made elsewhere; it cannot be renewed from here."""

    model_config = ConfigDict(title="Bearer Token")
    auth_type: Literal["bearer_token"]
    token: SecretStr = _about(
        "Token",
        "A bearer token for PDVSync. It must outlive the sync, since it cannot be renewed.",
        1,
        airbyte_secret=True,
    )


class StoreStatusOff(Section):
    """The sync ends when the lotes are closed."""

    model_config = ConfigDict(title="Off")
    mode: Literal["off"] = "off"


class StoreStatusPoll(Section):
    """Ask, after the lotes are closed, how far the stores are."""

    model_config = ConfigDict(title="Poll")
    mode: Literal["poll"]
    wait_minutes: float = _about(
        "Wait (Minutes)",
        "How long to follow the stores after the last lote is closed. States never wait for it; an offline store may never answer.",
        1,
        10,
        ge=0,
        le=90,
    )


class Lote(Section):
    """How records are gathered and sent."""

    records_per_request: int = _about(
        "Records per Request",
        "Records in one request. TOTVS's own integration sends 100.",
        1,
        100,
        ge=1,
        le=1000,
    )
    records_per_lote: int = _about(
        "Records per Lote",
        "Records in one lote. TOTVS's own integration sends at most 1,000.",
        2,
        1000,
        ge=1,
        le=100_000,
    )
    concurrent_requests: int = _about(
        "Concurrent Requests", "Requests under way at the same time within a lote.", 3, 4, ge=1, le=32
    )
    max_open_seconds: float = _about(
        "Longest Wait (Seconds)",
        "A record waits at most this long for its lote to be sent and closed, even when the source is quiet; a lote that is "
        "open for longer is closed and the rest goes into another.",
        4,
        300,
        ge=1,
        le=3600,
    )
    open_lote_policy: Literal["wait_then_close", "close", "fail"] = _about(
        "When Another Lote Is Open",
        "PDVSync allows one open lote (<i>lote em andamento</i>) per inquilino. <b>wait_then_close</b> waits for its owner, then "
        "takes it for left behind and closes it; <b>close</b> closes it at once, which cuts another integration short; "
        "<b>fail</b> ends the sync and names the lote.",
        5,
        "wait_then_close",
    )
    open_lote_wait_minutes: float = _about(
        "Wait for Another Lote (Minutes)",
        "How long wait_then_close waits for the owner of the open lote.",
        6,
        10,
        ge=0,
        le=90,
    )
    store_status: Annotated[StoreStatusOff | StoreStatusPoll, Field(discriminator="mode")] = _about(
        "Status at the Stores",
        "Whether to follow up what the stores (<i>lojas</i>) report after downloading a lote.",
        7,
        StoreStatusOff(),
    )


class Values(Section):
    """How values become what the API takes."""

    overlong: Literal["reject", "truncate"] = _about(
        "Overlong Text",
        "<b>reject</b> the record, or <b>truncate</b> the text to the longest the API takes; truncated values are counted.",
        1,
        "reject",
    )
    document_check: Literal["check_digits", "length_only"] = _about(
        "CPF and CNPJ",
        "<b>check_digits</b> refuses documents whose check digits (<i>dígitos verificadores</i>) are wrong; <b>length_only</b> "
        "looks at the length.",
        2,
        "check_digits",
    )
    pessoa_fisica_code: Literal[1, 0] = _about(
        "Code for a Person (pessoaFisica)",
        "What pessoaFisica means for a person. TOTVS's own integrations send 1 for a person and 0 for a company, although the "
        "page of the v3 API says the opposite.",
        3,
        1,
    )


class FieldMapping(Section):
    """What one field is filled with."""

    field: str = _about("Field", "Name of the field, for example <code>nome</code>.", 1, min_length=1)
    value: str = _about(
        "Value",
        "A column (<code>customer_name</code>, <code>address.city</code>), a literal in quotes (<code>'S/N'</code>), or an "
        "expression (<code>{{ record.ddd ~ record.phone }}</code>).",
        2,
        examples=["customer_name", "'S/N'", "{{ record.first ~ ' ' ~ record.last }}"],
    )


class StreamSettings(Section):
    """What one stream, or several that fit a pattern, becomes."""

    stream: str = _about(
        "Stream",
        "Name of the stream, or a pattern such as <code>crm_*</code>. The first entry that fits counts.",
        1,
        min_length=1,
    )
    namespace: str | None = _about("Namespace", "Only streams of this namespace.", 2, None)
    object: Literal["cliente", "cliente_endereco", "anexo"] | None = _about(
        "Object",
        "What the records are: <b>cliente</b> (the default), <b>cliente_endereco</b> (further addresses), <b>anexo</b> (files to "
        "attach).",
        3,
        None,
    )
    preset: Literal["protheus_sa1", "winthor", "customer", "shopify", "vtex", "salesforce_contact"] | None = (
        _about(
            "Preset",
            "A ready mapping for a well-known source; fields below override it.",
            4,
            None,
        )
    )
    fields: tuple[FieldMapping, ...] = _about(
        "Fields",
        "What to fill fields with. Columns that bear the API's names need no entry.",
        5,
        (),
    )


class NoAttachments(Section):
    """Nothing is attached."""

    model_config = ConfigDict(title="None")
    attachments_type: Literal["none"] = "none"


class Upload(Section):
    """How bytes become a file. The call is not publicly documented: ask your contact for these values."""

    path: str = _about("Path", "Path of the call that creates a file.", 1, "/v1/files")
    encoding: Literal["multipart", "json_base64"] = _about(
        "Encoding", "How the bytes travel.", 2, "multipart"
    )
    file_field: str = _about("File Field", "Name of the field that holds the bytes.", 3, "file")
    purpose_field: str | None = _about(
        "Purpose Field", "Name of the field that holds the purpose; empty for none.", 4, "purpose"
    )
    purpose: str | None = _about(
        "Purpose", "Purpose of files that bring none.", 5, None, examples=["identity_document_front"]
    )
    max_megabytes: float = _about("Largest File (MB)", "Larger files are rejected.", 6, 10, ge=0.001, le=1000)


class AttachApi(Section):
    """Files are attached through the customers API."""

    model_config = ConfigDict(title="Customers API")
    attachments_type: Literal["attach_api"]
    base_url: str = _about(
        "Base URL",
        "Address of the customers API, without <code>/v1</code>.",
        1,
        "https://api.base39.io",
        pattern="^https?://[^\\s/]+.*$",
        pattern_descriptor="https://host",
    )
    api_key: SecretStr = _about(
        "API Key", "The key with readWrite on <code>/v1/customers</code>.", 2, airbyte_secret=True
    )
    external_client_id: str | None = _about(
        "External Client ID", "Sent as <code>base39-external-client-id</code>.", 3, None
    )
    upload: Upload | None = _about(
        "Upload",
        "How to create files from bytes, for records that bring bytes instead of the ID of a file.",
        4,
        None,
    )


class Rejections(Section):
    """What happens when records are rejected."""

    fail_when_all_rejected: bool = _about(
        "Fail When All Are Rejected",
        "End the sync with an error, before any state is given up, when 100 or more records came and every one was rejected: "
        "nearly always a mistake in the mapping.",
        1,
        default=True,
    )
    fail_above_percent: float | None = _about(
        "Fail Above Percent",
        "End the sync when more than this share of its records is rejected; judged from 100 records on, and at the end.",
        2,
        None,
        ge=0,
        le=100,
    )
    fail_above_records: int | None = _about(
        "Fail Above Records", "End the sync when more than this number of records is rejected.", 3, None, ge=0
    )
    logged_per_reason: int = _about(
        "Logged per Reason",
        "So many rejections of each reason are told in the log, the rest is counted.",
        4,
        10,
        ge=0,
        le=1000,
    )


_BUCKET_PATH: Final = "Folder within the bucket. Rejected records lie below it, by job and stream."
_COMPRESSION: Final = "Whether files are compressed."


class StorageNone(Section):
    """Rejected records are counted and told in the log only."""

    model_config = ConfigDict(title="None")
    storage_type: Literal["None"] = "None"


class StorageS3(Section):
    """Amazon S3, or what speaks like it."""

    model_config = ConfigDict(title="S3")
    storage_type: Literal["S3"]
    access_key_id: SecretStr | None = _about(
        "Access Key ID",
        "Leave empty to use the credentials of the environment.",
        1,
        None,
        airbyte_secret=True,
        always_show=True,
    )
    secret_access_key: SecretStr | None = _about(
        "Secret Access Key",
        "The secret that belongs to the access key ID.",
        2,
        None,
        airbyte_secret=True,
        always_show=True,
    )
    s3_bucket_name: str = _about(
        "S3 Bucket Name", "Name of the bucket.", 3, min_length=1, examples=["my-rejected-records"]
    )
    s3_bucket_region: str = _about(
        "S3 Bucket Region", "Region of the bucket.", 4, "", examples=["sa-east-1"], always_show=True
    )
    bucket_path: str = _about(
        "Bucket Path", _BUCKET_PATH, 5, "", examples=["airbyte/rejected"], always_show=True
    )
    s3_endpoint: str | None = _about(
        "S3 Endpoint",
        "Address of another object store that speaks S3 (MinIO, R2). Empty for AWS.",
        6,
        None,
        examples=["https://minio.example.com:9000"],
    )
    compression: Literal["none", "gzip"] = _about("Compression", _COMPRESSION, 7, "none", airbyte_hidden=True)


class StorageGcs(Section):
    """Google Cloud Storage."""

    model_config = ConfigDict(title="GCS")
    storage_type: Literal["GCS"]
    gcs_bucket_name: str = _about("GCS Bucket Name", "Name of the bucket.", 1, min_length=1)
    bucket_path: str = _about("Bucket Path", _BUCKET_PATH, 2, "", always_show=True)
    service_account_json: SecretStr | None = _about(
        "Service Account JSON",
        "Key of a service account. Leave empty to use the credentials of the environment.",
        3,
        None,
        airbyte_secret=True,
        always_show=True,
        multiline=True,
    )
    compression: Literal["none", "gzip"] = _about("Compression", _COMPRESSION, 4, "none", airbyte_hidden=True)


class StorageAzure(Section):
    """Azure Blob Storage."""

    model_config = ConfigDict(title="Azure Blob Storage")
    storage_type: Literal["Azure"]
    azure_account_name: str = _about("Account Name", "Name of the storage account.", 1, min_length=1)
    azure_container_name: str = _about("Container Name", "Name of the container.", 2, min_length=1)
    bucket_path: str = _about(
        "Path",
        "Folder within the container. Rejected records lie below it, by job and stream.",
        3,
        "",
        always_show=True,
    )
    azure_account_key: SecretStr | None = _about(
        "Account Key",
        "Give this or a SAS token; leave both empty to use the credentials of the environment.",
        4,
        None,
        airbyte_secret=True,
        always_show=True,
    )
    sas_token: SecretStr | None = _about(
        "SAS Token", "A shared access signature for the container.", 5, None, airbyte_secret=True
    )
    compression: Literal["none", "gzip"] = _about("Compression", _COMPRESSION, 6, "none", airbyte_hidden=True)


class StorageLocal(Section):
    """A folder: a mounted volume, when the connector runs in a container."""

    model_config = ConfigDict(title="Local Folder")
    storage_type: Literal["Local"]
    path: str = _about(
        "Path",
        "Folder for rejected records. In a container it must be a mounted volume.",
        1,
        min_length=1,
        examples=["/local/rejected"],
    )
    compression: Literal["none", "gzip"] = _about("Compression", _COMPRESSION, 2, "none", airbyte_hidden=True)


class Network(Section):
    """Time-outs, retries and limits."""

    request_timeout_seconds: float = _about(
        "Request Time-out (Seconds)",
        "How long one request may take to connect, and to answer.",
        1,
        60,
        ge=1,
        le=600,
    )
    retry_minutes: float = _about(
        "Retry for (Minutes)",
        "How long a call is tried again before the sync ends as transient error.",
        2,
        10,
        ge=0,
        le=90,
    )
    requests_per_second: float | None = _about(
        "Requests per Second",
        "Never send more than this, over all concurrent requests.",
        3,
        None,
        ge=0.01,
        le=10_000,
    )
    ca_bundle: str | None = _about(
        "CA Bundle", "File with the certificate authorities to trust, if your network inspects TLS.", 4, None
    )
    allow_insecure_http: bool = _about(
        "Allow Insecure HTTP",
        "Accept addresses without TLS. Only for tests.",
        5,
        default=False,
        airbyte_hidden=True,
    )


Environment: TypeAlias = Production | Homologation | Custom
Credentials: TypeAlias = RacPassword | BearerToken
Storage: TypeAlias = StorageNone | StorageS3 | StorageGcs | StorageAzure | StorageLocal


class Settings(Section):
    """The whole config."""

    environment: Environment = _about(
        "Environment",
        "Which PDVSync to write to.",
        1,
        group="connection",
        discriminator="environment_type",
        display_type="radio",
    )
    credentials: Credentials = _about(
        "Credentials",
        "How to sign in to PDVSync.",
        2,
        group="connection",
        discriminator="auth_type",
        display_type="radio",
    )
    id_inquilino: str = _about(
        "Inquilino (Tenant ID)",
        "The identifier of your network of stores in PDVSync (<i>idInquilino</i>), handed out by TOTVS.",
        3,
        group="connection",
        min_length=1,
    )
    id_proprietario: str = _about(
        "Proprietário (Owner ID)",
        "The owner of clientes that bring none (<i>idProprietario</i>); it decides which stores receive them. The master owner "
        "reaches all stores.",
        4,
        group="connection",
        min_length=1,
    )
    api_version: Literal["v2", "v3"] = _about(
        "API Version",
        "Version of the retaguarda API. v3 says which records it refuses, v2 refuses whole requests.",
        5,
        "v2",
        group="connection",
    )
    lote: Lote = _about("Lotes", "How records are gathered and sent.", 6, Lote(), group="delivery")
    values: Values = _about("Values", "How values become what the API takes.", 7, Values(), group="mapping")
    streams: tuple[StreamSettings, ...] = _about(
        "Streams",
        "What the records of each stream are and how they are mapped. A single stream of clientes whose columns bear the API's "
        "names needs no entry.",
        8,
        (),
        group="mapping",
    )
    attachments: NoAttachments | AttachApi = _about(
        "Attachments",
        "Whether files are attached to customers.",
        9,
        NoAttachments(),
        group="attachments",
        discriminator="attachments_type",
    )
    rejections: Rejections = _about(
        "Rejections", "What happens when records are rejected.", 10, Rejections(), group="rejections"
    )
    object_storage_config: Storage = _about(
        "Object Storage Configuration",
        "Where rejected records are kept, with their reason.",
        11,
        StorageNone(),
        group="rejections",
        discriminator="storage_type",
    )
    network: Network = _about("Network", "Time-outs, retries and limits.", 12, Network(), group="network")

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> "Settings":
        """Understand a config. Raises `ConfigError` with one sentence for each mistake; values are never quoted."""
        try:
            settings = cls.model_validate(raw)
        except ValidationError as error:
            raise ConfigError(
                " ".join(_sentence(problem) for problem in error.errors(include_input=False))
            ) from None
        settings.refuse_plain_http()
        return settings

    @property
    def token_url(self) -> str:
        """Where RAC hands out tokens; empty for credentials that need none."""
        credentials = self.credentials
        if not isinstance(credentials, RacPassword):
            return ""
        host = _RAC_HOSTS[self.environment.environment_type]
        return credentials.token_url or f"https://{credentials.rac_tenant}.{host}/totvs.rac/connect/token"

    def secrets(self) -> tuple[str, ...]:
        """Every secret value of the config, to be masked wherever text goes out."""
        sections = (self.credentials, self.attachments, self.object_storage_config)
        values = (getattr(section, name) for section in sections for name in type(section).model_fields)
        return tuple(
            value.get_secret_value()
            for value in values
            if isinstance(value, SecretStr) and value.get_secret_value()
        )

    def refuse_plain_http(self) -> None:
        """Credentials and personal data travel encrypted, except within this machine."""
        if self.network.allow_insecure_http:
            return
        named = {
            "environment.control_url": self.environment.control_base,
            "environment.clientes_url": self.environment.clientes_base,
            "environment.status_url": self.environment.status_base,
            "credentials.token_url": self.token_url,
            "attachments.base_url": getattr(self.attachments, "base_url", ""),
        }
        plain = [
            name for name, url in named.items() if urlsplit(url).scheme == "http" and not is_loopback(url)
        ]
        if plain:
            raise ConfigError(
                f"{', '.join(plain)} must begin with https://: credentials and personal data would travel in the clear."
            )


def is_loopback(url: str) -> bool:
    """The address is one of this machine."""
    return (urlsplit(url).hostname or "") in _LOOPBACK


_ADVICE: Final = {
    "missing": "is required and missing.",
    "union_tag_not_found": "needs its type: choose one of the options.",
    "union_tag_invalid": "has a type that does not exist: choose one of the options.",
}


def _sentence(problem: Mapping[str, Any]) -> str:
    place = ".".join(str(part) for part in problem["loc"] if part not in _TAGS) or "the config"
    words = _ADVICE.get(str(problem["type"]))
    if words is None:
        text = str(problem["msg"]).removeprefix("Value error, ")
        words = f"is wrong: {text[0].lower()}{text[1:]}."
    return f"{place} {words}"


def _tags() -> frozenset[str]:
    """The values that tell branches apart; pydantic puts them into the place of a mistake, where no operator looks."""
    found: set[str] = set()
    for branch in (
        *Environment.__args__,
        *Credentials.__args__,
        *Storage.__args__,
        NoAttachments,
        AttachApi,
        StoreStatusOff,
        StoreStatusPoll,
    ):
        annotation = next(iter(branch.model_fields.values())).annotation
        found.update(annotation.__args__)
    return frozenset(found)


_TAGS: Final = _tags()
