"""The image as the platform runs it; needs a docker engine and the image that `make image` builds."""

import os
import re
import tomllib
from pathlib import Path

import pytest
import yaml

from scripts.containers import why_not
from scripts.image_test import DEFAULT_IMAGE, SANDBOX_IMAGE, ImageTest

ROOT = Path(__file__).parents[1]
STEPS = (
    "settings",
    "packages",
    "spec",
    "check",
    "discover",
    "write",
    "stop",
    "preview",
    "replay",
    "status",
    "help",
    "demo",
)


@pytest.fixture(scope="session")
def image() -> str:
    name = os.environ.get("IMAGE", DEFAULT_IMAGE)
    if reason := why_not(name) or why_not(SANDBOX_IMAGE):
        pytest.skip(reason)
    return name


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS)
def test_the_image_serves_the_platform(
    step: str, image: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("image")
    # The container's user enters it, and pytest keeps its folders to itself.
    for path in (folder, folder.parent, folder.parent.parent):
        path.chmod(0o755)
    getattr(ImageTest(image, folder), step)()


def test_every_step_is_tried(tmp_path: Path) -> None:
    names = [step.__name__ for step in ImageTest("none", tmp_path).steps().values()]
    assert tuple(names) == STEPS


def test_the_image_says_the_version_of_the_package() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["poetry"]["version"]
    assert f"io.airbyte.version={version}\n" in (ROOT / "Dockerfile").read_text()


def test_the_base_image_is_named_by_digest_everywhere() -> None:
    found = re.search(
        r"^ARG BASE_IMAGE=(\S+:\S+@sha256:[0-9a-f]{64})$", (ROOT / "Dockerfile").read_text(), re.MULTILINE
    )
    assert found
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
    bases = {service["build"]["args"]["BASE_IMAGE"] for service in compose["services"].values()}
    assert bases == {f"${{BASE_IMAGE:-{found[1]}}}"}
    metadata = yaml.safe_load((ROOT / "metadata.yaml").read_text())["data"]
    assert metadata["connectorBuildOptions"]["baseImage"] == found[1]
    assert f"{metadata['dockerRepository']}:dev" == DEFAULT_IMAGE
