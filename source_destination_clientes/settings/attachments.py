"""Files attached to customers."""

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from pydantic import ConfigDict, SecretStr, field_validator

from source_destination_clientes.settings.option import OPTIONAL_URL, Section, about

CUSTOMERS_URL: Final = "https://api.base39.io"


class NoAttachments(Section):
    """Nothing is attached."""

    model_config = ConfigDict(title="None")
    attachments_type: Literal["none"] = "none"


class NoUpload(Section):
    """Records that have the bytes of a file, and not the ID of one, are rejected."""

    model_config = ConfigDict(title="None")
    upload_type: Literal["none"] = "none"


class FilesApi(Section):
    """A call of the customers API creates a file from bytes. It is not publicly documented: ask your contact for these values."""

    model_config = ConfigDict(title="Files API")
    upload_type: Literal["files_api"]
    path: str = about(
        "Path for New Files", "Path of the call that creates a file, below the base URL.", "/v1/files"
    )
    encoding: Literal["multipart", "json_base64"] = about(
        "Encoding of Files",
        "How the bytes of a file are sent: <b>multipart</b> as they are in a multipart form, <b>json_base64</b> as base64 in JSON.",
        "multipart",
    )
    file_field: str = about(
        "Field for the File", "Name of the field of the call that takes the bytes of the file.", "file"
    )
    purpose_field: str = about(
        "Field for the Purpose",
        "Name of the field of the call that takes the purpose of the file. No purpose is sent when this is empty.",
        "",
        examples=["purpose"],
        always_show=True,
    )
    purpose: str | None = about(
        "Purpose of Files",
        "What a file is for when its record does not say it. Sent in the field for the purpose.",
        None,
        examples=["identity_document_front"],
        always_show=True,
    )
    max_megabytes: float = about(
        "Largest File (MB)",
        "Records with a larger file are rejected. A megabyte has 1,000,000 bytes.",
        10,
        ge=0.001,
        le=1000,
    )


Upload: TypeAlias = NoUpload | FilesApi


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
        "The key of the customers API, with readWrite on <code>/v1/customers</code>.",
        min_length=1,
        airbyte_secret=True,
    )
    external_client_id: str | None = about(
        "External Client ID",
        "Sent in the header <code>base39-external-client-id</code>, if your contact gave you one.",
        None,
    )
    upload: Upload = about(
        "Upload of Files",
        "How to create files from bytes, for records that have bytes instead of the ID of a file.",
        NoUpload(),
        discriminator="upload_type",
    )

    @field_validator("upload", mode="before")
    @classmethod
    def _from_0_1(cls, upload: object) -> object:
        """In version 0.1 an upload was an object without a type, whose field for the purpose had a default."""
        if isinstance(upload, Mapping) and "upload_type" not in upload:
            return {"upload_type": "files_api", "purpose_field": "purpose", **upload}
        return upload


Attachments: TypeAlias = NoAttachments | AttachApi
