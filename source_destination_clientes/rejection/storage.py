"""Where a dead letter can lie: a folder, or a bucket of an object store.

Every store does four things with whole objects. Object stores go through obstore (https://developmentseed.org/obstore/); a
folder is written here, since a file must be on the disk, not only in its cache, before a state may leave.
"""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import Any, Final, Protocol, TypeVar, cast

from source_destination_clientes.errors import ClientesError, ConfigError, TransientError

T = TypeVar("T")

_RETRY: Final[Any] = {"max_retries": 4, "retry_timeout": timedelta(seconds=60)}
_CLIENT: Final[Any] = {"connect_timeout": "10s", "timeout": "60s"}

# A bare number would also be found in ports, times and names of objects.
_REFUSAL: Final = re.compile(
    r"status(?: code)?: 40[13]\b|InvalidAccessKeyId|SignatureDoesNotMatch|AuthenticationFailed"
)
_ABSENCE: Final = re.compile(r"status(?: code)?: 404\b|NoSuchBucket|ContainerNotFound")


class Store(Protocol):
    """A place for whole objects. Every method raises `ConfigError` or `TransientError`, naming the place."""

    @property
    def location(self) -> str:
        """Where an operator finds it."""

    @property
    def roll_seconds(self) -> float:
        """How long rows may wait in memory, and the states behind them, before they become an object."""

    def put(self, path: str, content: bytes) -> None:
        """Write an object; it is there whole, and durable, or not at all."""

    def get(self, path: str) -> bytes:
        """Read an object."""

    def list(self, prefix: str) -> Iterator[str]:
        """Yield the paths below `prefix`, in order."""

    def delete(self, path: str) -> None:
        """Remove an object."""


@dataclass(frozen=True, slots=True)
class FolderStore:
    """A folder of this machine, or a volume mounted into the container; not `nested`, what lies in folders within it does not count."""

    folder: Path
    roll_seconds: float = 1.0
    nested: bool = True

    @property
    def location(self) -> str:
        """Where an operator finds it."""
        return str(self.folder)

    def put(self, path: str, content: bytes) -> None:
        """Write beside the final name, flush to the disk, rename: a crash leaves either nothing or the whole file."""
        target = self.folder / path
        partial = target.with_name(f".{target.name}.partial")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(target)
            _sync_folder(target.parent)
        except OSError as error:
            # It holds records of people, takes room on a disk that may be full, and nobody would see it.
            with suppress(OSError):
                partial.unlink(missing_ok=True)
            raise self._trouble("write to", error) from None

    def get(self, path: str) -> bytes:
        """Read a file."""
        try:
            return (self.folder / path).read_bytes()
        except OSError as error:
            raise self._trouble("read from", error) from None

    def list(self, prefix: str) -> Iterator[str]:
        """Yield the files below `prefix`, unfinished ones left out."""
        root = self.folder / prefix
        try:
            paths = root.rglob("*") if self.nested else root.glob("*")
            found = sorted(path for path in paths if not path.name.startswith(".") and path.is_file())
        except OSError as error:
            raise self._trouble("read from", error) from None
        yield from (PurePosixPath(path.relative_to(self.folder)).as_posix() for path in found)

    def delete(self, path: str) -> None:
        """Remove a file."""
        try:
            (self.folder / path).unlink(missing_ok=True)
        except OSError as error:
            raise self._trouble("delete from", error) from None

    def _trouble(self, what: str, error: OSError) -> ConfigError:
        return ConfigError(
            f"Cannot {what} the dead letter in {self.folder}: {error.strerror}. Check object_storage_config.path, the rights on "
            "it and the space; in a container the folder must be a mounted volume.",
        )


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@dataclass(frozen=True, slots=True)
class BucketStore:
    """A bucket or container, through an obstore client; `name` says which in messages."""

    client: Any
    name: str
    location: str
    # Every object costs a request and a place in the operator's list.
    roll_seconds: float = 15.0

    def put(self, path: str, content: bytes) -> None:
        """Write an object in one piece: an object store shows it whole or not at all."""
        import obstore  # noqa: PLC0415 - only who uses a bucket pays for the import

        self._try("write to", lambda: obstore.put(self.client, path, content, use_multipart=False))

    def get(self, path: str) -> bytes:
        """Read an object."""
        import obstore  # noqa: PLC0415 - see put

        return self._try("read from", lambda: bytes(obstore.get(self.client, path).bytes()))

    def list(self, prefix: str) -> Iterator[str]:
        """Yield the objects below `prefix`."""
        import obstore  # noqa: PLC0415 - see put

        paths = self._try(
            "list",
            lambda: [meta["path"] for page in obstore.list(self.client, prefix or None) for meta in page],
        )
        yield from sorted(paths)

    def delete(self, path: str) -> None:
        """Remove an object."""
        import obstore  # noqa: PLC0415 - see put

        self._try("delete from", lambda: obstore.delete(self.client, path))

    def _try(self, what: str, act: Callable[[], T]) -> T:
        from obstore import exceptions  # noqa: PLC0415 - see put

        try:
            return act()
        except (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError):
            raise self._refused(what) from None
        except (FileNotFoundError, exceptions.NotFoundError):
            raise ConfigError(
                f"The dead letter cannot {what} {self.name}: it does not exist. Create it or correct its name."
            ) from None
        except exceptions.BaseError as error:
            raise self._failed(what, str(error)) from None
        except BaseException as error:
            # obstore panics, outside of Exception, over an address, name or key that no request can carry.
            if type(error).__name__ != "PanicException":
                raise
            raise _unusable(self.name) from None

    def _refused(self, what: str) -> ConfigError:
        return ConfigError(
            f"The dead letter may not {what} {self.name}: access is denied. Grant read, write, list and delete of objects there, "
            "and check the keys in object_storage_config.",
        )

    def _failed(self, what: str, words: str) -> ClientesError:
        """Tell refusals without a type of their own by the codes of S3, GCS and Azure in the words of obstore."""
        if _REFUSAL.search(words):
            return self._refused(what)
        if _ABSENCE.search(words):
            return ConfigError(
                f"The dead letter cannot {what} {self.name}: it does not exist. Create it or correct its name."
            )
        return TransientError(
            f"The dead letter cannot {what} {self.name}: the object store does not answer as it should. Run the sync again."
        )


