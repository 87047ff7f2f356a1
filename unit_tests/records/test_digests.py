"""The compact set against a Python set."""

from array import array
from hashlib import blake2b

from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.records.digests import DigestSet

NUMBERS = st.lists(st.integers(0, 300), max_size=60)


def digests(numbers: list[int]) -> list[bytes]:
    return [blake2b(str(number).encode(), digest_size=12).digest() for number in numbers]


@given(NUMBERS, NUMBERS, NUMBERS)
def test_it_holds_what_was_added_and_nothing_else(
    first: list[int], second: list[int], asked: list[int]
) -> None:
    held = DigestSet(12)
    held.add(b"".join(digests(sorted(set(first)))))
    held.add_new(b"".join(digests(sorted(set(second)))))
    assert held.holds(b"".join(digests(asked))) == [number in {*first, *second} for number in asked]
    assert held.count == len({*first, *second})


@given(NUMBERS)
def test_sorted_columns_are_taken_like_single_hashes(numbers: list[int]) -> None:
    ordered = sorted(digests(sorted(set(numbers))))
    held = DigestSet(12)
    held.add_sorted(array("H", b"".join(d[:2] for d in ordered)), b"".join(d[2:] for d in ordered))
    assert all(held.holds(b"".join(ordered)))
    assert held.count == len(ordered)
