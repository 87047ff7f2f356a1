"""A dead letter in a bucket, as far as it can be told without one."""

from collections.abc import Callable
from typing import Any

import pytest
from obstore.exceptions import (
    BaseError,
    GenericError,
    NotFoundError,
    PermissionDeniedError,
    UnauthenticatedError,
)
from obstore.store import MemoryStore

from source_destination_clientes.errors import ClientesError, ConfigError, TransientError
from source_destination_clientes.rejection.storage.bucket import BucketStorage, open_bucket
from source_destination_clientes.settings import (
    Section,
    StorageAzure,
    StorageGcs,
    StorageS3,
)

# As obstore says it: port, object and duration hold every digit there is.
REQUEST = "Generic S3 error: Error performing PUT http://127.0.0.1:40391/buck/no-job/clientes/20261123T140404Z-1-a401.jsonl in 459.403ms"


class PanicException(BaseException):
    """What obstore's panics look like from Python."""


def failing(error: BaseException) -> Callable[[], None]:
    def act() -> None:
        raise error

    return act


def trouble(error: BaseException) -> ClientesError:
    storage = BucketStorage(None, "bucket rejected", "s3://rejected/")
    with pytest.raises(ClientesError) as caught:
        storage._try("write to", failing(error))
    assert "bucket rejected" in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    "error",
    [
        PermissionDeniedError("x"),
        UnauthenticatedError("x"),
        GenericError(f"{REQUEST} - Server returned non-2xx status code: 403 Forbidden: no"),
        GenericError("inner: Status { status: 401, body: None }"),
        GenericError("<Code>SignatureDoesNotMatch</Code>"),
        GenericError("<Code>AuthenticationFailed</Code>"),
    ],
)
def test_a_refusal_names_the_bucket_and_the_rights_it_takes(error: BaseError) -> None:
    told = trouble(error)
    assert isinstance(told, ConfigError)
    assert "may not write to bucket rejected" in str(told)
    assert "read, write, list and delete" in str(told)


@pytest.mark.parametrize(
    "error",
    [
        NotFoundError("x"),
        FileNotFoundError("x"),
        GenericError("<Code>NoSuchBucket</Code>"),
        GenericError("<Code>ContainerNotFound</Code>"),
        GenericError("Server returned non-2xx status code: 404 Not Found: "),
    ],
)
def test_a_bucket_that_is_not_there_is_to_be_created_or_named_rightly(error: Exception) -> None:
    told = trouble(error)
    assert isinstance(told, ConfigError)
    assert "does not exist" in str(told)


@pytest.mark.parametrize("words", ["HTTP error: error sending request", "status code: 503 Slow Down"])
def test_an_outage_is_no_mistake_in_the_config_whatever_digits_its_words_hold(words: str) -> None:
    told = trouble(GenericError(f"{REQUEST}, after 4 retries - {words}"))
    assert isinstance(told, TransientError)
    assert "If it stays so, check the endpoint" in str(told)


def test_settings_that_make_no_request_are_a_config_error_although_obstore_panics() -> None:
    told = trouble(PanicException("request valid: InvalidUri(InvalidUriChar)"))
    assert isinstance(told, ConfigError)
    assert "line breaks" in str(told)


def test_an_interrupt_passes_through() -> None:
    with pytest.raises(KeyboardInterrupt):
        BucketStorage(None, "bucket rejected", "s3://rejected/")._try(
            "write to", failing(KeyboardInterrupt())
        )


def test_what_is_put_can_be_got_listed_and_deleted() -> None:
    storage = BucketStorage(MemoryStore(), "memory", "memory://")
    storage.put("42/clientes/b.jsonl", b"two")
    storage.put("42/clientes/a.jsonl", b"one")
    storage.put("43/clientes/c.jsonl", b"three")
    assert storage.get("42/clientes/b.jsonl") == b"two"
    assert list(storage.list("42")) == ["42/clientes/a.jsonl", "42/clientes/b.jsonl"]
    storage.delete("42/clientes/a.jsonl")
    assert list(storage.list("")) == ["42/clientes/b.jsonl", "43/clientes/c.jsonl"]
    with pytest.raises(ConfigError, match="read from memory"):
        storage.get("42/clientes/a.jsonl")


def test_only_the_first_can_put_what_is_absent() -> None:
    storage = BucketStorage(MemoryStore(), "memory", "memory://")
    assert storage.put_if_absent("state/1.json", b"first")
    assert not storage.put_if_absent("state/1.json", b"second")
    assert storage.get("state/1.json") == b"first"


def section(kind: type[Section], **values: Any) -> Section:
    return kind.model_validate(values)


S3 = {"storage_type": "S3", "s3_bucket_name": "rejected", "s3_bucket_region": "sa-east-1"}
GCS = {"storage_type": "GCS", "gcs_bucket_name": "rejected"}
AZURE = {"storage_type": "Azure", "azure_account_name": "acct", "azure_container_name": "rejected"}


@pytest.mark.parametrize(
    ("config", "location"),
    [
        (section(StorageS3, **S3, bucket_path="/airbyte/rejected/"), "s3://rejected/airbyte/rejected"),
        (section(StorageS3, **S3), "s3://rejected/"),
        (
            section(
                StorageS3,
                **S3,
                s3_endpoint="http://127.0.0.1:9000",
                access_key_id="a",
                secret_access_key="b",
            ),
            "s3://rejected/",
        ),
        (
            section(StorageAzure, **AZURE, azure_account_key="a2V5", bucket_path="x"),
            "azure://acct/rejected/x",
        ),
        (section(StorageAzure, **AZURE, sas_token="sv=2024&sig=x"), "azure://acct/rejected/"),
    ],
)
def test_an_operator_finds_the_rows_by_the_location(config: Section, location: str) -> None:
    storage = open_bucket(config)
    assert storage.location == location


@pytest.mark.parametrize(
    "config",
    [
        section(StorageGcs, **GCS, service_account_json="not JSON"),
        section(StorageGcs, **GCS, service_account_json='{"type":"service_account"}'),
        section(StorageAzure, **AZURE, azure_account_key="!!!"),
    ],
)
def test_a_key_that_cannot_be_one_is_a_config_error_that_does_not_show_it(config: Section) -> None:
    with pytest.raises(ConfigError, match="object_storage_config") as caught:
        open_bucket(config)
    assert "!!!" not in str(caught.value)


@pytest.mark.parametrize(
    "changes",
    [{"s3_endpoint": "minio:9000"}, {"access_key_id": "key\n"}, {"s3_bucket_name": "my bucket"}],
)
def test_what_no_request_can_carry_is_a_config_error(changes: dict[str, str]) -> None:
    nowhere = {**S3, "s3_endpoint": "http://127.0.0.1:1", "access_key_id": "a", "secret_access_key": "b"}
    storage = open_bucket(section(StorageS3, **{**nowhere, **changes}))
    with pytest.raises(ConfigError, match="object_storage_config"):
        storage.put("a", b"x")


@pytest.mark.parametrize("path", ["a//b", "a/../b", "rejected\n", "a\0b"])
@pytest.mark.parametrize(("kind", "bucket"), [(StorageS3, S3), (StorageGcs, GCS)])
def test_a_folder_that_no_bucket_can_have_is_a_config_error(
    kind: type[Section], bucket: dict[str, str], path: str
) -> None:
    with pytest.raises(ConfigError, match="no request can be made"):
        open_bucket(section(kind, **bucket, bucket_path=path))
