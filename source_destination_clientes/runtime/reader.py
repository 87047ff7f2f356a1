"""Whether anybody still reads what we write.

Airbyte runs a connector as the grandchild of a shell, and no signal gets through when somebody cancels a sync. The connector sees
the end of stdin, and a stdout that nobody reads; up to ten seconds later it is killed.
"""

import select
import threading
from collections.abc import Callable
from typing import Final

from source_destination_clientes.runtime.stopping import Stop

_LOOK_MILLISECONDS: Final = 1000
"""A pipe tells at once that its reader is gone. For anything else, this is how often to look."""

_LAST_LOOK_MILLISECONDS: Final = 100
"""At the end of input: whoever goes away closes stdin and the other end of stdout one after the other."""


class ReaderWatch:
    """Watches the reader of a descriptor, and has the run abandoned when it is gone."""

    def __init__(self, descriptor: int, stop: Stop) -> None:
        self._descriptor, self._stop = descriptor, stop

    def start(self, wake: Callable[[], None]) -> None:
        """Watch in a thread of its own, as long as the process lives. `wake` ends the wait for input."""
        threading.Thread(target=self._watch, args=(wake,), name="reader", daemon=True).start()

    def look_again(self) -> None:
        """Look once more, at the end of input: it may be the first sign that somebody cancelled."""
        self._look(_LAST_LOOK_MILLISECONDS)

    def _watch(self, wake: Callable[[], None]) -> None:
        while not self._stop.abandoned:
            self._look(_LOOK_MILLISECONDS)
        wake()

    def _look(self, milliseconds: int) -> None:
        poll = select.poll()
        # No event is asked for: that the other end is gone is told all the same.
        poll.register(self._descriptor, 0)
        if poll.poll(milliseconds):
            self._stop.abandon()
