"""The file format: what is written is read again, and what was touched is not."""

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.records.index_sheet import Damaged, decode_sheet, make_rows, sheet_of


def make_row(digest: bytes, key: int, day: int, lote: int) -> bytes:
    (row,) = make_rows(digest, array("Q", [key]), day, lote)
    return row


ROWS = st.lists(
    st.builds(
        make_row,
        st.binary(min_size=12, max_size=12),
        st.integers(0, 2**64 - 1),
        st.integers(0, 2**16 - 1),
        st.integers(0, 2**32 - 1),
    ),
    max_size=20,
)
KEYS = st.lists(st.integers(0, 2**64 - 1), max_size=20)


@given(ROWS, KEYS)
def test_rows_and_unknown_keys_come_back_sorted_by_payload(rows: list[bytes], unknown: list[int]) -> None:
    sheet = decode_sheet(sheet_of(rows, unknown).encode())
    assert sheet.rows() == sorted(rows)
    assert list(sheet.unknown) == unknown


@given(ROWS, KEYS, st.data())
def test_a_byte_that_changed_is_seen(rows: list[bytes], unknown: list[int], data: st.DataObject) -> None:
    content = bytearray(sheet_of(rows, unknown).encode())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Damaged):
        decode_sheet(bytes(content))


@given(ROWS, st.data())
def test_a_file_that_was_cut_is_seen(rows: list[bytes], data: st.DataObject) -> None:
    content = sheet_of(rows).encode()
    with pytest.raises(Damaged):
        decode_sheet(content[: data.draw(st.integers(0, len(content) - 1))])
