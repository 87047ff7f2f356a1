"""Reading a dead letter again."""

import gzip
import tracemalloc
from pathlib import Path

import msgspec
import pytest

from source_destination_clientes.errors import ConfigError
from source_destination_clientes.rejection.archive import (
    Archive,
    RowFilter,
    Unreadable,
    open_archive,
    parse_moment,
    parse_reason,
)
from source_destination_clientes.rejection.outcome import Reason
from source_destination_clientes.rejection.row import Row
from source_destination_clientes.rejection.storage.folder import FolderStorage


def line(
    name: str, *, reason: str = "too_long", stream: str = "clientes", job: str = "42", at: str = "2026-11-23"
) -> bytes:
    head = f'"version":1,"id":"{name}","rejected_at":"{at}T12:00:00Z","stream":"{stream}","stage":"api"'
    return f'{{{head},"reason":"{reason}","message":"m","job_id":"{job}","record":{{"n":1}}}}\n'.encode()


@pytest.fixture
def storage(tmp_path: Path) -> FolderStorage:
    storage = FolderStorage(tmp_path)
    storage.put("42/clientes/20261123T120000Z-1-a-00000.jsonl", line("one") + line("two", reason="bad_date"))
    storage.put(
        "43/clientes/20261122T120000Z-1-b-00000.jsonl.gz",
        gzip.compress(line("zero", job="43", at="2026-11-22")),
    )
    return storage


def ids(archive: Archive, wanted: RowFilter = RowFilter()) -> list[str]:  # noqa: B008 - frozen
    return [found[1].id for found in archive.rows(wanted) if not isinstance(found, Unreadable)]


def test_rows_come_in_the_order_they_were_written_whatever_their_job(storage: FolderStorage) -> None:
    assert ids(open_archive(storage, "r")) == ["zero", "one", "two"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (RowFilter(job="43"), ["zero"]),
        (RowFilter(reason=Reason.BAD_DATE), ["two"]),
        (RowFilter(stream="orders"), []),
        (RowFilter(since=parse_moment("2026-11-23")), ["one", "two"]),
        (RowFilter(until=parse_moment("2026-11-22", end_of_day=True)), ["zero"]),
        (RowFilter(until=parse_moment("2026-11-22T12:00:00Z")), []),
    ],
)
def test_only_the_rows_asked_for_are_read(
    storage: FolderStorage, wanted: RowFilter, found: list[str]
) -> None:
    assert ids(open_archive(storage, "r"), wanted) == found


def test_the_folders_of_other_jobs_are_not_even_read(storage: FolderStorage) -> None:
    assert [part.split("/")[0] for part in open_archive(storage, "r", job="43").parts] == ["43"]


def test_one_part_can_be_asked_for_by_name(storage: FolderStorage) -> None:
    part = "42/clientes/20261123T120000Z-1-a-00000.jsonl"
    assert open_archive(storage, "r", only=part).parts == [part]


def test_a_settled_row_is_passed_over_by_the_next_reader_and_counted(storage: FolderStorage) -> None:
    archive = open_archive(storage, "first")
    archive.mark_settled("42/clientes/20261123T120000Z-1-a-00000.jsonl", ["one"])
    archive.mark_settled("42/clientes/20261123T120000Z-1-a-00000.jsonl", ["two"])
    archive = open_archive(storage, "second")
    assert ids(archive) == ["zero"]
    assert archive.settled_before == 2


def test_marking_rewrites_no_part(storage: FolderStorage) -> None:
    part = "42/clientes/20261123T120000Z-1-a-00000.jsonl"
    before = storage.get(part)
    open_archive(storage, "first").mark_settled(part, ["one"])
    assert storage.get(part) == before


@pytest.mark.parametrize("broken", [b"{", b'{"version":1}', b"\xff\xfe", b"[]"])
def test_a_line_that_is_no_row_is_reported_with_its_place_and_the_rest_is_read(
    storage: FolderStorage, broken: bytes
) -> None:
    part = "44/clientes/20261124T120000Z-1-c-00000.jsonl"
    storage.put(part, line("three") + broken + b"\n" + line("four"))
    found = list(open_archive(storage, "r", only=part).rows(RowFilter()))
    assert [each.line for each in found if isinstance(each, Unreadable)] == [2]
    assert [each[1].id for each in found if not isinstance(each, Unreadable)] == ["three", "four"]


def test_a_part_that_is_no_gzip_is_reported(storage: FolderStorage) -> None:
    storage.put("44/clientes/x.jsonl.gz", b"not gzip")
    found = list(open_archive(storage, "r", only="44/clientes/x.jsonl.gz").rows(RowFilter()))
    assert [each.part for each in found if isinstance(each, Unreadable)] == ["44/clientes/x.jsonl.gz"]


def test_an_unknown_reason_lists_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"no reason 'ugly'.*missing_field.*refused_by_store"):
        parse_reason("ugly")


def test_what_is_no_moment_is_refused_with_examples() -> None:
    with pytest.raises(ConfigError, match="2026-11-23"):
        parse_moment("yesterday")


def test_a_row_without_a_job_is_found_as_no_job(storage: FolderStorage) -> None:
    row = Row(
        id="x",
        rejected_at="2026-11-23T00:00:00Z",
        stream="s",
        stage="api",
        reason="too_long",
        message="m",
        record=msgspec.Raw(b"{}"),
    )
    assert RowFilter(job="no-job").wants(row)


@pytest.mark.parametrize("evil", [r"evil\none", r"evil one", r"evil\u2028one", "", "x" * 201])
def test_an_id_that_would_name_another_row_in_a_mark_is_no_row(storage: FolderStorage, evil: str) -> None:
    storage.put("44/clientes/20261124T120000Z-1-c-00000.jsonl", line(evil))
    archive = open_archive(storage, "r")
    assert [found for found in archive.rows(RowFilter()) if isinstance(found, Unreadable)] == [
        Unreadable("44/clientes/20261124T120000Z-1-c-00000.jsonl", 1, "its id is no word")
    ]
    assert ids(archive) == ["zero", "one", "two"]


def test_a_few_bytes_of_gzip_do_not_fill_the_memory(storage: FolderStorage) -> None:
    bomb = gzip.compress(line("last") + b" " * 200_000_000)
    storage.put("44/clientes/20261124T120000Z-1-c-00000.jsonl.gz", bomb)
    tracemalloc.start()
    try:
        found = list(open_archive(storage, "r").rows(RowFilter()))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(found[-1], Unreadable)
    assert "more than" in found[-1].trouble
    assert peak < 150_000_000
