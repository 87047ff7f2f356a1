"""What integration tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from integration_tests.harness import self_signed_certificate
from integration_tests.sandbox_client import Sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture(scope="session")
def self_signed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for loopback that no authority vouches for, and its key."""
    return self_signed_certificate(tmp_path_factory.mktemp("tls"))
