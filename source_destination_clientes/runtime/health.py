"""What the calls of one run have shown of a server: an outage, or records that it cannot take."""

import threading
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

W = TypeVar("W")

_MOST_GUESSES: Final = 10
"""Requests that are halved or deferred without a success in between: an outage must not take them all apart."""

_MOST_DENIED: Final = 6
"""Answers against the config, from an API that has accepted nothing yet, until they are believed."""

_MOST_CONDEMNED: Final = 3
"""Records that are rejected in a row for no reason but failures, without a success in between."""


@dataclass(slots=True)
class Health(Generic[W]):
    """Counts what succeeds and what fails. Safe to share between threads.

    `witness` is what was accepted last: sent again, it shows whether the server takes anything at all.
    """

    successes: int = 0
    witness: W | None = None
    _guesses: int = 0
    _denied: int = 0
    _condemned: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def succeeded(self, witness: W) -> None:
        """Note a request that was accepted, and something of it that may be sent again."""
        with self._lock:
            self.successes += 1
            self.witness = witness
            self._guesses = self._denied = self._condemned = 0

    def may_guess(self) -> bool:
        """A request may be halved or deferred although nothing succeeded since it began to fail."""
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
