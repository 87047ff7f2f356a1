"""What happens when records are rejected, and where they are kept."""

from typing import Final, Literal, TypeAlias

from pydantic import ConfigDict, SecretStr

from source_destination_clientes.settings.option import Section, about


class Rejections(Section):
    """What happens when records are rejected."""

    fail_when_all_rejected: bool = about(
        "Fail When All Are Rejected",
        "Fail the sync, before it emits any state, when 100 or more records came and all were rejected: nearly always a "
        "mistake in the mapping.",
        default=True,
    )
    fail_when_column_misfits: bool = about(
        "Fail When a Column Never Fits",
        "Fail the sync, before it emits any further state, when 100 or more values came for an optional field and none of them fits: "
        "nearly always a mistake in the mapping, such as dates that are written day first.",
        default=True,
    )
    fail_above_percent: float | None = about(
        "Fail Above Percent Rejected",
        "Fail the sync when more than this share of its records is rejected. Checked from 100 records on, and at the end.",
        None,
        ge=0,
        le=100,
    )
    fail_above_records: int | None = about(
        "Fail Above Records Rejected",
        "Fail the sync when more than this number of its records is rejected.",
        None,
        ge=0,
    )
    logged_per_reason: int = about(
        "Rejections Logged per Reason",
        "Log at most this many rejected records for each reason of rejection; all are counted.",
        10,
        ge=0,
        le=1000,
    )
    keep: Literal["record", "mapped_columns", "key_only"] = about(
        "Kept of a Rejected Record",
        "What is kept of a rejected record: the record as it arrived, only the columns that fill a field, or the key alone. A record of "
        "which only the key is kept cannot be sent again by `replay`. Bytes of files are never kept, only their length and hash.",
        "record",
    )
    keep_days: int = about(
        "Keep Rejected Records For (Days)",
        "Rejected records that are older are deleted at the end of each sync and by the check of the connection. 0 keeps them for ever.",
        90,
        ge=0,
        le=3650,
    )


_BUCKET_PATH: Final = "Folder in the bucket. Rejected records are written below it, by job and stream."
_COMPRESSION: Final = "Whether files of rejected records are compressed."


class StorageNone(Section):
    """Rejected records are counted and logged; their content is not kept."""

    model_config = ConfigDict(title="None")
    storage_type: Literal["None"] = "None"


class StorageS3(Section):
    """Amazon S3, or an object store with the same API."""

    model_config = ConfigDict(title="S3")
    storage_type: Literal["S3"]
    access_key_id: SecretStr | None = about(
        "Access Key ID",
        "Leave empty to use the credentials of the environment.",
        None,
        airbyte_secret=True,
        always_show=True,
    )
    secret_access_key: SecretStr | None = about(
        "Secret Access Key",
        "The secret that belongs to the access key ID.",
        None,
        airbyte_secret=True,
        always_show=True,
    )
    s3_bucket_name: str = about(
        "S3 Bucket Name",
        "Name of the bucket for rejected records.",
        min_length=1,
        examples=["my-rejected-records"],
    )
    s3_bucket_region: str = about(
        "S3 Bucket Region",
        "Region of the bucket. Airbyte links to the rejected records by it; for another store than AWS any word will do.",
        "",
        examples=["sa-east-1"],
        required_in_form=True,
    )
    bucket_path: str = about("Bucket Path", _BUCKET_PATH, "", examples=["airbyte/rejected"], always_show=True)
    s3_endpoint: str | None = about(
        "S3 Endpoint",
        "Address of another object store with the API of S3 (MinIO, R2). Empty for AWS.",
        None,
        examples=["https://minio.example.com:9000"],
    )
    compression: Literal["none", "gzip"] = about("Compression", _COMPRESSION, "none", airbyte_hidden=True)


class StorageGcs(Section):
    """Google Cloud Storage."""

    model_config = ConfigDict(title="GCS")
    storage_type: Literal["GCS"]
    gcs_bucket_name: str = about("GCS Bucket Name", "Name of the bucket for rejected records.", min_length=1)
    bucket_path: str = about("Bucket Path", _BUCKET_PATH, "", always_show=True)
    service_account_json: SecretStr | None = about(
        "Service Account JSON",
        "Key of a service account. Leave empty to use the credentials of the environment.",
        None,
        airbyte_secret=True,
        always_show=True,
        multiline=True,
    )
    compression: Literal["none", "gzip"] = about("Compression", _COMPRESSION, "none", airbyte_hidden=True)


class StorageAzure(Section):
    """Azure Blob Storage."""

    model_config = ConfigDict(title="Azure Blob Storage")
    storage_type: Literal["Azure"]
    azure_account_name: str = about("Account Name", "Name of the storage account of Azure.", min_length=1)
    azure_container_name: str = about(
        "Container Name", "Name of the container for rejected records.", min_length=1
    )
    bucket_path: str = about(
        "Path",
        "Folder in the container. Rejected records are written below it, by job and stream.",
        "",
        always_show=True,
    )
    azure_account_key: SecretStr | None = about(
        "Account Key",
        "Give this or a SAS token; leave both empty to use the credentials of the environment.",
        None,
        airbyte_secret=True,
        always_show=True,
    )
    sas_token: SecretStr | None = about(
        "SAS Token", "A shared access signature for the container.", None, airbyte_secret=True
    )
    compression: Literal["none", "gzip"] = about("Compression", _COMPRESSION, "none", airbyte_hidden=True)


class StorageLocal(Section):
    """A folder: a mounted volume, when the connector runs in a container."""

    model_config = ConfigDict(title="Local Folder")
    storage_type: Literal["Local"]
    path: str = about(
        "Path",
        "Folder for rejected records. In a container it must be a mounted volume.",
        min_length=1,
        examples=["/local/rejected"],
    )
    compression: Literal["none", "gzip"] = about("Compression", _COMPRESSION, "none", airbyte_hidden=True)


Storage: TypeAlias = StorageNone | StorageS3 | StorageGcs | StorageAzure | StorageLocal
