"""Records from a file of Airbyte messages, of JSON objects, or of comma-separated values."""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO, Final, Literal, TypeAlias

import msgspec

from source_destination_clientes.errors import ConfigError
from source_destination_clientes.protocol.messages import Ignored, Message, Record, StreamKey, read_line

Format: TypeAlias = Literal["airbyte", "jsonl", "csv"]
FORMATS: Final[tuple[Format, ...]] = ("airbyte", "jsonl", "csv")

_BOM: Final = b"\xef\xbb\xbf"
_DELIMITERS: Final = (",", ";", "\t", "|")
_SURPLUS: Final = "\0surplus"
_MESSAGE: Final = re.compile(
    rb'"type"\s*:\s*"(RECORD|STATE|LOG|TRACE|CATALOG|SPEC|CONTROL|CONNECTION_STATUS)"'
)


@dataclass(frozen=True, slots=True)
class Input:
    """A file of records. `name` is what messages call it; `stream` is the stream of records that name none."""

    file: BinaryIO
    name: str
    stream: StreamKey
    format: Format | None = None

    def messages(self) -> Iterator[Message]:
        """Yield what is in the file.

        Raises `ConfigError` when its format is unknown, `FatalError` for an Airbyte message that cannot be read.
        """
        lines = _without_bom(iter(self.file))
        first = next((line for line in lines if line.strip()), None)
        if first is None:
            return
        readers = {"airbyte": self._airbyte, "jsonl": self._jsonl, "csv": self._csv}
        yield from readers[self.format or self._guess(first)](chain([first], lines))

    def _guess(self, first: bytes) -> Format:
        start = first.lstrip()[:1]
        if start == b"[":
            raise ConfigError(
                f"{self.name} is a JSON array. Write one object a line instead, for example with: jq -c '.[]'.",
            )
        if start != b"{":
            return "csv"
        return "airbyte" if _MESSAGE.search(first) else "jsonl"

    def _airbyte(self, lines: Iterable[bytes]) -> Iterator[Message]:
        for line in lines:
            yield read_line(line)

    def _jsonl(self, lines: Iterable[bytes]) -> Iterator[Message]:
        for line in lines:
            if line.strip():
                yield self._record(line.strip())

    def _csv(self, lines: Iterable[bytes]) -> Iterator[Message]:
        try:
            texts = (line.decode() for line in lines)
            header = next(texts)
            rows = csv.DictReader(
                chain([header], texts), delimiter=_delimiter_of(header), restkey=_SURPLUS, strict=True
            )
            for row in rows:
                if row.pop(_SURPLUS, None) is not None:
                    yield Ignored("surplus")
                yield self._record(msgspec.json.encode(row))
        except UnicodeDecodeError:
            raise ConfigError(
                f"{self.name} is not text in UTF-8. Convert it first, for example from the code page of Windows: iconv -f cp1252 -t utf-8.",
            ) from None
        except csv.Error as error:
            raise ConfigError(f"{self.name} cannot be read as comma-separated values: {error}.") from None

    def _record(self, data: bytes) -> Record:
        namespace, name = self.stream
        return Record(name, msgspec.Raw(data), namespace)


def _without_bom(lines: Iterator[bytes]) -> Iterator[bytes]:
    for number, line in enumerate(lines):
        yield line.removeprefix(_BOM) if not number else line


def _delimiter_of(header: str) -> str:
    """The separator that occurs most often in the header, outside of quotes: a Portuguese Excel writes semicolons."""
    bare = re.sub(r'"[^"]*"', "", header)
    return max(_DELIMITERS, key=bare.count)
