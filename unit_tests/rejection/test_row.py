import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.rejection.outcome import Reason, Rejection, Stage
from source_destination_clientes.rejection.row import (
    JobIdentity,
    Origin,
    Row,
    UnreadableLine,
    decode_line,
    make_row,
)
from unit_tests.kit.fakes import START

REJECTION = Rejection(
    Stage.API,
    Reason.REFUSED_BY_API,
    "PDVSync refused the record.",
    field="nome",
    key="C-1",
    lote="L-1",
    http_status=400,
    raw='{"message":"não"}',
)


def make(data: bytes = b'{"n":1}', rejection: Rejection = REJECTION) -> Row:
    origin = Origin("clientes", "crm", 1795300000000, data)
    return make_row(
        rejection, origin=origin, identity=JobIdentity("42", 3, 7), now=START, new_id=lambda: "id-1"
    )


def test_a_row_is_one_line_with_everything_one_needs_to_act_on_it() -> None:
    line = make().encode()
    assert line.endswith(b"}\n")
    assert line.count(b"\n") == 1
    assert msgspec.json.decode(line) == {
        "version": 1,
        "id": "id-1",
        "rejected_at": "2026-01-01T00:00:00Z",
        "stream": "clientes",
        "namespace": "crm",
        "stage": "api",
        "reason": "refused_by_api",
        "field": "nome",
        "message": "PDVSync refused the record.",
        "key": "C-1",
        "lote": "L-1",
        "http_status": 400,
        "raw": '{"message":"não"}',
        "attempt": 3,
        "job_id": "42",
        "sync_id": 7,
        "emitted_at": 1795300000000,
        "changes": None,
        "record": {"n": 1},
    }


@pytest.mark.parametrize(
    ("meta", "changes"),
    [
        (b'{"changes":[{"field":"nome","change":"NULLED"}]}', [{"field": "nome", "change": "NULLED"}]),
        (b'{"changes":[]}', None),
        (b'{"sync_id":1}', None),
        (b"null", None),
        (b"", None),
        (b"[1]", None),
    ],
)
def test_what_was_changed_in_the_record_before_it_came_is_told(meta: bytes, changes: object) -> None:
    assert Origin("clientes", None, None, b"{}", meta).changes() == changes


@pytest.mark.parametrize(
    "data",
    [b'{"n":123456789012345678901234567890}', b'{"n":0.1000000000000000055511151231257827}', b'{"n" : null}'],
)
def test_a_record_is_kept_to_the_byte(data: bytes) -> None:
    assert b'"record":' + data in make(data).encode()
    again = decode_line(make(data).encode())
    assert isinstance(again, Row)
    assert bytes(again.record) == data


@given(st.dictionaries(st.text(), st.one_of(st.none(), st.text(), st.integers(), st.booleans())))
def test_any_record_is_read_back_from_its_one_line(record: dict[str, object]) -> None:
    line = make(msgspec.json.encode(record)).encode()
    assert line.count(b"\n") == 1
    again = decode_line(line)
    assert isinstance(again, Row)
    assert msgspec.json.decode(again.record) == record


def test_rows_of_later_versions_with_more_keys_are_still_read() -> None:
    line = make().encode().replace(b'"version":1', b'"version":2,"shade":"blue"')
    again = decode_line(line)
    assert isinstance(again, Row)
    assert again.version == 2


@pytest.mark.parametrize("line", [b"", b"{", b"[]", b"\xff", b'{"version":"one"}', b'{"version":1}'])
def test_a_line_that_is_no_row_is_kept_as_it_is(line: bytes) -> None:
    again = decode_line(line)
    assert isinstance(again, UnreadableLine)
    assert again.text == line
    assert again.trouble