def open_store(storage: Any) -> Store | None:
    """The store that `object_storage_config` describes; None for storage type None. Raises `ConfigError` for keys that are none."""
    if storage.storage_type == "Local":
        return FolderStore(Path(storage.path))
    openers: dict[str, Callable[[Any], Store]] = {
        "S3": _open_s3,
        "GCS": _open_gcs,
        "Azure": _open_azure,
    }
    opener = openers.get(storage.storage_type)
    if opener is None:
        return None
    from obstore.exceptions import BaseError  # noqa: PLC0415 - see BucketStore.put

    try:
        return opener(storage)
    except (BaseError, ValueError):
        raise _unusable(f"the {storage.storage_type} store") from None


def _unusable(name: str) -> ConfigError:
    return ConfigError(
        f"The dead letter cannot use {name}: the settings in object_storage_config do not make a request. Check the names, the "
        "address and the keys for typing errors, missing parts and line breaks.",
    )


def _open_s3(storage: Any) -> Store:
    from obstore.store import S3Store  # noqa: PLC0415 - see BucketStore.put

    prefix = _prefix(storage.bucket_path)
    endpoint = storage.s3_endpoint or None
    options: dict[str, Any] = {
        "region": storage.s3_bucket_region or None,
        "endpoint": endpoint,
        "access_key_id": storage.access_key_id.get_secret_value() if storage.access_key_id else None,
        "secret_access_key": storage.secret_access_key.get_secret_value()
        if storage.secret_access_key
        else None,
    }
    # MinIO and its like answer on paths; AWS wants the bucket in the host name.
    options["virtual_hosted_style_request"] = endpoint is None
    client = S3Store(
        storage.s3_bucket_name,
        prefix=prefix,
        config=cast("Any", {key: value for key, value in options.items() if value is not None}),
        client_options=cast(
            "Any", {**_CLIENT, "allow_http": bool(endpoint and endpoint.startswith("http://"))}
        ),
        retry_config=_RETRY,
    )
    return BucketStore(
        client, f"bucket {storage.s3_bucket_name}", f"s3://{storage.s3_bucket_name}/{prefix or ''}"
    )


def _open_gcs(storage: Any) -> Store:
    from obstore.store import GCSStore  # noqa: PLC0415 - see BucketStore.put

    prefix = _prefix(storage.bucket_path)
    key = storage.service_account_json
    config: Any = {"service_account_key": key.get_secret_value()} if key else {}
    client = GCSStore(
        storage.gcs_bucket_name, prefix=prefix, config=config, client_options=_CLIENT, retry_config=_RETRY
    )
    return BucketStore(
        client, f"bucket {storage.gcs_bucket_name}", f"gs://{storage.gcs_bucket_name}/{prefix or ''}"
    )


def _open_azure(storage: Any) -> Store:
    from obstore.store import AzureStore  # noqa: PLC0415 - see BucketStore.put

    prefix = _prefix(storage.bucket_path)
    config: Any = {"account_name": storage.azure_account_name}
    if storage.azure_account_key:
        config["account_key"] = storage.azure_account_key.get_secret_value()
    if storage.sas_token:
        config["sas_key"] = storage.sas_token.get_secret_value()
    client = AzureStore(
        storage.azure_container_name,
        prefix=prefix,
        config=config,
        client_options=_CLIENT,
        retry_config=_RETRY,
    )
    name = f"container {storage.azure_container_name} of account {storage.azure_account_name}"
    return BucketStore(
        client, name, f"azure://{storage.azure_account_name}/{storage.azure_container_name}/{prefix or ''}"
    )


def _prefix(path: str | None) -> str | None:
    return (path or "").strip("/") or None
