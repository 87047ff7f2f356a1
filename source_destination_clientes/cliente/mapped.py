"""What a record becomes when it can travel."""

import msgspec


class Mapped(msgspec.Struct, gc=False, frozen=True):
    """What travels.

    `key` is the idRetaguarda, empty where the object has none. `body` is the JSON object without its closing brace and without
    loteOrigem, which is known only when a lote is open. `attachments` are the files a cliente brings along, as raw JSON.
    """

    key: str
    body: bytes
    attachments: tuple[bytes, ...] = ()
