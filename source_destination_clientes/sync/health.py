"""What the sends of one run have shown of the server: an outage, or records that it cannot take."""

import threading
from dataclasses import dataclass, field
from typing import Final

from source_destination_clientes.lote.load import Entry

_MOST_GUESSES: Final = 10
"""Chunks that are halved without a success in between: an outage must not take them all apart."""

_MOST_DENIED: Final = 6
"""Answers against the config, from an API that has accepted nothing yet, until they are believed."""

_MOST_CONDEMNED: Final = 3
"""Records that are rejected in a row for no reason but failures, without a success in between."""


@dataclass(slots=True)
class Health:
    """Counts what succeeds and what fails. Safe to share between threads.

    `witness` is the record that was accepted last: sent again, it shows whether the server takes anything at all.
    """

    successes: int = 0
    witness: Entry | None = None
    _guesses: int = 0
    _denied: int = 0
    _condemned: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def succeeded(self, entry: Entry) -> None:
        """Note a chunk that was accepted, and one of its records."""
        with self._lock:
            self.successes += 1
            self.witness = entry
            self._guesses = self._denied = self._condemned = 0

    def may_guess(self) -> bool:
        """A chunk may be halved although nothing succeeded since it began to fail."""
        with self._lock:
            self._guesses += 1
            return self._guesses <= _MOST_GUESSES

    def may_doubt(self) -> bool:
        """An answer against the config may have its reason in the records."""
        with self._lock:
            self._denied += 1
            return self._denied <= _MOST_DENIED

    def may_condemn(self) -> bool:
        """One more record may be rejected before something has to succeed."""
        with self._lock:
            if self._condemned >= _MOST_CONDEMNED:
                return False
            self._condemned += 1
            return True
