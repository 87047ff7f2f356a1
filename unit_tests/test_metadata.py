"""metadata.yaml, and what Airbyte's checks for publishing ask of a connector's files.

Sources: the schema in airbyte-connector-models, the checks of connectors_qa
(https://docs.airbyte.com/contributing-to-airbyte/resources/qa-checks) and the validators of the metadata service.
"""

import json
import re
import tomllib
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import date
from fnmatch import fnmatch
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import pytest
import yaml

from source_destination_clientes.settings.attachments import AttachApi
from source_destination_clientes.settings.connection import Homologation, Production
from source_destination_clientes.settings.spec import DOCUMENTATION_URL, build_spec

ROOT = Path(__file__).parents[1]
METADATA: dict[str, Any] = yaml.safe_load((ROOT / "metadata.yaml").read_text())
DATA: dict[str, Any] = METADATA["data"]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["poetry"]
PAGE = ROOT / "docs" / "integrations" / "destinations" / "clientes.md"
STANDARD_MODES = (
    "Full Refresh - Overwrite",
    "Full Refresh - Append",
    "Full Refresh - Overwrite + Deduped",
    "Incremental Sync - Append",
    "Incremental Sync - Append + Deduped",
)


def without_inner_ids(node: Any, depth: int = 0) -> Any:
    """The published schema embeds others with their own `$id`, which would lead its references astray."""
    if isinstance(node, dict):
        return {
            key: without_inner_ids(child, depth + 1)
            for key, child in node.items()
            if key not in {"$id", "$schema"} or not depth
        }
    return [without_inner_ids(child, depth + 1) for child in node] if isinstance(node, list) else node


def test_the_metadata_fit_airbytes_schema() -> None:
    models = pytest.importorskip(
        "airbyte_connector_models", reason="Airbyte's models do not support Python 3.13 and later"
    )
    folder = Path(str(models.__file__)).parent / "metadata" / "v0"
    schema = without_inner_ids(json.loads((folder / "ConnectorMetadataDefinitionV0.json").read_text()))
    jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker()).validate(METADATA)


def test_the_definition_id_is_a_uuid_that_never_changes() -> None:
    assert uuid.UUID(DATA["definitionId"]).version == 4
    assert DATA["definitionId"] == "7f3c1c0e-5a54-4b0c-9d5e-2f8f6d1b7a94"


def test_version_and_licence_are_the_projects() -> None:
    assert DATA["dockerImageTag"] == PROJECT["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", PROJECT["version"])
    assert DATA["license"] == PROJECT["license"] == "MIT"
    assert (ROOT / "LICENSE").read_text().startswith("MIT License")


def test_the_image_is_labelled_with_the_same_name_and_version() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert (
        f"io.airbyte.name={DATA['dockerRepository']} io.airbyte.version={DATA['dockerImageTag']}"
        in dockerfile
    )
    assert DATA["connectorBuildOptions"]["baseImage"] in dockerfile


def test_the_package_is_built_by_poetry_from_a_lock() -> None:
    assert PROJECT["name"] == f"airbyte-{DATA['githubIssueLabel']}"
    assert (ROOT / "poetry.lock").exists()
    assert not (ROOT / "setup.py").exists()


