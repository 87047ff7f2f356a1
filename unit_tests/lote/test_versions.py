"""Which of two versions of a cliente is sent."""

import json
from typing import Any

import msgspec
import pytest

from source_destination_clientes.lote.load import Entry, Load
from source_destination_clientes.lote.versions import by_cursor
from source_destination_clientes.protocol.checkpoint import Segment
from source_destination_clientes.protocol.messages import Record


def record(**data: Any) -> Record:
    return Record(stream="clientes", data=msgspec.Raw(json.dumps(data).encode()))


@pytest.mark.parametrize(
    ("first", "second", "outdated"),
    [
        (2, 1, True),
        (1, 2, False),
        (1, 1, False),
        ("10", "9", True),
        ("2026-01-02T00:00:00Z", "2026-01-01T23:59:59.5Z", True),
        ("2026-01-01T12:00:00-03:00", "2026-01-01T14:00:00Z", True),
        ("b", "a", True),
        (None, 1, False),
        (2, None, False),
        (2, "x", False),
        (True, 0, False),
    ],
)
def test_the_greater_cursor_is_the_newer_version(first: object, second: object, outdated: bool) -> None:
    outdates = by_cursor({(None, "clientes"): ("at",)})
    assert outdates(record(at=first), record(at=second)) is outdated


def test_a_cursor_may_lie_deeper_and_without_one_the_later_record_is_the_newer() -> None:
    first, second = record(meta={"at": 2}), record(meta={"at": 1})
    assert by_cursor({(None, "clientes"): ("meta", "at")})(first, second)
    assert not by_cursor({})(first, second)


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1), (3, 1, 2)])
def test_a_load_sends_the_version_with_the_greatest_cursor_and_keeps_the_others(
    order: tuple[int, ...],
) -> None:
    load = Load(10, by_cursor({(None, "clientes"): ("at",)}))
    load.fill([entry(at) for at in order], now=0)
    (kept,) = load.entries("cliente")
    assert kept.body == b"3"
    assert sorted(each.body for each in kept.versions()) == [b"1", b"2", b"3"]


def entry(at: int) -> Entry:
    line = json.dumps({"type": "RECORD", "record": {"stream": "clientes", "data": {"at": at}}}).encode()
    return Entry("C-1", str(at).encode(), line, "cliente", Segment())
