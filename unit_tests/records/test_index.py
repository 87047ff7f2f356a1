"""Opening, skipping, forgetting and saving, case by case; `test_model` has the sequences nobody would think of."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from source_destination_clientes.errors import TransientError
from source_destination_clientes.records import index_base, index_manifest
from source_destination_clientes.records.index import Index, IndexOptions, open_index
from source_destination_clientes.records.index_lookup import find_delivery
from source_destination_clientes.records.objects import Below
from unit_tests.kit.fakes import FakeTime
from unit_tests.kit.objects import MemoryObjects

SCOPE = "homologation/inq/cliente"


def body(key: str, value: str = "A") -> bytes:
    return f'{{"idRetaguarda":"{key}","nome":"{value}"'.encode()


@dataclass
class Nights:
    """One storage and what is written into it, night after night."""

    objects: MemoryObjects = field(default_factory=MemoryObjects)
    time: FakeTime = field(default_factory=FakeTime)
    warnings: list[str] = field(default_factory=list)
    runs: int = 0

    def open(self, **changes: Any) -> Index:
        self.runs += 1
        options = IndexOptions(**{"secret": b"secret", "scope": SCOPE, **changes})
        return open_index(self.objects, options, f"run{self.runs}", self.time.clock(), self.warnings.append)

    def deliver(self, *keys: str, value: str = "A", **changes: Any) -> None:
        index = self.open(**changes)
        index.pending(keys)
        index.done(keys, [body(key, value) for key in keys], "lote-1")
        index.close()

    def unchanged(self, *keys: str, value: str = "A", **changes: Any) -> list[bool]:
        index = self.open(**changes)
        mask = index.unchanged(keys, [body(key, value) for key in keys])
        index.close()
        return mask


@pytest.fixture
def nights() -> Nights:
    return Nights()


def test_what_was_delivered_just_so_is_unchanged_and_nothing_else_is(nights: Nights) -> None:
    nights.deliver("C-1", "C-2")
    index = nights.open()
    assert index.unchanged(["C-1", "C-2", "C-3"], [body("C-1"), body("C-2", "B"), body("C-3")]) == [
        True,
        False,
        False,
    ]
    assert not nights.warnings


def test_a_night_without_changes_writes_no_more_than_two_manifests(nights: Nights) -> None:
    nights.deliver("C-1", "C-2")
    files, written = set(nights.objects.content), nights.objects.written
    assert nights.unchanged("C-1", "C-2") == [True, True]
    assert {path for path in nights.objects.content if path not in files} <= {
        f"state/manifest-{number:010d}.json" for number in range(20)
    }
    assert nights.objects.written - written < 2_000


def test_a_key_that_changed_is_sent_for_the_rest_of_the_run(nights: Nights) -> None:
    nights.deliver("C-1")
    index = nights.open()
    assert index.unchanged(["C-1"], [body("C-1", "B")]) == [False]
    assert index.unchanged(["C-1"], [body("C-1", "A")]) == [False]


def test_a_key_that_changes_within_a_block_is_sent_whichever_comes_first(nights: Nights) -> None:
    nights.deliver("C-1", "C-2")
    index = nights.open()
    keys = ["C-1", "C-1", "C-2", "C-2", "C-2"]
    bodies = [body("C-1"), body("C-1", "B"), body("C-2", "B"), body("C-2"), body("C-2")]
    assert not any(index.unchanged(keys, bodies))


def test_a_key_that_is_pending_and_not_done_is_sent(nights: Nights) -> None:
    nights.deliver("C-1", "C-2")
    nights.open().pending(["C-1"])
    assert nights.unchanged("C-1", "C-2") == [False, True]


def test_the_later_word_of_two_runs_that_died_counts(nights: Nights) -> None:
    first = nights.open()
    first.pending(["C-1"])
    first.done(["C-1"], [body("C-1")], "lote-1")
    nights.open().pending(["C-1"])
    assert nights.unchanged("C-1") == [False]


def test_a_key_that_is_forgotten_is_sent(nights: Nights) -> None:
    nights.deliver("C-1", "C-2")
    index = nights.open()
    index.forget(["C-1"])
    assert index.unchanged(["C-1"], [body("C-1")]) == [False]
    index.close()
    assert nights.unchanged("C-1", "C-2") == [False, True]


def test_entries_are_sent_again_after_their_days(nights: Nights) -> None:
    nights.deliver("C-1", max_age_days=30)
    nights.time.seconds += 29 * 86_400
    nights.deliver("C-2", max_age_days=30)
    assert nights.unchanged("C-1", "C-2", max_age_days=30) == [True, True]
    nights.time.seconds += 2 * 86_400
    assert nights.unchanged("C-1", "C-2", max_age_days=30) == [False, True]


def test_what_a_clock_of_the_future_wrote_is_sent_again(nights: Nights) -> None:
    nights.time.seconds += 90 * 86_400
    nights.deliver("C-1")
    nights.time.seconds -= 60 * 86_400
    assert nights.unchanged("C-1") == [False]


def test_a_new_text_sends_everything_once_without_a_warning(nights: Nights) -> None:
    nights.deliver("C-1")
    assert nights.unchanged("C-1", resend="the new shop") == [False]
    nights.deliver("C-1", resend="the new shop")
    assert nights.unchanged("C-1", resend="the new shop") == [True]
    assert not nights.warnings


def test_after_a_new_text_a_run_that_dies_is_gone_on_with(nights: Nights) -> None:
    nights.deliver("C-1", "C-2")
    index = nights.open(resend="!")
    index.pending(["C-1"])
    index.done(["C-1"], [body("C-1")], "lote-2")
    assert nights.unchanged("C-1", "C-2", resend="!") == [True, False]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"secret": b"another"}, "secret of the config"),
        ({"scope": "production/inq/cliente"}, "secret of the config"),
    ],
)
def test_another_secret_or_scope_sends_everything_with_one_warning(
    nights: Nights, change: dict[str, Any], words: str
) -> None:
    nights.deliver("C-1")
    assert nights.unchanged("C-1", **change) == [False]
    assert [words in warning for warning in nights.warnings] == [True]


@pytest.mark.parametrize("how", ["lost", "cut", "changed", "empty"])
def test_every_file_that_is_not_what_it_was_sends_everything_with_one_warning(how: str) -> None:
    files = set(_some_nights().objects.content)
    for path in files - _without_effect(files):
        nights = _some_nights()
        content = nights.objects.content.pop(path)
        if how != "lost":
            half = len(content) // 2
            changed = content[:half] + bytes([content[half] ^ 1]) + content[half + 1 :]
            nights.objects.content[path] = {"cut": content[:half], "changed": changed, "empty": b""}[how]
        if how == "lost" and "manifest" in path:
            for other in [name for name in nights.objects.content if "manifest" in name]:
                del nights.objects.content[other]
        nights.warnings.clear()
        assert nights.unchanged("C-1", "C-2", "C-3") == [False] * 3, path
        assert len(nights.warnings) == 1, path
        nights.deliver("C-1", "C-2", "C-3")
        assert nights.unchanged("C-1", "C-2", "C-3") == [True] * 3, path


def _some_nights() -> Nights:
    """Parts, a delta, and a log of two segments that its run left."""
    nights = Nights()
    nights.deliver("C-1")
    index = nights.open()
    index.save(merge=True)
    index.close()
    nights.deliver("C-2")
    died = nights.open()
    died.pending(["C-3"])
    died.done(["C-3"], [body("C-3")], "lote-3")
    return nights


def _without_effect(files: set[str]) -> set[str]:
    """Older manifests, and the last segment of a log: nobody can know that there was one more."""
    manifests = sorted(path for path in files if "manifest" in path)
    return {*manifests[:-1], max(path for path in files if path.startswith("log/"))}


def test_an_index_of_another_version_sends_everything(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    nights.deliver("C-1")
    monkeypatch.setattr(index_manifest, "FORMAT", "2-little")
    assert nights.unchanged("C-1") == [False]
    assert "another version" in nights.warnings[0]


def test_of_two_runs_at_once_both_send_everything_and_so_does_the_next(nights: Nights) -> None:
    nights.deliver("C-1", "C-2")
    first = nights.open()
    assert first.unchanged(["C-1"], [body("C-1")]) == [True]
    second = nights.open()
    first.pending(["C-2"])
    assert first.unchanged(["C-1"], [body("C-1")]) == [False]
    assert nights.time.slept == [15.0], "the other had time to see it"
    assert second.unchanged(["C-1"], [body("C-1")]) == [False]
    first.close()
    second.close()
    assert len(nights.warnings) == 2
    assert nights.unchanged("C-1") == [False]
    assert "delivered without it" in nights.warnings[-1]


def test_the_word_of_a_delivery_without_the_index_holds_for_hours_and_not_for_ever(nights: Nights) -> None:
    nights.deliver("C-1")
    first = nights.open()
    nights.open()
    first.pending(["C-2"])
    nights.time.seconds += 3 * 3600
    nights.deliver("C-1")
    assert nights.unchanged("C-1") == [False]
    nights.time.seconds += 4 * 3600
    nights.deliver("C-1")
    assert nights.unchanged("C-1") == [True]


def test_after_a_run_that_did_not_end_well_the_first_lote_waits_for_it_to_be_gone(nights: Nights) -> None:
    nights.open()
    index = nights.open()
    index.pending(["C-1"])
    assert nights.time.slept == [15.0]


def test_after_a_run_that_ended_well_nothing_waits(nights: Nights) -> None:
    nights.deliver("C-1")
    nights.deliver("C-2")
    assert nights.time.slept == []


def test_what_cannot_be_looked_at_is_not_skipped(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    nights.deliver("C-1")
    index = nights.open()
    nights.time.seconds += 6

    def away(_prefix: str) -> Any:
        raise TransientError("the bucket is away")

    monkeypatch.setattr(nights.objects, "list", away)
    assert index.unchanged(["C-1"], [body("C-1")]) == [False]
    monkeypatch.undo()
    assert index.unchanged(["C-1"], [body("C-1")]) == [True]


def test_many_changes_become_deltas_and_many_deltas_become_parts(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_base, "_MERGED_FROM", 600)
    monkeypatch.setattr(index_base, "MOST_IN_PART", 300)
    keys = [f"C-{number}" for number in range(2_000)]
    index = nights.open()
    for start in range(0, len(keys), 10):
        lote = keys[start : start + 10]
        index.pending(lote)
        index.done(lote, [body(key) for key in lote], "lote-1")
    index.close()
    parts = [path for path in nights.objects.content if path.endswith(".part")]
    assert len(parts) > 4
    assert not any(path.startswith("log/") for path in nights.objects.content)
    assert all(nights.unchanged(*keys))
    nights.deliver(*keys[:700], value="B")
    assert nights.unchanged(*keys) == [False] * 700 + [True] * 1_300
    assert all(nights.unchanged(*keys[:700], value="B"))


def test_no_key_and_no_value_is_in_the_clear(nights: Nights) -> None:
    nights.deliver("52998224725", value="Maria da Silva")
    everything = b"".join(nights.objects.content.values()) + "".join(nights.objects.content).encode()
    for word in (b"52998224725", b"Maria", b"secret"):
        assert word not in everything


def test_a_delivery_is_found_by_its_key(nights: Nights) -> None:
    nights.deliver("C-1")
    index = nights.open()
    index.save(merge=True)
    index.pending(["C-2"])
    index.done(["C-2"], [body("C-2")], "lote-9")

    def find(key: str) -> Any:
        return find_delivery(nights.objects, b"secret", SCOPE, key)

    assert find("C-1").in_lote("lote-1")
    assert find("C-2").in_lote("lote-9")
    assert find("C-2").day.isoformat() == "2026-01-01"
    assert find("C-3") is None
    index.forget(["C-1"])
    assert find("C-1") is None


def test_two_objects_share_a_storage_without_meeting() -> None:
    objects = MemoryObjects()
    clientes, enderecos = Below(objects, "index/inq/cliente/"), Below(objects, "index/inq/cliente_endereco/")
    time = FakeTime()
    warnings: list[str] = []
    index = open_index(clientes, IndexOptions(b"s", "a"), "run1", time.clock(), warnings.append)
    index.pending(["C-1"])
    index.done(["C-1"], [body("C-1")], "lote-1")
    index.close()
    other = open_index(enderecos, IndexOptions(b"s", "b"), "run1", time.clock(), warnings.append)
    assert other.known == 0
    assert not warnings
