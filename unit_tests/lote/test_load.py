"""What one lote carries and how it is cut."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.lote.load import Entry, Load, chunks, encode_request, halves
from unit_tests.kit.fakes import make_entry


def keys(load: Load) -> list[str]:
    return [entry.key for entry in load.entries("cliente")]


def test_the_later_version_of_a_cliente_takes_the_place_of_the_earlier() -> None:
    load = Load(limit=10)
    load.fill([make_entry(key, version) for key, version in [("a", 1), ("b", 1), ("a", 2)]], now=0)
    assert keys(load) == ["b", "a"]
    newest = load.entries("cliente")[1]
    assert [version.body[-2:] for version in newest.versions()] == [b'2"', b'1"']
    assert load.received == 3


def test_the_same_key_of_two_objects_is_two_records() -> None:
    load = Load(limit=10)
    load.fill([make_entry("a"), make_entry("a", kind="cliente_endereco")], now=0)
    assert len(load) == 2


def test_records_without_a_key_stand_for_themselves() -> None:
    load = Load(limit=10)
    load.fill([make_entry("", kind="anexo") for _ in range(2)], now=0)
    assert len(load.entries("anexo")) == 2


def test_a_load_is_full_by_records_by_bytes_or_by_repetition() -> None:
    def fullness(entries: list[Entry]) -> list[bool]:
        load, seen = Load(limit=2), []
        for entry in entries:
            load.fill([entry], now=0)
            seen.append(load.full)
        return seen

    assert fullness([make_entry("a"), make_entry("b")]) == [False, True]
    assert fullness([make_entry("a", size=33_000_000)]) == [True]
    assert fullness([make_entry("a", version) for version in range(8)]) == [False] * 7 + [True]


@given(st.lists(st.integers(0, 5), max_size=60), st.integers(1, 7))
def test_what_finds_no_room_in_one_load_is_in_the_next(numbers: list[int], limit: int) -> None:
    entries: list[Entry] = [make_entry(f"k{number}" if number else "") for number in numbers]
    left, taken = list(entries), list[Entry]()
    while left:
        load = Load(limit)
        rest = list(load.fill(left, now=0))
        assert load.full or not rest
        assert 0 < len(load) <= limit
        versions = [version for entry in load.entries("cliente") for version in entry.versions()]
        assert sorted(map(id, versions)) == sorted(map(id, left[: len(left) - len(rest)]))
        taken += versions
        left = rest
    assert len(taken) == len(entries)


def test_the_age_of_a_load_is_that_of_its_first_record() -> None:
    load = Load(limit=10)
    load.fill([make_entry("a")], now=5)
    load.fill([make_entry("b")], now=9)
    assert load.started_at == 5


@given(st.lists(st.integers(0, 400), max_size=80), st.integers(1, 17), st.integers(100, 3000))
def test_chunks_hold_each_record_once_in_order_within_both_limits(
    sizes: list[int], records: int, max_bytes: int
) -> None:
    entries = [make_entry(f"k{number}", size=size) for number, size in enumerate(sizes)]
    cut = list(chunks(entries, records, max_bytes))
    assert [entry for chunk in cut for entry in chunk] == entries
    for chunk in cut:
        assert 0 < len(chunk) <= records
        assert len(chunk) == 1 or len(encode_request(chunk, "LOTE-000001")) <= max_bytes


@given(st.integers(2, 200))
def test_halves_are_two_parts_of_the_same_records(number: int) -> None:
    chunk = [make_entry(f"k{i}") for i in range(number)]
    first, second = halves(chunk)
    assert first
    assert second
    assert first + second == chunk


def test_a_request_is_a_json_array_with_the_lote_in_each_record() -> None:
    body = encode_request([make_entry("a"), make_entry("b")], 'lote "1"')
    assert json.loads(body) == [
        {"idRetaguarda": "a", "nome": "v1", "loteOrigem": 'lote "1"'},
        {"idRetaguarda": "b", "nome": "v1", "loteOrigem": 'lote "1"'},
    ]
    assert msgspec.json.decode(body)


def test_states_that_are_held_fill_a_load_by_their_bytes() -> None:
    load = Load(limit=1000)
    load.fill([make_entry("a")], now=0)
    held = 0
    while not load.full:
        load.hold(98_000)
        held += 1
    assert held == 320


@pytest.mark.parametrize("later_wins", [True, False])
def test_a_long_chain_of_versions_is_held_and_freed_without_recursion(later_wins: bool) -> None:
    versions = 60_000
    load = Load(limit=versions, outdates=None if later_wins else lambda _earlier, _later: True)
    assert not load.fill([make_entry("a", version) for version in range(versions)], now=0)
    (latest,) = load.entries("cliente")
    assert latest.body.endswith(b'%d"' % (versions - 1 if later_wins else 0))
    assert sum(1 for _ in latest.versions()) == versions
    earlier = latest.step_back()
    assert earlier is not None
    # Freed here; with a chain this ended the process.
    del latest, earlier, load
