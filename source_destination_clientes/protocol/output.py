"""Everything that goes to stdout: one JSON message a line, whole, flushed, and without secrets.

Airbyte reads states from here. One that is still in a buffer when the process is killed is lost, and Airbyte's base image does not
set PYTHONUNBUFFERED (https://docs.python.org/3/using/cmdline.html#envvar-PYTHONUNBUFFERED).
"""

import queue
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, BinaryIO, Final, Literal, Protocol

import msgspec

from source_destination_clientes.errors import ClientesError
from source_destination_clientes.protocol.messages import StreamKey

Level = Literal["ERROR", "WARN", "INFO", "DEBUG"]

_MOST_SAID: Final = 10_000
"""Lines that wait for a reader."""

_FINISH_SECONDS: Final = 2.0

# A shorter text protects nothing as a secret, and masking it would garble every line ("s****reams").
SHORTEST_SECRET: Final = 4


class Reporter(Protocol):
    """What a run reports besides states."""

    def log(self, level: Level, text: str) -> None:
        """Log one sentence."""

    def rate_limited(self, streams: Iterable[StreamKey], until: datetime) -> None:
        """Report that the server limits our rate until then."""

    def learn_secret(self, secret: str) -> None:
        """Mask this text in everything from now on."""


class Secrets:
    """Texts that are never shown. Safe to share between threads: what is learned replaces what was known."""

    def __init__(self) -> None:
        self._known: tuple[str, ...] = ()

    def learn(self, secret: str) -> None:
        """Mask `secret` from now on, unless it is too short to be one."""
        if len(secret) >= SHORTEST_SECRET and secret not in self._known:
            # The longest first: masking a shorter one inside it would leave the rest to be read.
            self._known = tuple(sorted((*self._known, secret), key=len, reverse=True))

    def masked(self, text: str) -> str:
        """The text with every secret masked."""
        for secret in self._known:
            text = text.replace(secret, "****")
        return text


class Output:
    """Airbyte messages on stdout. Safe to share between threads."""

    def __init__(self, stream: BinaryIO, *, debug: bool = False) -> None:
        """The thread that makes it writes at once; what other threads say is written by one of its own."""
        self._stream = stream
        self._lock = threading.Lock()
        self._owner = threading.get_ident()
        self._said: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None
        self._starting = threading.Lock()
        self._dropped = 0
        self._secrets = Secrets()
        self._debug = debug

    def learn_secret(self, secret: str) -> None:
        """Mask `secret` in every text from now on, unless it is too short to be one."""
        self._secrets.learn(secret)

    def write(self, message: bytes) -> None:
        """Write one encoded message."""
        with self._lock:
            self._stream.write(message + b"\n")
            self._stream.flush()

    def message(self, kind: str, **content: Any) -> None:
        """Write one message of that type. Only the thread that made this waits for whoever reads it."""
        encoded = msgspec.json.encode({"type": kind, **content})
        if threading.get_ident() == self._owner:
            self.write(encoded)
        elif self._said.qsize() < _MOST_SAID:
            self._said.put(encoded)
            self._start_writer()
        else:
            self._dropped += 1

    def finish(self, seconds: float = _FINISH_SECONDS) -> None:
        """Wait until what other threads said is written, but not for ever."""
        writer, self._writer = self._writer, None
        if writer is None:
            return
        self._said.put(None)
        writer.join(seconds)
        if self._dropped and not writer.is_alive():
            self.log("WARN", f"{self._dropped} lines are left out of this log: nobody read them in time.")

    def _start_writer(self) -> None:
        with self._starting:
            if self._writer is None:
                self._writer = threading.Thread(target=self._write_said, name="log", daemon=True)
                # Without a thread these lines are missing; who says them must go on.
                with suppress(RuntimeError):
                    self._writer.start()

    def _write_said(self) -> None:
        while (line := self._said.get()) is not None:
            # Whether the reader is gone is for the next state to find out.
            with suppress(OSError, ValueError):
                self.write(line)

    def log(self, level: Level, text: str) -> None:
        """Write a LOG message; DEBUG only when asked for."""
        if level != "DEBUG" or self._debug:
            self.message("LOG", log={"level": level, "message": self._masked(text)})

    def rate_limited(self, streams: Iterable[StreamKey], until: datetime) -> None:
        """Write a STREAM_STATUS RUNNING with reason RATE_LIMITED for each stream."""
        reset = int(until.timestamp() * 1000)
        for namespace, name in streams:
            descriptor = {"name": name} if namespace is None else {"name": name, "namespace": namespace}
            status = {
                "stream_descriptor": descriptor,
                "status": "RUNNING",
                "reasons": [{"type": "RATE_LIMITED", "rate_limited": {"quota_reset": reset}}],
            }
            self._trace("STREAM_STATUS", stream_status=status)

    def connection_status(self, problems: Sequence[str]) -> None:
        """Write the CONNECTION_STATUS of a check: succeeded, or one sentence for each problem."""
        status = (
            {"status": "FAILED", "message": self._masked(" ".join(problems))}
            if problems
            else {"status": "SUCCEEDED"}
        )
        self.message("CONNECTION_STATUS", connectionStatus=status)

    def error(self, error: BaseException) -> None:
        """Write the one TRACE ERROR that ends a failed run; of errors that are not ours only type and place are shown."""
        if isinstance(error, ClientesError):
            text, kind, internal = str(error), error.kind, type(error).__name__
        else:
            text = (
                "Internal error (see internal_message). No state was emitted for undelivered records. Run the sync again and report "
                "this to the connector's authors."
            )
            kind, internal = "system_error", _where(error)
        body = {
            "message": self._masked(text),
            "internal_message": self._masked(internal),
            "failure_type": kind,
        }
        self._trace("ERROR", error=body)

    def _trace(self, kind: str, **content: Any) -> None:
        now = datetime.now().timestamp() * 1000  # noqa: DTZ005 - an epoch has no zone
        self.message("TRACE", trace={"type": kind, "emitted_at": float(int(now)), **content})

    def _masked(self, text: str) -> str:
        # A config may contain half of a surrogate pair, which no JSON line can.
        return self._secrets.masked(text).encode(errors="replace").decode()


def _where(error: BaseException) -> str:
    """Type and place of an unexpected error; its text could quote a record, so it is not shown."""
    places = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return f"{type(error).__name__} at {' < '.join(reversed(places))}"
