"""Reading stdin in a thread, so that a quiet source cannot keep a lote or a state waiting.

Lines are handed to the main thread in blocks. The number of blocks that wait is bounded; beyond that the reader waits, and with
it the source.
"""

import queue
import select
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO, Final, Protocol

_BLOCK_BYTES: Final = 1 << 18
_BLOCKS_AHEAD: Final = 4


class Source(Protocol):
    """Where lines come from."""

    def blocks(self) -> Iterator[list[bytes]]:
        """Yield lists of whole lines until there are no more. It is iterated in a thread of its own, so it may block."""


class LineSource:
    """Lines of a binary stream, read as they come. `at_end` is called before the end is told."""

    def __init__(self, stream: BinaryIO, at_end: Callable[[], None] = lambda: None) -> None:
        self._stream = stream
        self._at_end = at_end

    def blocks(self) -> Iterator[list[bytes]]:
        """Yield what is there, without waiting for a block to fill."""
        read = getattr(self._stream, "read1", self._stream.read)
        begun: list[bytes] = []
        while (piece := read(_BLOCK_BYTES)) != b"":
            if piece is None:
                # Another process that shares the descriptor made it non-blocking: there is nothing to read yet, but it is not at its end.
                select.select([self._stream], [], [])
                continue
            lines = piece.split(b"\n")
            begun.append(lines[0])
            if len(lines) > 1:
                # Joined once: a line of many megabytes comes in hundreds of pieces.
                lines[0] = b"".join(begun)
                begun = [lines.pop()]
                yield lines
        self._at_end()
        last = b"".join(begun)
        if last.strip():
            yield [last]


class MessageSource:
    """Lines that another part of the program makes."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines = lines

    def blocks(self) -> Iterator[list[bytes]]:
        """Yield one block a line, since the next line may take long to make."""
        for line in self._lines:
            yield [line]


class _End:
    """The end of the source, and the error that ended it, if any."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


class Inbox:
    """The hand-over from the reader thread to the main thread, whose wait any thread may end."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._queue: queue.SimpleQueue[Any] = queue.SimpleQueue()
        # One item for each block that may still come: a semaphore's Python code would cost more than reading a block does.
        self._room: queue.SimpleQueue[None] = queue.SimpleQueue()
        for _ in range(_BLOCKS_AHEAD):
            self._room.put(None)
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._read, name="stdin", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def wake(self) -> None:
        """Wake the thread that waits in `get`. Safe in a signal handler: the put of a simple queue is reentrant."""
        self._queue.put(None)

    def get(self, timeout: float | None) -> list[bytes] | None:
        """Return the next lines; an empty list after `wake` or when `timeout` seconds passed; None at the end.

        Raises the error that ended the source, if any.
        """
        try:
            item = self._queue.get(timeout=timeout)
        except queue.Empty:
            return []
        if item is None:
            return []
        if isinstance(item, _End):
            if item.error is not None:
                raise item.error
            return None
        self._room.put(None)
        return item  # type: ignore[no-any-return] # the queue holds lists of lines, None and _End only

    def close(self) -> None:
        """Stop reading at the next block; a reader blocked on stdin ends with the process."""
        self._closed.set()
        self._room.put(None)

    def _read(self) -> None:
        error: BaseException | None = None
        try:
            for block in self._source.blocks():
                self._room.get()
                if self._closed.is_set():
                    return
                self._queue.put(block)
        except BaseException as trouble:  # noqa: BLE001 - carried to the main thread, which raises it
            error = trouble
        finally:
            self._queue.put(_End(error))
