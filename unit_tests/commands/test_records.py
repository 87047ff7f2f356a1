"""Records from files of three formats."""

import io
from pathlib import Path

import msgspec
import pytest

from source_destination_clientes.commands.records import Format, Input
from source_destination_clientes.errors import ConfigError
from source_destination_clientes.protocol.messages import Message, Record, State


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
    source = Input(io.BytesIO(b"a,b\n1,2,3\n4,5\n"), "The file x", ("crm", "clientes"))
    assert [data(record) for record in source.messages()] == [{"a": "1", "b": "2"}, {"a": "4", "b": "5"}]
    assert source.oddities.surplus.first == [2]


def test_a_file_of_excel_is_read_in_its_encoding_and_says_where_a_record_is() -> None:
    content = 'sep=;\r\nnome;cidade\r\n"Ana\r\nSá";São Paulo\r\nBia;Olinda\r\n'.encode("cp1252")
    source = Input(io.BytesIO(content), "The file x", ("crm", "clientes"))
    assert [(data(record), source.line) for record in source.messages()] == [
        ({"nome": "Ana\r\nSá", "cidade": "São Paulo"}, 3),
        ({"nome": "Bia", "cidade": "Olinda"}, 5),
    ]
    assert source.oddities.sentences() == ["The file x is in cp1252."]


def test_the_user_may_say_the_encoding() -> None:
    content = "nome\nJoão\n".encode("cp850")
    source = Input(io.BytesIO(content), "The file x", ("crm", "clientes"), encoding="cp850")
    assert [data(record) for record in source.messages()] == [{"nome": "João"}]


def test_a_pipe_is_read_like_a_file() -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    source = Input(Pipe("nome;cidade\nJoão;Olinda\n".encode("cp1252")), "The input", ("crm", "clientes"))
    assert [data(record) for record in source.messages()] == [{"nome": "João", "cidade": "Olinda"}]


def test_a_workbook_is_known_by_how_it_begins() -> None:
    with (Path(__file__).parent / "files" / "samples" / "clientes.xlsx").open("rb") as file:
        source = Input(file, "The file x", ("crm", "clientes"))
        (record,) = source.messages()
    assert data(record) == {
        "Código": 1,
        "Nome": "João da Conceição",
        "CPF": 12345678062,
        "Nascimento": "1990-01-31",
        "Ativo": True,
    }


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
        (b'a,b\n"open', "comma-separated values"),
    ],
)
def test_what_cannot_be_read_is_said_of_the_file(content: bytes, said: str) -> None:
    with pytest.raises(ConfigError, match=f"The file x .*{said}"):
        read(content)
