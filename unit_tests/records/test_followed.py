"""Closed lotes that shops have not finished, from one sync to the next."""

from datetime import timedelta

import pytest

from source_destination_clientes.records.followed import Followed, FollowedLote, hashed_keys
from source_destination_clientes.records.hashing import Hasher
from unit_tests.kit.fakes import START, FakeTime
from unit_tests.kit.objects import MemoryObjects

HASHER = Hasher(b"secret", "scope")


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


def lote(code: str, days_ago: float = 0.0, *keys: str) -> FollowedLote:
    return FollowedLote(
        code=code,
        namespace=None,
        stream="clientes",
        object="cliente",
        job="42",
        closed_at=START - timedelta(days=days_ago),
        number=len(keys),
        keys=hashed_keys(keys, HASHER),
    )


def follow(
    objects: MemoryObjects, time: FakeTime, warnings: list[str] | None = None, run: str = "run1"
) -> Followed:
    told = warnings if warnings is not None else []
    return Followed(objects, run, time.clock(), told.append)


def test_lotes_are_found_by_the_next_sync_the_oldest_first(time: FakeTime) -> None:
    objects = MemoryObjects()
    first = follow(objects, time)
    first.add(lote("lote-2", 1))
    first.add(lote("lote-1", 2))
    first.flush()
    assert [each.code for each in follow(objects, time, run="run2").unfinished()] == ["lote-1", "lote-2"]


def test_fifty_lotes_make_a_file(time: FakeTime) -> None:
    objects = MemoryObjects()
    followed = follow(objects, time)
    for number in range(120):
        followed.add(lote(f"lote-{number}"))
    followed.flush()
    assert len(objects.content) == 3
    assert len(followed.unfinished()) == 120


def test_a_lote_that_every_shop_has_finished_is_let_go(time: FakeTime) -> None:
    objects = MemoryObjects()
    followed = follow(objects, time)
    for code in ("lote-1", "lote-2"):
        followed.add(lote(code))
    followed.flush()
    followed.finished({"lote-1"})
    assert [each.code for each in followed.unfinished()] == ["lote-2"]
    followed.finished({"lote-2"})
    assert not objects.content


def test_after_seven_days_nobody_asks_any_more(time: FakeTime) -> None:
    objects = MemoryObjects()
    followed = follow(objects, time)
    followed.add(lote("lote-1"))
    followed.flush()
    time.seconds += 6.9 * 86_400
    assert len(followed.unfinished()) == 1
    time.seconds += 0.2 * 86_400
    assert followed.unfinished() == []
    assert not objects.content


def test_a_lote_knows_the_keys_it_brought_and_shows_none(time: FakeTime) -> None:
    objects = MemoryObjects()
    followed = follow(objects, time)
    followed.add(lote("lote-1", 0, "52998224725", "C-2"))
    followed.flush()
    (found,) = followed.unfinished()
    assert found.brought("52998224725", HASHER)
    assert found.brought("C-2", HASHER)
    assert not found.brought("C-3", HASHER)
    assert all(b"52998224725" not in content for content in objects.content.values())


def test_a_file_that_cannot_be_read_is_passed_over_with_a_word(time: FakeTime) -> None:
    objects = MemoryObjects({"shops/20260101T000000Z-run0-0000.json": b"{"})
    warnings: list[str] = []
    followed = follow(objects, time, warnings)
    followed.add(lote("lote-1"))
    followed.flush()
    assert [each.code for each in followed.unfinished()] == ["lote-1"]
    assert len(warnings) == 1
