"""The encoding of a file is found out, or said by the user."""

import io
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.commands.files.encoding import open_text
from source_destination_clientes.errors import ConfigError

TEXT = "Código;Situação\r\n1;João da Conceição\r\n2;Antônia Assunção\r\n"


class Pipe(io.BytesIO):
    """What comes through a pipe cannot be read twice."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_: object) -> int:
        raise io.UnsupportedOperation


def read(content: bytes | BinaryIO, encoding: str | None = None) -> tuple[str, str]:
    text, found = open_text(
        io.BytesIO(content) if isinstance(content, bytes) else content, "The file", encoding
    )
    return text.read(), found


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "cp850", "mac_roman"]
)
@pytest.mark.parametrize("kind", [io.BytesIO, Pipe])
def test_what_brazilian_programs_write_is_recognised(encoding: str, kind: type[BinaryIO]) -> None:
    text, found = read(kind(TEXT.encode(encoding)))  # type: ignore[call-arg] # both take bytes
    assert text == TEXT
    assert found.replace("_", "-") in {encoding.replace("_", "-"), "utf-16"}


def test_a_letter_far_down_the_file_decides() -> None:
    text, found = read(b"a;b\n" * 500_000 + "João\n".encode("cp1252"))
    assert found == "cp1252"
    assert text.endswith("João\n")


def test_the_user_may_say_which_it_is() -> None:
    assert read(TEXT.encode("cp850"), "cp850") == (TEXT, "cp850")


def test_an_encoding_that_is_not_the_files_is_refused_with_the_line() -> None:
    with pytest.raises(ConfigError, match=r"The file is not utf-8, as line 2 shows.*--encoding"):
        read(b"a;b\n1;Jo\xe3o\n", "utf-8")


def test_an_encoding_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ConfigError, match="There is no encoding 'latim'"):
        read(b"a", "latim")


@given(st.text(st.characters(exclude_categories=["Cs"], min_codepoint=1)))
def test_utf_8_is_always_read_as_it_is(text: str) -> None:
    if not text.startswith("\ufeff") and "\x00" not in text:
        assert read(text.encode())[0] == text
