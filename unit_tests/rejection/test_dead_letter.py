"""Rejected records become whole, durable objects."""

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.errors import ConfigError, TransientError
from source_destination_clientes.rejection.dead_letter import (
    PART_BYTES,
    DeadLetter,
    open_dead_letter,
    path_safe,
)
from source_destination_clientes.rejection.row import JobIdentity, Row
from source_destination_clientes.rejection.storage import Storage
from source_destination_clientes.rejection.storage.folder import FolderStorage
from source_destination_clientes.settings import StorageLocal, StorageNone
from unit_tests.kit.fakes import FakeTime


@dataclass
class MemoryStorage:
    """A storage that may fail."""

    location: str = "memory/"
    roll_seconds: float = 15.0
    objects: dict[str, bytes] = field(default_factory=dict)
    failing: str | None = None

    def put(self, path: str, content: bytes) -> None:
        if self.failing is not None and self.failing in path:
            raise TransientError("the storage is away")
        assert path not in self.objects, "nothing is ever overwritten"
        self.objects[path] = content

    def get(self, path: str) -> bytes:
        return self.objects[path]

    def list(self, prefix: str) -> Iterator[str]:
        yield from sorted(path for path in self.objects if path.startswith(prefix))

    def put_if_absent(self, path: str, content: bytes) -> bool:
        raise NotImplementedError

    def delete(self, path: str) -> None:
        del self.objects[path]


def make(storage: Storage | None = None, time: FakeTime | None = None, **changes: object) -> DeadLetter:
    identity = JobIdentity("42", attempt=2)
    clock = (time or FakeTime()).clock()
    return DeadLetter(storage, identity, clock, run="abcd1234", **changes)  # type: ignore[arg-type] # as given


def row(name: str = "a", stream: str = "clientes", data: bytes = b'{"n":1}') -> Row:
    return Row(
        id=name,
        rejected_at="2026-01-01T00:00:00Z",
        stream=stream,
        stage="api",
        reason="too_long",
        message="m",
        record=msgspec.Raw(data),
    )


def test_each_stream_has_its_folder_below_the_job_and_names_tell_time_attempt_and_run() -> None:
    storage = MemoryStorage()
    letters = make(storage)
    for each in (row("a"), row("b", "orders"), row("c")):
        letters.append(each)
    letters.flush()
    assert list(storage.objects) == [
        "42/clientes/20260101T000000Z-2-abcd1234-00000.jsonl",
        "42/orders/20260101T000000Z-2-abcd1234-00001.jsonl",
    ]
    lines = next(iter(storage.objects.values())).splitlines()
    assert [msgspec.json.decode(line)["id"] for line in lines] == ["a", "c"]


def test_parts_of_one_second_do_not_overwrite_each_other() -> None:
    storage = MemoryStorage()
    letters = make(storage)
    for name in "abc":
        letters.append(row(name))
        letters.flush()
    assert len(storage.objects) == 3


def test_rows_without_a_job_lie_in_a_folder_that_says_so() -> None:
    storage = MemoryStorage()
    letters = DeadLetter(storage, JobIdentity(), FakeTime().clock())
    letters.append(row())
    letters.flush()
    assert next(iter(storage.objects)).startswith("no-job/clientes/")
    assert letters.location == "memory/no-job"


def test_compressed_parts_hold_the_same_lines() -> None:
    storage = MemoryStorage()
    letters = make(storage, compress=True)
    letters.append(row())
    letters.flush()
    ((name, content),) = storage.objects.items()
    assert name.endswith(".jsonl.gz")
    assert gzip.decompress(content) == row().encode()


def test_nothing_is_written_before_it_is_due() -> None:
    time, storage = FakeTime(), MemoryStorage()
    letters = make(storage, time)
    assert not letters.due()
    letters.append(row())
    assert not letters.due()
    time.seconds += 14.9
    letters.append(row())
    assert not letters.due()
    time.seconds += 0.1
    assert letters.due()
    letters.flush()
    assert not letters.due()
    assert storage.objects != {}


def test_many_bytes_are_written_at_once_so_that_one_record_cannot_fill_the_memory() -> None:
    storage = MemoryStorage()
    letters = make(storage)
    letters.append(row(data=b'"' + b"x" * PART_BYTES + b'"'))
    assert (letters.pending, len(storage.objects)) == (0, 1)


def test_the_wait_begins_anew_after_each_flush() -> None:
    time = FakeTime()
    letters = make(MemoryStorage(), time)
    letters.append(row())
    letters.flush()
    time.seconds += 20
    letters.append(row())
    assert not letters.due()


