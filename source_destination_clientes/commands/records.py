"""Records from a file: Airbyte messages, JSON objects, comma-separated values, or a workbook."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import BinaryIO, Final, Literal, TypeAlias

import msgspec

from source_destination_clientes.commands.files.csv_file import read_csv
from source_destination_clientes.commands.files.encoding import open_text, rejoined
from source_destination_clientes.commands.files.table import Oddities, Row
from source_destination_clientes.commands.files.workbook import OLE, ZIP, read_workbook
from source_destination_clientes.errors import ConfigError
from source_destination_clientes.protocol.messages import Message, Record, StreamKey, read_line

Format: TypeAlias = Literal["airbyte", "jsonl", "csv", "xlsx"]
FORMATS: Final[tuple[Format, ...]] = ("airbyte", "jsonl", "csv", "xlsx")

_BOM: Final = b"\xef\xbb\xbf"
_MESSAGE: Final = re.compile(
    rb'"type"\s*:\s*"(RECORD|STATE|LOG|TRACE|CATALOG|SPEC|CONTROL|CONNECTION_STATUS)"'
)


@dataclass(slots=True)
class Input:
    """A file of records. `name` is what messages call it; `stream` is the stream of records that name none.

    `encoding` is that of comma-separated values where the user says it. While the messages are read, `oddities` grows, and
    `line` is where the last record begins in the file.
    """

    file: BinaryIO
    name: str
    stream: StreamKey
    format: Format | None = None
    encoding: str | None = None
    oddities: Oddities = field(default_factory=Oddities)
    line: int = 0

    def messages(self) -> Iterator[Message]:
        """Yield what is in the file.

        Raises `ConfigError` when its format is unknown, `FatalError` for an Airbyte message that cannot be read.
        """
        start: list[bytes] = []
        for line in self.file:
            start.append(line)
            if line.strip():
                break
        else:
            return
        kind = self.format or self._guess(start[-1].removeprefix(_BOM))
        if kind == "csv":
            yield from self._csv(b"".join(start))
        elif kind == "xlsx":
            whole = rejoined(self.file, b"".join(start))
            yield from self._of_rows(read_workbook(whole, self.name, self.oddities))
        else:
            read = self._airbyte if kind == "airbyte" else self._jsonl
            yield from read(chain(start, self.file))

    def _guess(self, first: bytes) -> Format:
        if first.startswith((ZIP, OLE)):
            return "xlsx"
        start = first.lstrip()[:1]
        if start == b"[":
            raise ConfigError(
                f"{self.name} is a JSON array. Write one object a line instead, for example with: jq -c '.[]'.",
            )
        if start != b"{":
            return "csv"
        return "airbyte" if _MESSAGE.search(first) else "jsonl"

    def _airbyte(self, lines: Iterable[bytes]) -> Iterator[Message]:
        for self.line, line in enumerate(lines, start=1):
            yield read_line(line.removeprefix(_BOM))

    def _jsonl(self, lines: Iterable[bytes]) -> Iterator[Message]:
        for self.line, line in enumerate(lines, start=1):
            if line.strip():
                yield self._record(line.removeprefix(_BOM).strip())

    def _csv(self, start: bytes) -> Iterator[Message]:
        text, encoding = open_text(rejoined(self.file, start), self.name, self.encoding)
        if encoding not in {"utf-8", "utf-8-sig", "ascii"}:
            self.oddities.about.append(f"{self.name} is in {encoding}.")
        yield from self._of_rows(read_csv(text, self.name, self.oddities))

    def _of_rows(self, rows: Iterable[Row]) -> Iterator[Message]:
        for row in rows:
            self.line = row.line
            yield self._record(msgspec.json.encode(row.record))

    def _record(self, data: bytes) -> Record:
        namespace, name = self.stream
        return Record(name, msgspec.Raw(data), namespace)