def test_the_changelog_has_an_entry_for_the_version() -> None:
    headings = re.findall(r"^## (\S+) \((.+)\)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0][0] == PROJECT["version"]
    assert all(date.fromisoformat(day) for _, day in headings)


def test_tags_have_a_key_and_tell_language_and_cdk() -> None:
    assert all(re.fullmatch(r"[a-z]+:[a-z0-9_-]+", tag) for tag in DATA["tags"])
    assert {"language:python", "cdk:python"} <= set(DATA["tags"])


def test_airbyte_learns_that_clientes_can_be_activated_and_files_taken() -> None:
    assert DATA["connectorType"] == "destination"
    assert DATA["supportsDataActivation"] is True
    assert DATA["supportsFileTransfer"] is True


def test_airbyte_offers_to_refresh_and_not_to_overwrite() -> None:
    assert "overwrite" not in build_spec()["supported_destination_sync_modes"]
    assert DATA["supportsRefreshes"] is True


def addresses(node: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """The settings that are addresses, as Airbyte names them: `section.property`."""
    if str(node.get("pattern", "")).removeprefix("^$|").startswith("^https?") or path[-1:] == (
        "s3_endpoint",
    ):
        yield ".".join(path)
    for name, child in node.get("properties", {}).items():
        yield from addresses(child, (*path, name))
    for choice in node.get("oneOf", []):
        yield from addresses(choice, path)


def test_hosts_are_named_one_by_one_and_every_address_of_the_config_is_among_them() -> None:
    hosts = DATA["allowedHosts"]["hosts"]
    assert "*" not in hosts
    from_config = {host[2:-1] for host in hosts if host.startswith("${")}
    assert from_config == set(addresses(build_spec()["connectionSpecification"]))


def test_every_host_that_the_settings_know_is_allowed() -> None:
    hosts = DATA["allowedHosts"]["hosts"]
    production, homologation = (
        Production(environment_type="production"),
        Homologation(environment_type="homologation"),
    )
    bases = [each.control_base for each in (production, homologation)]
    bases += [each.clientes_base for each in (production, homologation)]
    bases += [each.dados_basicos_base for each in (production, homologation)]
    bases += [f"https://tenant.{host}" for host in ("rac.totvs.app", "rac.staging.totvs.app")]
    bases.append(AttachApi.model_fields["base_url"].default)
    names = [str(urlsplit(base).hostname) for base in bases]
    assert [name for name in names if not any(fnmatch(name, host) for host in hosts)] == []


def test_protocol_and_documentation_are_those_of_the_spec() -> None:
    spec = build_spec()
    assert DATA["protocolVersion"] == spec["protocol_version"]
    assert DATA["documentationUrl"] == spec["documentationUrl"] == DOCUMENTATION_URL


def test_the_icon_is_a_square_drawing() -> None:
    drawing = ET.parse(ROOT / DATA["icon"]).getroot()
    assert drawing.tag.endswith("svg")
    left, top, width, height = (float(number) for number in drawing.attrib["viewBox"].split())
    assert (left, top) == (0, 0)
    assert width == height
    assert drawing.attrib["width"] == drawing.attrib["height"]


def plain_addresses() -> Iterator[str]:
    """Addresses without TLS in what ships, other than those of this machine."""
    files = [*ROOT.glob("source_destination_clientes/**/*"), ROOT / "metadata.yaml", ROOT / "Dockerfile"]
    for path in files:
        if path.suffix in {".py", ".yaml", ".json"} or path.name == "Dockerfile":
            for number, line in enumerate(path.read_text().splitlines(), start=1):
                addresses = re.findall(r"http://[\w.{<-]+", line)
                if "ignore-https-check" not in line:
                    yield from (f"{path.relative_to(ROOT)}:{number} {each}" for each in addresses)


def test_nothing_that_ships_names_an_address_without_tls() -> None:
    nearby = re.compile(r"http://(127\.0\.0\.1|localhost)")
    assert not [each for each in plain_addresses() if not nearby.search(each)]


@pytest.mark.parametrize("mode", STANDARD_MODES)
def test_the_integration_page_says_of_each_standard_mode_whether_it_is_supported(mode: str) -> None:
    section = re.split(r"^## ", PAGE.read_text(), flags=re.MULTILINE)
    (modes,) = [part for part in section if part.lower().startswith("supported sync modes")]
    rows = [
        [cell.strip() for cell in line.strip("| ").split("|")] for line in modes.splitlines() if "|" in line
    ]
    (row,) = [row for row in rows if row[0].startswith(f"[{mode}](https://docs.airbyte.com/")]
    assert row[1].split()[0].rstrip(".,").casefold() in {"yes", "no"}


def test_the_integration_page_has_the_sections_airbyte_asks_for_in_their_order() -> None:
    headings = re.findall(r"^## (.+)$", PAGE.read_text(), re.MULTILINE)
    wanted = ["Prerequisites", "Setup guide", "Supported sync modes", "IP allow list", "Changelog"]
    assert [heading for heading in headings if heading in wanted] == wanted


def test_the_integration_pages_changelog_has_the_version() -> None:
    changelog = PAGE.read_text().split("## Changelog")[1]
    assert f"| {PROJECT['version']} " in changelog