def test_what_could_not_be_written_stays_held_and_is_written_later() -> None:
    storage = MemoryStorage(failing="orders")
    letters = make(storage)
    for each in (row("a"), row("b", "orders")):
        letters.append(each)
    with pytest.raises(TransientError):
        letters.flush()
    assert letters.pending == 1
    storage.failing = None
    letters.flush()
    assert letters.pending == 0
    assert [msgspec.json.decode(content)["id"] for content in storage.objects.values()] == ["a", "b"]


def test_a_probe_leaves_nothing_behind() -> None:
    storage = MemoryStorage()
    make(storage).probe()
    assert storage.objects == {}


def test_a_probe_tells_of_a_store_that_refuses() -> None:
    with pytest.raises(TransientError):
        make(MemoryStorage(failing="_check_")).probe()


def test_without_a_store_rows_are_only_passed_over() -> None:
    letters = make(None)
    letters.append(row())
    letters.flush()
    letters.probe()
    assert (letters.pending, letters.due(), letters.location) == (0, False, None)


@given(st.text())
def test_any_name_becomes_one_step_of_a_path(name: str) -> None:
    safe = path_safe(name)
    assert safe not in {"", ".", ".."}
    assert "/" not in safe
    assert safe.isascii()


@given(st.lists(st.tuples(st.sampled_from(["clientes", "orders", "a/b"]), st.booleans())))
def test_every_row_is_written_once_however_often_it_is_flushed(steps: list[tuple[str, bool]]) -> None:
    storage = MemoryStorage()
    letters = make(storage)
    for number, (stream, flush) in enumerate(steps):
        letters.append(row(str(number), stream))
        if flush:
            letters.flush()
    letters.flush()
    written = [
        msgspec.json.decode(line)["id"] for part in storage.objects.values() for line in part.splitlines()
    ]
    assert sorted(written, key=int) == [str(number) for number in range(len(steps))]
    assert letters.pending == 0


def test_the_config_decides_where_and_whether_compressed() -> None:
    local = StorageLocal.model_validate({"storage_type": "Local", "path": "letters", "compression": "gzip"})
    letters = open_dead_letter(local, JobIdentity("7"), FakeTime().clock(), lambda: "run")
    assert (letters.location, letters.compress, letters.run) == ("letters/7", True, "run")
    nowhere = open_dead_letter(StorageNone(), JobIdentity("7"), FakeTime().clock())
    assert (nowhere.storage, nowhere.compress) == (None, False)


def test_two_dead_letters_have_names_of_their_own() -> None:
    storage = StorageNone()
    runs = {open_dead_letter(storage, JobIdentity(), FakeTime().clock()).run for _ in range(5)}
    assert len(runs) == 5


def test_a_folder_in_the_way_stops_a_flush(tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("letters") / "file"
    file.write_bytes(b"")
    local = StorageLocal.model_validate({"storage_type": "Local", "path": str(file)})
    letters = open_dead_letter(local, JobIdentity("7"), FakeTime().clock())
    letters.append(row())
    with pytest.raises(ConfigError):
        letters.flush()
    assert letters.pending == 1


def test_a_write_that_is_attempted_again_writes_the_same_object() -> None:
    storage = MemoryStorage(failing="clientes")
    tried: list[str] = []

    def attempt(write: Callable[[], None]) -> None:
        with pytest.raises(TransientError):
            write()
        tried.extend(storage.objects)
        storage.failing = None
        write()

    letters = make(storage, attempt=attempt)
    letters.append(row())
    letters.flush()
    assert (tried, len(storage.objects), letters.pending) == ([], 1, 0)


def test_a_stream_with_a_name_longer_than_a_folder_may_have_keeps_its_rows(tmp_path: Path) -> None:
    letters = make(FolderStorage(tmp_path))
    letters.append(row(stream="s" * 300))
    letters.flush()
    (part,) = tmp_path.rglob("*.jsonl")
    assert json.loads(part.read_bytes())["stream"] == "s" * 300


@given(st.lists(st.integers(-100_000, 100_000), min_size=2, max_size=30))
def test_the_order_of_the_names_is_that_of_the_writes_whatever_the_wall_clock_does(steps: list[int]) -> None:
    storage, time = MemoryStorage(), FakeTime()
    wall = [datetime(2026, 1, 1, tzinfo=UTC)]
    letters = make(storage, time)
    letters.clock = replace(letters.clock, now=lambda: wall[0])
    for number, step in enumerate(steps):
        wall[0] += timedelta(seconds=step)
        letters.append(row(str(number)))
        letters.flush()
    read = [json.loads(storage.get(name))["id"] for name in storage.list("")]
    assert read == [str(number) for number in range(len(steps))]
