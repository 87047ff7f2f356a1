"""Files attached to customers."""

from typing import Final, Literal, TypeAlias

from pydantic import ConfigDict, SecretStr

from source_destination_clientes.settings.option import OPTIONAL_URL, Section, about

CUSTOMERS_URL: Final = "https://api.base39.io"


class NoAttachments(Section):
    """Nothing is attached."""

    model_config = ConfigDict(title="None")
    attachments_type: Literal["none"] = "none"


class Upload(Section):
    """The call that creates a file from bytes. It is not publicly documented: ask your contact for these values."""

    path: str = about("Path", "Path of the call that creates a file.", "/v1/files")
    encoding: Literal["multipart", "json_base64"] = about("Encoding", "How the bytes are sent.", "multipart")
    file_field: str = about("File Field", "Name of the field that holds the bytes.", "file")
    purpose_field: str | None = about(
        "Purpose Field", "Name of the field that holds the purpose; empty for none.", "purpose"
    )
    purpose: str | None = about(
        "Purpose", "Purpose of files whose record has none.", None, examples=["identity_document_front"]
    )
    max_megabytes: float = about("Largest File (MB)", "Larger files are rejected.", 10, ge=0.001, le=1000)


class AttachApi(Section):
    """Files are attached through the customers API."""

    model_config = ConfigDict(title="Customers API")
    attachments_type: Literal["attach_api"]
    base_url: str = about(
        "Base URL",
        "Address of the customers API, without <code>/v1</code>.",
        CUSTOMERS_URL,
        **OPTIONAL_URL,
    )
    api_key: SecretStr = about(
        "API Key",
        "The key with readWrite on <code>/v1/customers</code>.",
        min_length=1,
        airbyte_secret=True,
    )
    external_client_id: str | None = about(
        "External Client ID", "Sent as <code>base39-external-client-id</code>.", None
    )
    upload: Upload | None = about(
        "Upload",
        "How to create files from bytes, for records that have bytes instead of the ID of a file.",
        None,
    )


Attachments: TypeAlias = NoAttachments | AttachApi
