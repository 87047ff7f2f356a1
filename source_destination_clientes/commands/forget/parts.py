"""Erasing a person from the parts of the dead letter. All other rows stay byte for byte."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import msgspec

from source_destination_clientes.commands.person import Person
from source_destination_clientes.rejection.rewriting import Parts
from source_destination_clientes.rejection.row import Row, decode_line
from source_destination_clientes.rejection.storage import Storage

KeyOf = Callable[[Row], str | None]
"""The key that today's mapping finds in the record of a row."""


@dataclass(slots=True)
class Found:
    """Rows about the person, and rows about others whose words name him."""

    rows: int = 0
    mentions: int = 0
    parts: int = 0


def learn_keys(storage: Storage, person: Person, key_of: KeyOf) -> None:
    """Learn the keys of the rows that have the person's document: other rows may have the key alone."""
    parts = Parts.of(storage)
    for part in parts.current:
        for row in map(decode_line, parts.lines(part)):
            if isinstance(row, Row):
                person.learn_from(row, key_of(row))


def erase_from_parts(storage: Storage, person: Person, key_of: KeyOf, *, dry_run: bool) -> Found:
    """Take the person's rows out of every part, with their marks, and his document and key out of words about others."""
    parts, total = Parts.of(storage), Found()
    if not dry_run:
        parts.clear_up()
    for part in parts.current:
        found = Found()
        change = partial(_without, person, key_of, found)
        if dry_run:
            for line in parts.lines(part):
                change(line)
        else:
            parts.rewrite(part, change)
        total.rows += found.rows
        total.mentions += found.mentions
        total.parts += bool(found.rows or found.mentions)
    return total


def _without(person: Person, key_of: KeyOf, found: Found, line: bytes) -> bytes | None:
    row = decode_line(line)
    if not isinstance(row, Row):
        # What is no row can be replayed by nobody; it goes when the person is in it.
        if not person.is_in(line.decode(errors="replace")):
            return line
        found.rows += 1
        return None
    if person.owns(row, key_of(row)):
        found.rows += 1
        return None
    words = {
        name: person.taken_out_of(text) for name, text in (("message", row.message), ("raw", row.raw)) if text
    }
    if words.items() <= {"message": row.message, "raw": row.raw}.items():
        return line
    found.mentions += 1
    content = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    content.update({name: msgspec.Raw(msgspec.json.encode(text)) for name, text in words.items()})
    return msgspec.json.encode(content) + b"\n"
