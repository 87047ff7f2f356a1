"""Reading lines without losing one, writing states without losing a digit."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.errors import FatalError
from source_destination_clientes.protocol.messages import (
    Ignored,
    Record,
    State,
    StreamKey,
    read_line,
    record_reader,
    state_message,
)

BIG = b'{"id":18446744073709551617000,"price":0.12345678901234567890123,"name":"Jos\xc3\xa9"}'


def test_the_data_of_a_record_stays_the_bytes_it_arrived_as() -> None:
    line = (
        b'{"type":"RECORD","record":{"stream":"s","namespace":null,"data":'
        + BIG
        + b',"emitted_at":1,"new_key":{}}}'
    )
    record = read_line(line)
    assert isinstance(record, Record)
    assert bytes(record.data) == BIG
    assert record.key == (None, "s")


def test_emitted_at_may_be_a_float_or_missing() -> None:
    assert isinstance(
        read_line(b'{"type":"RECORD","record":{"stream":"s","data":{},"emitted_at":1.5}}'), Record
    )
    assert isinstance(read_line(b'{"type":"RECORD","record":{"stream":"s","data":{}}}'), Record)


def test_null_top_level_keys_as_pyairbyte_sends_them_are_fine() -> None:
    line = b'{"type":"RECORD","log":null,"state":null,"record":{"stream":"s","data":{},"meta":null,"file_reference":null}}'
    assert isinstance(read_line(line), Record)


@pytest.mark.parametrize(
    ("state", "scope"),
    [
        (
            b'{"type":"STREAM","stream":{"stream_descriptor":{"name":"s","namespace":"n"},"stream_state":{}}}',
            ("n", "s"),
        ),
        (b'{"stream":{"stream_descriptor":{"name":"s"}}}', (None, "s")),
        (b'{"type":"GLOBAL","global":{"shared_state":{},"stream_states":[]}}', None),
        (b'{"type":"LEGACY","data":{}}', None),
        (b'{"data":{"cursor":1}}', None),
    ],
)
def test_states_speak_for_their_scope(state: bytes, scope: tuple[str | None, str] | None) -> None:
    message = read_line(b'{"type":"STATE","state":' + state + b"}")
    assert isinstance(message, State)
    assert message.stream == scope


@pytest.mark.parametrize("kind", ["LOG", "TRACE", "SOMETHING_NEW", "CONTROL"])
def test_messages_that_ask_nothing_of_us_are_ignored(kind: str) -> None:
    assert read_line(json.dumps({"type": kind, "whatever": {"x": [1]}}).encode()) == Ignored(kind)


@pytest.mark.parametrize(
    "line", [b"", b"   ", b"hello", b"WARNING: something", b"[1,2]", b"7", b'"text"', b"{}", b'{"type":7}']
)
def test_noise_is_ignored(line: bytes) -> None:
    assert isinstance(read_line(line), Ignored)


@pytest.mark.parametrize(
    "line",
    [
        b'{"type":"RECORD","record":{"stream":"s","data":{"nome":"Maria da Silva"',
        b'{"type":"RECORD"}',
        b'{"type":"RECORD","record":{"data":{"nome":"Maria da Silva"}}}',
        b'{"type":"RECORD","record":{"stream":7,"data":{}}}',
        b'{"type":"STATE"}',
        b'{"type":"STATE","state":7}',
        b'{"type":"STATE","state":{"type":"STREAM"}}',
        b'garbage {"type":"RECORD","record":{"stream":"s","data":{}}}',
        b'{"type":"RECORD","record":{"stream":"s","data":{"nome":"\xff\xfe"}}}',
        b'[{"type":"RECORD","record":{"stream":"s","data":{"nome":"Maria da Silva"}}}]',
        b'"{\\"type\\":\\"RECORD\\",\\"record\\":{}}"',
        '{"type":"RECORD","record":{"stream":"s","data":{"nome":"Maria da Silva"}}}'.encode("utf-16"),
        b'{"type":"record","record":{"stream":"s","data":{"nome":"Maria da Silva"}}}',
        b'{"type":"STATE","state":{"type":"LEGACY","data":"\\ud83d"}}',
    ],
)
def test_a_line_that_could_be_a_record_stops_the_sync_and_is_never_quoted(line: bytes) -> None:
    with pytest.raises(FatalError) as error:
        read_line(line)
    assert f"{len(line)} bytes" in str(error.value)
    assert "Maria" not in str(error.value)


def test_numbers_that_json_does_not_know_reach_the_mapping_as_text() -> None:
    record = read_line(b'{"type":"RECORD","record":{"stream":"s","data":{"a":NaN,"b":-Infinity,"c":1}}}')
    assert isinstance(record, Record)
    assert json.loads(bytes(record.data)) == {"a": "NaN", "b": "-Infinity", "c": 1}


def test_half_a_character_does_not_cost_the_record() -> None:
    line = b'{"type":"RECORD","record":{"stream":"s","data":{"a":"Ana \\ud83d","b":"\\ud83d\\ude00"}}}'
    record = read_line(line)
    assert isinstance(record, Record)
    assert json.loads(bytes(record.data)) == {"a": "Ana \ufffd", "b": "\U0001f600"}


def test_a_state_leaves_as_it_came_with_its_counts_as_floats() -> None:
    raw = b'{"type":"STREAM","id":7,"new":{"k":1.00000000000000000001},"stream":{"stream_descriptor":{"name":"s"}},"sourceStats":{"recordCount":5}}'
    message = read_line(b'{"type":"STATE","state":' + raw + b"}")
    assert isinstance(message, State)
    out = state_message(message, accepted=3, rejected=2, further={"rejected_too_long": 2})
    assert (
        b'"destinationStats":{"recordCount":3.0,"rejectedRecordCount":2.0,"additionalStats":{"rejected_too_long":2.0}}'
        in out
    )
    assert b'"id":7,"new":{"k":1.00000000000000000001}' in out
    assert json.loads(out)["state"]["sourceStats"] == {"recordCount": 5}


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(
    json_values
    | st.fixed_dictionaries(
        {"type": st.sampled_from(["RECORD", "STATE", "LOG"])},
        optional={"record": json_values, "state": json_values},
    )
)
def test_any_json_line_is_a_message_noise_or_a_clear_error(value: object) -> None:
    try:
        message = read_line(json.dumps(value).encode())
    except FatalError:
        return
    assert isinstance(message, Record | State | Ignored)


@given(st.binary(max_size=80))
def test_any_bytes_are_a_message_noise_or_a_clear_error(line: bytes) -> None:
    try:
        message = read_line(line)
    except FatalError:
        return
    assert isinstance(message, Record | State | Ignored)


def test_a_type_that_is_no_text_is_noise() -> None:
    assert read_line(b'{"type":["RECORD"],"record":{}}') == Ignored("noise")


class Row(msgspec.Struct):
    nome: str | None = None


@pytest.mark.parametrize(
    ("stream", "record"),
    [
        ((None, "s"), {"stream": "s"}),
        ((None, "s"), {"stream": "s", "namespace": None, "emitted_at": 1.5, "meta": {}, "later": [1]}),
        (("n", "s"), {"stream": "s", "namespace": "n", "emitted_at": 1}),
        (("", "s"), {"stream": "s", "namespace": ""}),
    ],
)
def test_the_data_of_a_record_of_the_stream_is_read_in_one_go(
    stream: StreamKey, record: dict[str, Any]
) -> None:
    line = json.dumps({"type": "RECORD", "record": {**record, "data": {"nome": "Ana"}}}).encode()
    assert record_reader(stream, Row)(line) == Row("Ana")


@given(
    st.sampled_from([(None, "s"), ("n", "s"), ("", "s")]),
    st.fixed_dictionaries(
        {
            "record": st.fixed_dictionaries(
                {"data": st.sampled_from([{"nome": "Ana"}, {"nome": 7}, [], None])}
            )
        },
        optional={"type": st.sampled_from(["RECORD", "STATE", "record", None])},
    ),
    st.dictionaries(
        st.sampled_from(["stream", "namespace", "emitted_at", "meta", "file_reference"]),
        st.sampled_from(["s", "n", "", 7, 7.5, None, True, {}]),
    ),
)
def test_what_is_read_in_one_go_is_a_record_of_that_stream(
    stream: StreamKey, message: dict[str, Any], further: dict[str, Any]
) -> None:
    message["record"].update(further)
    line = json.dumps(message).encode()
    try:
        read = record_reader(stream, Row)(line)
    except msgspec.DecodeError:
        return
    record = read_line(line)
    assert isinstance(record, Record)
    assert record.key == stream
    assert msgspec.json.decode(record.data, type=Row) == read


@pytest.mark.parametrize("namespace", ["n", ""])
def test_a_record_without_a_namespace_is_of_no_stream_that_has_one(namespace: str) -> None:
    line = b'{"type":"RECORD","record":{"stream":"s","data":{"nome":"Ana"}}}'
    with pytest.raises(msgspec.DecodeError):
        record_reader((namespace, "s"), Row)(line)


@pytest.mark.parametrize("opening", ["[", '{"a":'], ids=["lists", "objects"])
@pytest.mark.parametrize("where", ["data", "meta", "file_reference", "odd"])
def test_a_record_that_is_nested_too_deeply_is_read_with_null_in_the_depth(opening: str, where: str) -> None:
    closing = {"[": "]", '{"a":': "}"}[opening]
    parts = {"data": '{"n":"a]\\"["}', where: opening * 1_500 + closing * 1_500}
    body = "".join(f',"{name}":{value}' for name, value in parts.items())
    record = read_line(f'{{"type":"RECORD","record":{{"stream":"s"{body}}}}}'.encode())
    assert isinstance(record, Record)
    data = json.loads(bytes(record.data))
    if where != "data":
        assert data == {"n": 'a]"['}
    else:
        assert "null" in bytes(record.data).decode()


def test_a_state_that_is_nested_too_deeply_is_not_changed() -> None:
    deep = "[" * 1_500 + "]" * 1_500
    with pytest.raises(FatalError, match="nested too deeply"):
        read_line(f'{{"type":"STATE","state":{{"type":"GLOBAL","x":{deep}}}}}'.encode())
