import json
from pathlib import Path
from typing import Any

import pytest

from source_destination_clientes.errors import ConfigError
from source_destination_clientes.protocol.catalog import ConfiguredStream, parse_catalog, read_catalog


def parse(*streams: Any) -> tuple[ConfiguredStream, ...]:
    return parse_catalog(json.dumps({"streams": streams}).encode(), "The catalog")


def test_a_stream_is_read_as_deep_as_it_is_needed() -> None:
    (stream,) = parse(
        {
            "stream": {
                "name": "clientes",
                "namespace": "crm",
                "json_schema": {"properties": {"nome": {}, "cpf": {}}},
                "supported_sync_modes": ["odd"],
            },
            "sync_mode": "incremental",
            "destination_sync_mode": "append_dedup",
            "destination_object_name": "cliente",
            "sync_id": 7,
            "generation_id": 3,
            "cursor_field": ["changed", "at"],
        }
    )
    assert stream == ConfiguredStream(
        "clientes",
        "crm",
        "append_dedup",
        "cliente",
        7,
        columns=("nome", "cpf"),
        cursor=("changed", "at"),
    )
    assert stream.key == ("crm", "clientes")


@pytest.mark.parametrize("schema", [None, {}, True, {"properties": None}, {"properties": []}])
def test_what_a_catalog_leaves_out_has_a_meaning(schema: Any) -> None:
    (stream,) = parse({"stream": {"name": "clientes", "json_schema": schema}, "destination_object_name": ""})
    assert stream == ConfiguredStream("clientes", None, "append", None, None)


@pytest.mark.parametrize(
    ("raw", "trouble"),
    [
        (b"", "is not valid JSON"),
        (b"{", "is not valid JSON"),
        (b"\xff", "is not valid JSON"),
        (b"[]", "is not a configured catalog"),
        (b"{}", r"missing required field `streams`"),
        (b'{"streams":[{"stream":{"name":7}}]}', r"\$\.streams\[0\]\.stream\.name"),
    ],
)
def test_what_is_no_catalog_is_told_with_its_place(raw: bytes, trouble: str) -> None:
    with pytest.raises(ConfigError, match=trouble):
        parse_catalog(raw, "The catalog")


def test_a_catalog_without_streams_is_one() -> None:
    assert parse() == ()


@pytest.mark.parametrize(
    ("generation", "first_kept", "sync", "cleared"),
    [
        (4, 4, 9, True),
        (4, 4, None, True),
        (4, 0, 9, False),
        (0, 0, 9, False),
        (None, None, None, False),
        (1, 1, 1, False),
    ],
    ids=["truncating refresh", "without a sync", "refresh", "first sync", "old platform", "PyAirbyte"],
)
def test_a_stream_is_cleared_where_no_earlier_generation_stays(
    generation: int | None, first_kept: int | None, sync: int | None, cleared: bool
) -> None:
    generations = {"generation_id": generation, "minimum_generation_id": first_kept, "sync_id": sync}
    (stream,) = parse({"stream": {"name": "clientes"}, **generations})
    assert stream.refreshed is cleared


def test_a_catalog_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "catalog.json"
    path.write_text('{"streams":[{"stream":{"name":"clientes"}}]}')
    assert [stream.name for stream in read_catalog(path)] == ["clientes"]


def test_a_catalog_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.json cannot be read: No such file"):
        read_catalog(tmp_path / "gone.json")
