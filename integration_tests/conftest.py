"""What integration tests share."""

from collections.abc import Iterator

import pytest

from integration_tests.sandbox_client import Sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running
