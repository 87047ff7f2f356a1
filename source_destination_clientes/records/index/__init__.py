"""The delivery index: what each cliente was like when it was last delivered, as keyed hashes.

    log       pending and done, one object each, as they happen
    deltas    the log of a while, in one object
    parts     the base: every key once, cut by the first byte of the payload's hash
    manifest  names the deltas and parts that count; each claim and each change makes a new one

A key that is pending and not done is unknown, and an unknown key is sent. So is every key whenever there is a doubt.
"""

from source_destination_clientes.records.index.delivered import (
    Index,
    IndexOptions,
    open_index,
)
from source_destination_clientes.records.index.lookup import Found, find_delivery

__all__ = ["Found", "Index", "IndexOptions", "find_delivery", "open_index"]
