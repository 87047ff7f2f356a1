"""How the process is set up for moving records, where the defaults of Python and of the C library cost a tenth of its time each.

Measured with 1,000 records per request, 20,000 per lote and answers after 20 ms; the whole of it is in docs/performance.md.
"""

import ctypes
import gc
import sys
from collections.abc import Callable
from typing import Any, Final

GARBAGE_THRESHOLD: Final = 50_000
"""Allocations between garbage collections: records make no cycles, so looking for them often is wasted time."""

SWITCH_SECONDS: Final = 0.0005
"""How long the thread that maps keeps others waiting, which only have to pass on bytes. By default it is 5 ms, for each step of a
request: opening a lote took 30 ms instead of 21."""

_MALLOC: Final = (
    (-8, 1),  # M_ARENA_MAX: threads take turns anyway, and memory of its own for each is memory more
    (-3, 32 << 20),  # M_MMAP_THRESHOLD: what a request needs comes from what the one before gave back
    (-1, 128 << 20),  # M_TRIM_THRESHOLD: what a lote needs comes from what the one before gave back
)
"""Options of https://man7.org/linux/man-pages/man3/mallopt.3.html. By default glibc returns what a request or a lote gives back to the
system, which clears every page of it before it hands it out for the next."""


def prepare() -> None:
    """Set the process up; to be called before it has threads."""
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD)
    sys.setswitchinterval(SWITCH_SECONDS)
    keep_freed_memory()


def keep_freed_memory(load: Callable[[None], Any] = ctypes.CDLL) -> bool:
    """Have the C library hand out freed memory again; False where it is another one than glibc, or there is none."""
    try:
        mallopt = load(None).mallopt
    except (OSError, AttributeError, TypeError):
        return False
    return all(mallopt(option, value) for option, value in _MALLOC)
