"""The command with a spy at the socket: prints the calls of ours that a chunk went through, outermost first, on stderr.

python way_through.py ARGUMENTS
"""

import http.client
import inspect
import json
import sys
import threading
from pathlib import Path
from typing import Any

import source_destination_clientes
from source_destination_clientes.__main__ import main

PACKAGE = str(Path(source_destination_clientes.__file__).parent)

origins: dict[threading.Thread, list[str]] = {}
"""The calls of ours that led to the start of a thread, by thread."""

seen: list[list[str]] = []


def calls() -> list[str]:
    """The calls of ours that are under way, through the threads that started this one."""
    found = []
    frame = inspect.currentframe()
    while frame is not None:
        if frame.f_code.co_filename.startswith(PACKAGE):
            found.append(f"{Path(frame.f_code.co_filename).stem}.{frame.f_code.co_qualname}")
        frame = frame.f_back
    return [*origins.get(threading.current_thread(), []), *reversed(found)]


def spy() -> None:
    start, send = threading.Thread.start, http.client.HTTPConnection.send

    def start_noted(thread: threading.Thread) -> None:
        origins[thread] = calls()
        start(thread)

    def send_noted(connection: http.client.HTTPConnection, data: Any) -> None:
        if isinstance(data, bytes) and data.startswith(b"POST ") and b"/clientes " in data[:200]:
            seen.append(calls())
        send(connection, data)

    threading.Thread.start = start_noted  # type: ignore[method-assign, assignment] # it is what this file is for
    http.client.HTTPConnection.send = send_noted  # type: ignore[method-assign, assignment] # as above


if __name__ == "__main__":
    spy()
    try:
        main()
    finally:
        sys.stderr.write(json.dumps(max(seen, key=len)))
