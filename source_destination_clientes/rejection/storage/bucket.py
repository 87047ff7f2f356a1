"""A bucket of an object store as storage, through obstore (https://developmentseed.org/obstore/)."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, TypeVar, cast

import obstore
from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    NotFoundError,
    PermissionDeniedError,
    UnauthenticatedError,
)
from obstore.store import AzureStore, GCSStore, S3Store

from source_destination_clientes.errors import ClientesError, ConfigError, TransientError

T = TypeVar("T")

_RETRY: Final[Any] = {"max_retries": 4, "retry_timeout": timedelta(seconds=60)}
_CLIENT: Final[Any] = {"connect_timeout": "10s", "timeout": "60s"}

# A bare number would also be found in ports, times and names of objects.
_REFUSAL: Final = re.compile(
    r"status(?: code)?: 40[13]\b|InvalidAccessKeyId|SignatureDoesNotMatch|AuthenticationFailed"
)
_ABSENCE: Final = re.compile(r"status(?: code)?: 404\b|NoSuchBucket|ContainerNotFound")


@dataclass(frozen=True, slots=True)
class BucketStorage:
    """A bucket or container, through an obstore client; `name` is what messages call it."""

    client: Any
    name: str
    location: str
    # Every object costs a request and a place in the operator's list.
    roll_seconds: float = 15.0

    def put(self, path: str, content: bytes) -> None:
        """Write an object in one piece: an object store shows it whole or not at all."""
        self._try("write to", lambda: obstore.put(self.client, path, content, use_multipart=False))

    def put_if_absent(self, path: str, content: bytes) -> bool:
        """Write an object on condition that there is none of this name, which the object store itself sees to."""

        def create() -> bool:
            try:
                obstore.put(self.client, path, content, mode="create", use_multipart=False)
            except AlreadyExistsError:
                return False
            return True

        return self._try("write to", create)

    def get(self, path: str) -> bytes:
        """Read an object."""
        return self._try("read from", lambda: bytes(obstore.get(self.client, path).bytes()))

    def list(self, prefix: str) -> Iterator[str]:
        """Yield the objects below `prefix`."""
        paths = self._try(
            "list",
            lambda: [meta["path"] for page in obstore.list(self.client, prefix or None) for meta in page],
        )
        yield from sorted(paths)

    def delete(self, path: str) -> None:
        """Remove an object."""
        self._try("delete from", lambda: obstore.delete(self.client, path))

    def _try(self, what: str, act: Callable[[], T]) -> T:
        try:
            return act()
        except (PermissionDeniedError, UnauthenticatedError):
            raise self._refused(what) from None
        except (FileNotFoundError, NotFoundError):
            raise self._absent(what) from None
        except BaseError as error:
            raise self._failed(what, str(error)) from None
        except BaseException as error:
            # obstore panics, outside of Exception, over an address, name or key that no request can contain.
            if type(error).__name__ != "PanicException":
                raise
            raise _unusable(self.name) from None

    def _refused(self, what: str) -> ConfigError:
        return ConfigError(
            f"The dead letter may not {what} {self.name}: access is denied. Grant read, write, list and delete of objects there, "
            "and check the keys in object_storage_config.",
        )

    def _absent(self, what: str) -> ConfigError:
        return ConfigError(
            f"The dead letter cannot {what} {self.name}: it does not exist. Create it or correct its name."
        )

    def _failed(self, what: str, words: str) -> ClientesError:
        """Recognise refusals that have no type of their own by the codes of S3, GCS and Azure in obstore's message."""
        if _REFUSAL.search(words):
            return self._refused(what)
        if _ABSENCE.search(words):
            return self._absent(what)
        return TransientError(
            f"The dead letter cannot {what} {self.name}: the object store cannot be reached or answers with an error. "
            "If it stays so, check the endpoint and the region in object_storage_config."
        )


def open_bucket(section: Any) -> BucketStorage:
    """The bucket that an S3, GCS or Azure `object_storage_config` describes. Raises `ConfigError` for unusable values."""
    openers: Mapping[str, Callable[[Any], BucketStorage]] = {
        "S3": _open_s3,
        "GCS": _open_gcs,
        "Azure": _open_azure,
    }
    try:
        return openers[section.storage_type](section)
    except (BaseError, ValueError):
        raise _unusable(f"the {section.storage_type} storage") from None


def _unusable(name: str) -> ConfigError:
    return ConfigError(
        f"The dead letter cannot use {name}: no request can be made from the settings in object_storage_config. Check the names, "
        "the address and the keys for typing errors, missing parts and line breaks.",
    )


def _open_s3(section: Any) -> BucketStorage:
    prefix = _prefix(section.bucket_path)
    endpoint = section.s3_endpoint or None
    options: dict[str, Any] = {
        "region": section.s3_bucket_region or None,
        "endpoint": endpoint,
        "access_key_id": _secret(section.access_key_id),
        "secret_access_key": _secret(section.secret_access_key),
        # MinIO and its like answer on paths; AWS wants the bucket in the host name.
        "virtual_hosted_style_request": endpoint is None,
    }
    client = S3Store(
        section.s3_bucket_name,
        prefix=prefix,
        config=cast("Any", {key: value for key, value in options.items() if value is not None}),
        client_options=cast(
            "Any", {**_CLIENT, "allow_http": bool(endpoint and endpoint.startswith("http://"))}
        ),
        retry_config=_RETRY,
    )
    return BucketStorage(
        client, f"bucket {section.s3_bucket_name}", f"s3://{section.s3_bucket_name}/{prefix or ''}"
    )


def _open_gcs(section: Any) -> BucketStorage:
    prefix = _prefix(section.bucket_path)
    key = section.service_account_json
    config: Any = {"service_account_key": key.get_secret_value()} if key else {}
    client = GCSStore(
        section.gcs_bucket_name, prefix=prefix, config=config, client_options=_CLIENT, retry_config=_RETRY
    )
    return BucketStorage(
        client, f"bucket {section.gcs_bucket_name}", f"gs://{section.gcs_bucket_name}/{prefix or ''}"
    )


def _open_azure(section: Any) -> BucketStorage:
    prefix = _prefix(section.bucket_path)
    config: Any = {"account_name": section.azure_account_name}
    if section.azure_account_key:
        config["account_key"] = section.azure_account_key.get_secret_value()
    if section.sas_token:
        config["sas_key"] = section.sas_token.get_secret_value()
    client = AzureStore(
        section.azure_container_name,
        prefix=prefix,
        config=config,
        client_options=_CLIENT,
        retry_config=_RETRY,
    )
    account, container = section.azure_account_name, section.azure_container_name
    return BucketStorage(
        client,
        f"container {container} of account {account}",
        f"azure://{account}/{container}/{prefix or ''}",
    )


def _secret(value: Any) -> str | None:
    return value.get_secret_value() if value else None


def _prefix(path: str | None) -> str | None:
    return (path or "").strip("/") or None
