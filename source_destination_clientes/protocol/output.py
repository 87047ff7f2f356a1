"""Everything that goes to stdout: one JSON message a line, whole, flushed, and without secrets.

Airbyte reads states from here. One that is still in a buffer when the process is killed is lost, and Airbyte's base image does not
set PYTHONUNBUFFERED (https://docs.python.org/3/using/cmdline.html#envvar-PYTHONUNBUFFERED).
"""

import html
import json
import queue
import re
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, BinaryIO, Final, Literal, Protocol
from urllib.parse import quote, quote_plus

import msgspec

from source_destination_clientes.errors import ClientesError
from source_destination_clientes.runtime.legible import MOST_SHOWN, legible

Level = Literal["ERROR", "WARN", "INFO", "DEBUG"]

_LEVELS: Final[tuple[Level, ...]] = ("ERROR", "WARN", "INFO", "DEBUG")
_ALSO: Final[Mapping[str, Level]] = {"FATAL": "ERROR", "WARNING": "WARN", "TRACE": "DEBUG"}


def level_of(name: str) -> Level:
    """The level that LOG_LEVEL names; INFO for anything else."""
    text = name.strip().upper()
    return next((level for level in _LEVELS if level == text), _ALSO.get(text, "INFO"))


_MOST_SAID: Final = 10_000
"""Lines that wait for a reader."""

_FINISH_SECONDS: Final = 2.0

# A shorter text protects nothing as a secret, and masking it would garble every line ("s****reams").
SHORTEST_SECRET: Final = 4

_MOST_INFORMATION: Final = 100_000
"""Characters of an INFO line: the summary for machines is one line, and of no use when it is cut."""


_PERCENT: Final = re.compile("%[0-9A-F]{2}")


class Reporter(Protocol):
    """What a run reports besides states."""

    def log(self, level: Level, text: str) -> None:
        """Log one sentence."""

    def learn_secret(self, secret: str) -> None:
        """Mask this text in everything from now on."""

    def masked(self, text: str) -> str:
        """The text with every secret masked, for what is kept elsewhere. Mask before you cut: half a secret is not recognised."""


class Secrets:
    """Texts that are never shown. Safe to share between threads: what is learned replaces what was known."""

    def __init__(self) -> None:
        self._known: tuple[str, ...] = ()

    def learn(self, secret: str) -> None:
        """Mask `secret` from now on, unless it is too short to be one."""
        if len(secret) >= SHORTEST_SECRET and secret not in self._known:
            # The longest first: masking a shorter one inside it would leave the rest to be read.
            self._known = tuple(sorted({*self._known, *_forms(secret)}, key=len, reverse=True))

    def masked(self, text: str) -> str:
        """The text with every secret masked."""
        for secret in self._known:
            text = text.replace(secret, "****")
        return text


def _forms(secret: str) -> set[str]:
    """How others may quote a secret: as it is, in JSON, in JSON within JSON, in a URL, in a form, in HTML, as Python shows it."""
    escaped = {json.dumps(secret, ensure_ascii=plain)[1:-1] for plain in (True, False)}
    escaped |= {form.replace("/", "\\/") for form in escaped}
    escaped |= {json.dumps(form)[1:-1] for form in escaped}
    # Half a surrogate pair has no form in a URL.
    whole = secret.encode(errors="replace")
    quoted = {quote(whole), quote(whole, ""), quote_plus(whole), quote_plus(whole, "/")}
    quoted |= {_PERCENT.sub(lambda found: found[0].lower(), form) for form in quoted}
    return {secret, repr(secret)[1:-1], html.escape(secret), *escaped, *quoted}


class Output:
    """Airbyte messages on stdout. Safe to share between threads."""

    def __init__(self, stream: BinaryIO, level: Level = "INFO") -> None:
        """The thread that makes it writes at once; what other threads say is written by one of its own."""
        self._stream = stream
        self._lock = threading.Lock()
        self._owner = threading.get_ident()
        self._said: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None
        self._starting = threading.Lock()
        self._dropped = 0
        self._secrets = Secrets()
        self._logged = _LEVELS[: _LEVELS.index(level) + 1]

    def learn_secret(self, secret: str) -> None:
        """Mask `secret` in every text from now on, unless it is too short to be one."""
        self._secrets.learn(secret)

    def masked(self, text: str) -> str:
        """The text with every secret masked."""
        return self._secrets.masked(text)

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
        """Write a LOG message of the level asked for, or of a graver one.

        It is dropped when nobody reads: no work may fail for a word about it.
        """
        if level not in self._logged:
            return
        with suppress(BrokenPipeError):
            most = _MOST_INFORMATION if level == "INFO" else MOST_SHOWN
            self.message("LOG", log={"level": level, "message": legible(self.masked(text), most)})

    def connection_status(self, problems: Sequence[str]) -> None:
        """Write the CONNECTION_STATUS of a check: succeeded, or one sentence for each problem."""
        status = (
            {"status": "FAILED", "message": " ".join(map(self._shown, problems))}
            if problems
            else {"status": "SUCCEEDED"}
        )
        self.message("CONNECTION_STATUS", connectionStatus=status)

    def error(self, error: BaseException) -> None:
        """Write the one TRACE ERROR that ends a failed run; of errors that are not ours only type and place are shown."""
        if isinstance(error, ClientesError):
            text, kind = str(error), error.kind
            # Where a config is at fault, Airbyte shows this one as the reason of the failure.
            internal = text
        else:
            text = (
                "Internal error (see internal_message). No state was emitted for undelivered records. Run the sync again and report "
                "this to the connector's authors."
            )
            kind, internal = "system_error", _where(error)
        body = {
            "message": self._shown(text),
            "internal_message": self._shown(internal),
            "failure_type": kind,
        }
        self._trace("ERROR", error=body)

    def _trace(self, kind: str, **content: Any) -> None:
        now = datetime.now().timestamp() * 1000  # noqa: DTZ005 - an epoch has no zone
        self.message("TRACE", trace={"type": kind, "emitted_at": float(int(now)), **content})

    def _shown(self, text: str) -> str:
        return legible(self.masked(text))


def _where(error: BaseException) -> str:
    """Type and place of an unexpected error; its text could quote a record, so it is not shown."""
    places = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return f"{type(error).__name__} at {' < '.join(reversed(places))}"
