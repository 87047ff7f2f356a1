"""One person as `forget` and `trace` look for him: in a row, in words about others, in any text."""

import re
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from source_destination_clientes.cliente.readers import documento
from source_destination_clientes.errors import ConfigError
from source_destination_clientes.rejection.privacy import compact_key, plain_words
from source_destination_clientes.rejection.row import Row

_KEYS: Final = frozenset({"idretaguarda", "idclienteretaguarda", "idclienteretaguardacliente"})
"""Columns that hold a cliente's key, without marks and case."""

_BETWEEN: Final = r"[^\w\"\[\]{}]{0,3}"
_LENGTHS: Final = frozenset({documento.CPF_LENGTH, 14})


@dataclass(slots=True)
class Person:
    """Found by `keys`, or by `document` in any writing; keys that rows with the document have are learned."""

    keys: set[str]
    document: str | None = None
    _pattern: "re.Pattern[str] | None" = field(init=False, default=None)

    def __post_init__(self) -> None:
        if self.document is not None:
            compact = documento.compact(self.document).upper()
            if len(compact) not in _LENGTHS or not compact.isalnum():
                raise ConfigError(
                    "--document is neither a CPF (11 digits) nor a CNPJ (14 letters and digits)."
                )
            self.document = compact
            self._pattern = re.compile(_written(compact), re.IGNORECASE)

    def learn_from(self, row: Row, key: str | None) -> None:
        """Take the key of a row that has the document."""
        if self._has_document(row):
            self.keys.update(name for name in (row.key, key) if name)

    def owns(self, row: Row, key: str | None) -> bool:
        """The row is about this person; `key` is the one that the mapping finds in its record."""
        if row.key in self.keys or key in self.keys or self._has_document(row):
            return True
        return any(value in self.keys for value in _keys_in(row))

    def is_in(self, text: str) -> bool:
        """The text has the document, or a key as a word of its own."""
        return self.taken_out_of(text) != text

    def taken_out_of(self, text: str) -> str:
        """The text with `***` in place of the document and the keys."""
        if self._pattern is not None and self._pattern.search(plain_words(text)):
            text = self._pattern.sub("***", plain_words(text))
        for key in self.keys:
            text = re.sub(rf"(?<![\w-]){re.escape(key)}(?![\w-])", "***", text)
        return text

    def _has_document(self, row: Row) -> bool:
        if self.document is None or self._pattern is None:
            return False
        if row.key and self.document in compact_key(row.key).upper():
            return True
        return self._pattern.search(plain_words(_text_of(row.record))) is not None


def _written(document: str) -> str:
    """A document with marks between, and as a number that has lost its leading zeros, at most two."""
    zeros = min(2, len(document) - len(document.lstrip("0")))
    rest = _BETWEEN.join(document[zeros:])
    return r"(?<![0-9A-Za-z])" + rf"(?:0{_BETWEEN})?" * zeros + rest + r"(?![0-9A-Za-z])"


def _text_of(record: msgspec.Raw) -> str:
    """The record as text, with characters instead of their escapes."""
    try:
        return msgspec.json.encode(msgspec.json.decode(record)).decode()
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return bytes(record).decode(errors="replace")


def _keys_in(row: Row) -> list[str]:
    try:
        record: Any = msgspec.json.decode(row.record)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return []
    if not isinstance(record, dict):
        return []
    return [
        str(value).strip() for name, value in record.items() if re.sub(r"[\W_]", "", name).lower() in _KEYS
    ]
