"""Which process a note is of, and whether that process still runs, where this machine can tell."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")


def this_process() -> str:
    """A name for this process that no other has: boot, space of process ids (a container has its own), id, start. Empty where unknown."""
    pid = os.getpid()
    started = _started(pid)
    place = _place()
    return f"{place}/{pid}/{started}" if place and started else ""


def is_running(process: str) -> bool | None:
    """Whether a process named by `this_process` runs; None when it is of another machine or container, or nobody can tell."""
    place, _, rest = process.partition("/")
    pid, _, started = rest.partition("/")
    if not place or place != _place() or not pid.isdecimal():
        return None
    return _started(int(pid)) == started


def _place() -> str:
    with suppress(OSError):
        return f"{_BOOT.read_text().strip()}-{Path('/proc/self/ns/pid').readlink()}"
    return ""


def _started(pid: int) -> str:
    """When a process started, in ticks since boot; empty for one that does not run, a zombie included."""
    with suppress(OSError, IndexError):
        # The name of a program may have blanks and brackets; what follows its last bracket is plain.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "" if fields[0] in {"Z", "X"} else fields[19]
    return ""
