"""Mapped records, ready to send."""

from collections.abc import Sequence

import msgspec


class Mapped(msgspec.Struct, gc=False, frozen=True):
    """One mapped record, ready to send.

    `key` is the idRetaguarda, empty where the object has none. `body` is the JSON object without its closing brace and without
    loteOrigem, which is known only when a lote is open. `attachments` are the files that come with a cliente, as raw JSON.
    """

    key: str
    body: bytes
    attachments: tuple[bytes, ...] = ()

    def __repr__(self) -> str:
        """Show sizes only: the rest is a person's data."""
        return f"Mapped({len(self.body)} bytes, {len(self.attachments)} attachments)"


class MappedSlice(msgspec.Struct, frozen=True):
    """Consecutive mapped lines: the index of the first, then key and body of each, as in `Mapped`."""

    start: int
    keys: Sequence[str]
    bodies: Sequence[bytes]

    def __repr__(self) -> str:
        """Show position and length only: the rest is people's data."""
        return f"MappedSlice({len(self.bodies)} records from {self.start})"
