"""Records from files of three formats."""

import io

import msgspec
import pytest

from source_destination_clientes.commands.records import Format, Input
from source_destination_clientes.errors import ConfigError
from source_destination_clientes.protocol.messages import Ignored, Message, Record, State


def read(content: bytes, kind: Format | None = None) -> list[Message]:
    return list(Input(io.BytesIO(content), "The file x", ("crm", "clientes"), kind).messages())


def data(message: Message) -> object:
    assert isinstance(message, Record)
    assert message.key == ("crm", "clientes")
    return msgspec.json.decode(message.data)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_separator_is_found_in_the_header(delimiter: str) -> None:
    content = delimiter.join(["nome", '"a,b;c|d"', "cidade"]) + "\n" + delimiter.join("xyz") + "\n"
    (record,) = read(content.encode())
    assert data(record) == {"nome": "x", "a,b;c|d": "y", "cidade": "z"}


def test_a_byte_order_mark_is_no_part_of_the_first_column() -> None:
    (record,) = read(b"\xef\xbb\xbfnome;cidade\nAna;Recife\n")
    assert data(record) == {"nome": "Ana", "cidade": "Recife"}


def test_surplus_cells_are_reported_and_the_row_is_read() -> None:
    surplus, record = read(b"a,b\n1,2,3\n")
    assert surplus == Ignored("surplus")
    assert data(record) == {"a": "1", "b": "2"}


def test_json_objects_and_airbyte_messages_are_told_apart_by_the_first_line() -> None:
    assert [data(each) for each in read(b'{"nome":"Ana"}\n\n{"nome":"Beto"}\n')] == [
        {"nome": "Ana"},
        {"nome": "Beto"},
    ]
    (state,) = read(b'{"type":"STATE","state":{"type":"GLOBAL"}}\n')
    assert isinstance(state, State)


def test_a_format_that_is_given_is_not_guessed() -> None:
    (record,) = read(b'{"type":"STATE","state":{}}\n', "jsonl")
    assert data(record) == {"type": "STATE", "state": {}}


@pytest.mark.parametrize("content", [b"", b"\n \n"])
def test_an_empty_file_has_no_records(content: bytes) -> None:
    assert read(content) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[{}]", "is a JSON array"),
        (b"nome\nJos\xe9\n", "is not text in UTF-8"),
        (b'a,b\n"open', "comma-separated values"),
    ],
)
def test_what_cannot_be_read_is_said_of_the_file(content: bytes, said: str) -> None:
    with pytest.raises(ConfigError, match=f"The file x .*{said}"):
        read(content)
