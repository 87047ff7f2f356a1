"""What records become when they can travel."""

from collections.abc import Sequence

import msgspec


class Mapped(msgspec.Struct, gc=False, frozen=True):
    """What travels.

    `key` is the idRetaguarda, empty where the object has none. `body` is the JSON object without its closing brace and without
    loteOrigem, which is known only when a lote is open. `attachments` are the files a cliente brings along, as raw JSON.
    """

    key: str
    body: bytes
    attachments: tuple[bytes, ...] = ()

    def __repr__(self) -> str:
        """Its size: the rest is a person's data."""
        return f"Mapped({len(self.body)} bytes, {len(self.attachments)} attachments)"


class Run(msgspec.Struct, frozen=True):
    """What travels of lines that follow one another: the place of the first, and the key and the body of each as in `Mapped`."""

    start: int
    keys: Sequence[str]
    bodies: Sequence[bytes]

    def __repr__(self) -> str:
        """Its place: the rest is people's data."""
        return f"Run({len(self.bodies)} records from {self.start})"
