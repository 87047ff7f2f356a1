"""Erasing a person from reports of runs and from the journal: they have no field for people, but a sentence may show a key."""

import re
from typing import Any, Final

import msgspec

from source_destination_clientes.commands.person import Person
from source_destination_clientes.rejection.storage import Storage

_EXAMPLES: Final = re.compile(r"\(for example [^)]*\)")
"""Where the sentence of a broken threshold shows keys. Elsewhere a short key would be any number."""


def erase_from_reports(storage: Storage, person: Person, *, dry_run: bool) -> int:
    """Take the person out of the messages of reports; the number of reports that had him."""
    return _erase(storage, "runs", person, dry_run=dry_run)


def erase_from_journal(storage: Storage, person: Person, *, dry_run: bool) -> int:
    """Take the person out of the notes of the journal; the number of notes that had him."""
    return _erase(storage, "journal", person, dry_run=dry_run)


def _erase(storage: Storage, folder: str, person: Person, *, dry_run: bool) -> int:
    changed = 0
    for path in storage.list(folder):
        content = storage.get(path)
        if not path.endswith(".json"):
            continue
        try:
            before = msgspec.json.decode(content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        after = _without(before, person)
        if after != before:
            changed += 1
            if not dry_run:
                # An object is replaced whole or not at all.
                storage.put(path, msgspec.json.format(msgspec.json.encode(after), indent=2) + b"\n")
    return changed


def _without(value: Any, person: Person) -> Any:
    if isinstance(value, str):
        by_document = Person(set(), person.document).taken_out_of(value)
        return _EXAMPLES.sub(lambda found: person.taken_out_of(found[0]), by_document)
    if isinstance(value, list):
        return [_without(each, person) for each in value]
    if isinstance(value, dict):
        return {name: _without(each, person) for name, each in value.items()}
    return value
