"""Which storage a config describes."""

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from source_destination_clientes.errors import ConfigError
from source_destination_clientes.rejection.storage.bucket import BucketStorage
from source_destination_clientes.rejection.storage.folder import FolderStorage
from source_destination_clientes.rejection.storage.open import open_storage
from source_destination_clientes.settings import (
    Section,
    StorageAzure,
    StorageGcs,
    StorageLocal,
    StorageNone,
    StorageS3,
)

LOCAL = StorageLocal(storage_type="Local", path="letters")
S3 = StorageS3(storage_type="S3", s3_bucket_name="rejected", s3_bucket_region="sa-east-1")
AZURE = StorageAzure(
    storage_type="Azure",
    azure_account_name="acct",
    azure_container_name="rejected",
    sas_token=SecretStr("sv=2024&sig=x"),
)


def test_storage_type_none_is_no_storage() -> None:
    assert open_storage(StorageNone()) is None


def test_a_local_folder_is_the_folder_of_its_path() -> None:
    assert open_storage(LOCAL) == FolderStorage(Path("letters"))


@pytest.mark.parametrize("section", [S3, AZURE], ids=["S3", "Azure"])
def test_an_object_store_is_a_bucket(section: Section) -> None:
    assert isinstance(open_storage(section), BucketStorage)


def test_every_storage_of_the_config_has_an_opener() -> None:
    # A GCS client reads its key at once, and there is none here: the trouble is the key's, not a missing opener.
    gcs = StorageGcs(
        storage_type="GCS", gcs_bucket_name="rejected", service_account_json=SecretStr("not JSON")
    )
    with pytest.raises(ConfigError, match="keys"):
        open_storage(gcs)


def test_a_bucket_is_written_less_often_than_a_folder() -> None:
    bucket, folder = open_storage(S3), open_storage(LOCAL)
    assert bucket is not None
    assert folder is not None
    assert bucket.roll_seconds > folder.roll_seconds


def test_only_who_uses_a_bucket_imports_the_library_for_it() -> None:
    code = (
        "import sys\n"
        "from source_destination_clientes.rejection.storage.open import open_storage\n"
        "from source_destination_clientes.settings import StorageLocal\n"
        "open_storage(StorageLocal(storage_type='Local', path='x'))\n"
        "assert 'obstore' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
