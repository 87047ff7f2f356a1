"""What a run gets from whoever started it, besides its settings."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from source_destination_clientes.protocol.output import Reporter
from source_destination_clientes.runtime.clock import Clock
from source_destination_clientes.runtime.stopping import Stop


@dataclass(slots=True)
class WaitCount:
    """How often and how many seconds a run waited before it made a call again. Threads may add at the same time."""

    count: int = 0
    seconds: float = 0.0
    rate_limited: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, seconds: float, *, rate_limited: bool) -> None:
        """Count one wait; `rate_limited` when the server asked for it."""
        with self._lock:
            self.count += 1
            self.seconds += seconds
            self.rate_limited += rate_limited


@dataclass(frozen=True, slots=True)
class RunContext:
    """Where a run reports to, what ends it early, the platform's variables, and how long it waited so far."""

    reporter: Reporter
    stop: Stop
    environment: Mapping[str, str] = field(default_factory=dict)
    waits: WaitCount = field(default_factory=WaitCount)

    @property
    def clock(self) -> Clock:
        """A clock whose waits end when the run is asked to stop."""
        return Clock(sleep=self.stop.sleep)
