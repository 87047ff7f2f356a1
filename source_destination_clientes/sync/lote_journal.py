"""The journal of lotes as the engine uses it: in a thread of its own, so that a storage that hangs keeps no lote open."""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from typing import Final, TypeVar

from source_destination_clientes.records.journal import Journal, Standing

T = TypeVar("T")

_PATIENCE_SECONDS: Final = 5.0
_RENEWAL_SECONDS: Final = 5.0
"""How often the journal is asked to renew its note; it decides itself when that is due."""


class LoteJournal:
    """Keeps the journal of this process, where there is one. Without a storage it knows nothing, and nothing is noted."""

    def __init__(self, journal: Journal | None, patience: float = _PATIENCE_SECONDS) -> None:
        self._journal = journal
        self._patience = patience
        self._acts: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def opening(self) -> None:
        """Note that a lote will be opened; the note is durable on return, unless the storage takes too long."""
        if self._journal:
            self._wait(self._do(self._journal.opening), None)

    def opened(self, code: str) -> None:
        """Note the code of the lote that was opened."""
        if self._journal:
            journal = self._journal
            self._do(lambda: journal.opened(code))

    def closed(self, code: str | None = None) -> None:
        """Clear the note of a lote that is closed, or that was never opened."""
        if self._journal:
            journal = self._journal
            self._do(lambda: journal.closed(code))

    def whose(self, code: str) -> Standing:
        """Whose this lote is, as far as the journal tells."""
        if self._journal is None:
            return Standing.UNKNOWN
        journal = self._journal
        return self._wait(self._do(lambda: journal.is_ours(code)), Standing.UNKNOWN)

    def finish(self) -> None:
        """Wait until what was noted is in the storage."""
        if self._thread is not None:
            self._wait(self._do(lambda: None), None)

    def _do(self, act: Callable[[], T]) -> "Future[T]":
        future: Future[T] = Future()

        def work() -> None:
            try:
                future.set_result(act())
            except Exception as error:  # noqa: BLE001 - it is raised again where somebody waits
                future.set_exception(error)

        self._acts.put(work)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
            # Without a thread nothing is noted, which is as bad as a storage that is away.
            with suppress(RuntimeError):
                self._thread.start()
        return future

    def _wait(self, future: "Future[T]", otherwise: T) -> T:
        try:
            return future.result(self._patience)
        except FutureTimeoutError:
            return otherwise

    def _run(self) -> None:
        assert self._journal is not None
        while True:
            try:
                act = self._acts.get(timeout=_RENEWAL_SECONDS)
            except queue.Empty:
                act = self._journal.renew
            act()
