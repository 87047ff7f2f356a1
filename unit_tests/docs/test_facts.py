"""What the pages say by hand of configs, rows, routes and codes is true."""

import json
import re
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from source_destination_clientes import __main__ as door
from source_destination_clientes.lote.shop_reports import STATUS_NAMES
from source_destination_clientes.manifest.objects import Reader
from source_destination_clientes.manifest.shipped import shipped_manifest
from source_destination_clientes.rejection.dead_letter import DeadLetter
from source_destination_clientes.rejection.outcome import Reason, Stage
from source_destination_clientes.rejection.row import JobIdentity, Row, decode_line
from source_destination_clientes.rejection.storage.folder import FolderStorage
from source_destination_clientes.runtime.clock import Clock
from source_destination_clientes.sandbox import faults, rules
from source_destination_clientes.sandbox.attach import AttachRoutes
from source_destination_clientes.sandbox.control import ControlRoutes
from source_destination_clientes.sandbox.emulator import Emulator, SandboxSettings
from source_destination_clientes.settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("README*.md"), *ROOT.glob("docs/**/*.md")])
REJECTIONS = (ROOT / "docs" / "rejections.md").read_text()
SANDBOX = (ROOT / "docs" / "sandbox.md").read_text()
COMMANDS = (ROOT / "docs" / "commands.md").read_text()


def examples(text: str) -> list[str]:
    return re.findall(r"^```json\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def first_cells(text: str) -> list[str]:
    return re.findall(r"^\| `([^`]+)`", text, re.MULTILINE)


def section(text: str, heading: str) -> str:
    found = re.search(rf"^(#+) {re.escape(heading)}\n(.*?)(?=^#{{1,3}} |\Z)", text, re.DOTALL | re.MULTILINE)
    assert found, heading
    return found[2]


CONFIGS = [
    pytest.param(json.loads(example), id=f"{page.stem}-{number}")
    for page in PAGES
    for number, example in enumerate(examples(page.read_text()))
    if '"credentials"' in example and "…" not in example
]


@pytest.mark.parametrize("config", CONFIGS)
def test_every_whole_config_in_the_docs_is_valid(config: dict[str, Any]) -> None:
    Settings.parse(config)


def test_there_are_whole_configs_in_the_docs() -> None:
    assert len(CONFIGS) >= 3


def test_the_row_in_the_docs_is_a_row_with_every_key() -> None:
    (example,) = examples(section(REJECTIONS, "A row"))
    row = decode_line(example.replace("\n", " ").encode())
    assert isinstance(row, Row)
    assert list(json.loads(example)) == [field.name for field in msgspec.structs.fields(Row)]
    assert row.stage in set(Stage)
    assert row.reason in set(Reason)


def test_the_docs_explain_every_key_of_a_row() -> None:
    listed = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", section(REJECTIONS, "A row"), re.MULTILINE)
    names = {name for cell in listed for name in re.findall(r"`(\w+)`", cell)}
    assert names == {field.name for field in msgspec.structs.fields(Row)}


def test_every_reason_has_a_heading_to_link_to() -> None:
    assert re.findall(r"^### `(\w+)`$", REJECTIONS, re.MULTILINE) == [str(reason) for reason in Reason]


def test_rows_are_where_the_docs_say(tmp_path: Path) -> None:
    letter = DeadLetter(FolderStorage(tmp_path), JobIdentity(job_id="42"), Clock(), run="0a1b2c3d")
    letter.append(
        Row(
            id="1",
            rejected_at="",
            stream="a/b",
            stage="api",
            reason="r",
            message="",
            record=msgspec.Raw(b"{}"),
        )
    )
    letter.flush()
    (written,) = [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.jsonl")]
    assert re.fullmatch(r"42/a_b/\d{8}T\d{6}Z-1-0a1b2c3d-00000\.jsonl", written)
    assert "<path>/<job>/<stream>/<time>-<attempt>-<random>-<part>.jsonl" in REJECTIONS


def test_the_table_of_store_status_is_the_codes() -> None:
    rows = re.findall(r"^\| (\d) \| (\w+) \|$", section(REJECTIONS, "Refusals at the stores"), re.MULTILINE)
    assert {int(code): name for code, name in rows} == STATUS_NAMES


def test_every_kind_of_fault_is_in_the_docs() -> None:
    assert first_cells(section(SANDBOX, "Faults")) == ["kind", *faults.KINDS]


def test_every_operation_that_can_be_spoiled_is_in_the_docs() -> None:
    said = re.findall(r"\| `(\w+)` \|$", section(SANDBOX, "What it emulates"), re.MULTILINE)
    assert set(said) == set(faults.OPERATIONS) == set(get_args(faults.Operation))


def test_every_control_route_is_in_the_docs() -> None:
    routes = ControlRoutes(Emulator(SandboxSettings())).routes()
    made = {
        f"{method} {route.path}"  # type: ignore[attr-defined] # every one is a Route
        for route in routes
        for method in route.methods - {"HEAD"}  # type: ignore[attr-defined] # as above
    }
    assert set(first_cells(section(SANDBOX, "Control routes"))) == made


def test_every_route_of_the_customers_api_is_in_the_docs() -> None:
    for route in AttachRoutes(Emulator(SandboxSettings())).routes():
        path: str = route.path  # type: ignore[attr-defined] # every one is a Route
        assert path.removeprefix("/attach-api/v1/customers") in section(SANDBOX, "What it emulates")


def test_every_name_that_makes_something_happen_is_in_the_docs() -> None:
    said = set(first_cells(section(SANDBOX, "Records")))
    assert said - {"nome"} == {rules.REFUSED_BY_API, rules.REFUSED_BY_STORE, rules.LOTE_REFUSED_BY_STORE}


def test_every_command_has_a_heading() -> None:
    people = {command.name for command in door.COMMANDS if not command.for_airbyte}
    assert set(re.findall(r"^## ([\w-]+)$", COMMANDS, re.MULTILINE)) == people


def test_the_table_of_types_covers_every_type_of_field() -> None:
    used = {
        field.reader
        for declared in shipped_manifest().objects
        for fields in declared.fields.values()
        for field in fields
    }
    assert used | {Reader.DIGITS} == set(Reader)
    page = (ROOT / "docs" / "fields.md").read_text()
    rows = re.findall(r"^\| ([\w ]+) \|", section(page, "How values are read"), re.MULTILINE)
    assert len(rows) - 1 == len(Reader)
