"""The encoding of a text file: by its mark, by what its bytes can be, else by what Brazilian programs write.

Excel saves Windows-1252 and UTF-16, older ERPs write the DOS code page 850, all without saying so.
"""

import codecs
import io
import shutil
import tempfile
from typing import BinaryIO, Final, TextIO

from source_destination_clientes.errors import ConfigError

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OLDER: Final = ["cp1252", "cp850", "mac_roman"]
_BLOCK: Final = 1 << 20
_SAMPLE: Final = 1 << 16
_IN_MEMORY: Final = 8 << 20


def open_text(file: BinaryIO, name: str, encoding: str | None = None) -> tuple[TextIO, str]:
    """The file as text with line breaks as they are, and its encoding; `encoding` is what the user says it is.

    Raises `ConfigError` when there is no such encoding, or when it is not that of the file.
    """
    source = rejoined(file, b"")
    start = source.tell()
    found = _known(encoding) if encoding else _recognise(source)
    source.seek(start)
    _check(source, name, found)
    source.seek(start)
    return io.TextIOWrapper(source, encoding=found, newline=""), found


def rejoined(file: BinaryIO, read: bytes) -> BinaryIO:
    """The file from before what was `read` of it; a copy of what comes through a pipe, whose encoding shows only at its end."""
    if file.seekable():
        file.seek(file.tell() - len(read))
        return file
    copy = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the reader closes it
    copy.write(read)
    shutil.copyfileobj(file, copy)
    copy.seek(0)
    return copy  # type: ignore[return-value] # it has all that a reader asks of a file


def _known(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        raise ConfigError(
            f"There is no encoding {encoding!r}. Known are, among others, utf-8, utf-16, cp1252 and cp850.",
        ) from None


def _recognise(file: BinaryIO) -> str:
    start = file.tell()
    head = file.read(_SAMPLE)
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    zeros = head[1::2].count(0), head[::2].count(0)
    if max(zeros) > len(head) // 8:
        return "utf-16-le" if zeros[0] > zeros[1] else "utf-16-be"
    file.seek(start)
    odd = _not_utf8(file)
    return "utf-8" if odd is None else _older(odd)


def _not_utf8(file: BinaryIO) -> bytes | None:
    """Bytes around the first that are no UTF-8; None when all are."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for block in iter(lambda: file.read(_BLOCK), b""):
        try:
            decoder.decode(block)
        except UnicodeDecodeError as error:
            return block[max(0, error.start - _SAMPLE // 2) : error.start + _SAMPLE // 2]
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return error.object
    return None


def _older(sample: bytes) -> str:
    """Which of the encodings before UTF-8 a text in Portuguese is in."""
    from charset_normalizer import from_bytes  # noqa: PLC0415 - only files in an older encoding need it

    best = from_bytes(sample, cp_isolation=_OLDER).best()
    return best.encoding if best else _OLDER[0]


def _check(file: BinaryIO, name: str, encoding: str) -> None:
    """See that the whole file can be read in its encoding. Raises `ConfigError` that names the line where it cannot."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    for block in iter(lambda: file.read(_BLOCK), b""):
        try:
            line += decoder.decode(block).count("\n")
        except UnicodeDecodeError as error:
            line += error.object[: error.start].count(b"\n")
            raise ConfigError(
                f"{name} is not {encoding}, as line {line} shows. Say which encoding it has with --encoding, for example cp1252.",
            ) from None
