"""The standard tests of Airbyte's CDK, over the configs that acceptance-test-config.yml names.

Tests of the image run on what `make image` built, and are skipped where there is no such image.
"""

import os
from pathlib import Path

import pytest
from airbyte_cdk.test.standard_tests import DestinationTestSuiteBase

from scripts.containers import why_not
from scripts.image_test import DEFAULT_IMAGE
from source_destination_clientes import DestinationClientes

pytest_plugins = ["airbyte_cdk.test.standard_tests.pytest_hooks"]

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def connector_image_override() -> str:
    """The image to test; the CDK's own fixture reads a command-line option that is known in a root conftest only."""
    image = os.environ.get("IMAGE", DEFAULT_IMAGE)
    if reason := why_not(image):
        pytest.skip(reason)
    return image


@pytest.fixture
def connector_base_image_override() -> None:
    return None


@pytest.fixture
def read_from_streams() -> str:
    return "none"


@pytest.fixture
def read_scenarios() -> str:
    return "default"


class TestStandards(DestinationTestSuiteBase):
    # The CDK tells both from the folder and the package, whose names differ here.
    connector_name = "destination-clientes"
    connector = DestinationClientes

    @classmethod
    def get_connector_root_dir(cls) -> Path:
        return ROOT

    @pytest.mark.skip(reason="the connector is not in Airbyte's registry: nothing to compare with")
    def test_docker_image_spec_backward_compatibility(
        self, connector_image_override: str | None, connector_base_image_override: str | None
    ) -> None: ...
