"""Settings of the process for moving many records: the defaults of Python and of the C library cost a tenth of the time each.

Measured with 1,000 records per request, 20,000 per lote and answers after 20 ms; docs/performance.md has all figures.
"""

import ctypes
import gc
import resource
import sys
from collections.abc import Callable
from typing import Any, Final

GARBAGE_THRESHOLD: Final = 50_000
"""Allocations between garbage collections: records make no cycles, so looking for them often is wasted time."""

SWITCH_SECONDS: Final = 0.0005
"""How long the thread that maps records may keep the threads that send waiting. Python's default of 5 ms is paid at each step of
a request: opening a lote took 30 ms instead of 21."""

_MALLOC: Final = (
    (-8, 1),  # M_ARENA_MAX: one arena, since threads take turns anyway and each further arena costs memory
    (-3, 32 << 20),  # M_MMAP_THRESHOLD: a request reuses the memory of the one before
    (-1, 128 << 20),  # M_TRIM_THRESHOLD: a lote reuses the memory of the one before
)
"""Options of https://man7.org/linux/man-pages/man3/mallopt.3.html. By default glibc returns freed memory to the system,
which clears every page before it hands it out again."""


def prepare() -> None:
    """Set the process up. Call it before the first thread starts."""
    leave_no_core()
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD)
    sys.setswitchinterval(SWITCH_SECONDS)
    keep_freed_memory()


def leave_no_core() -> None:
    """Leave no core file when the process crashes: it would hold every record and secret in memory."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def keep_freed_memory(load: Callable[[None], Any] = ctypes.CDLL) -> bool:
    """Make the C library reuse freed memory; False when it is not glibc."""
    try:
        mallopt = load(None).mallopt
    except (OSError, AttributeError, TypeError):
        return False
    return all(mallopt(option, value) for option, value in _MALLOC)
