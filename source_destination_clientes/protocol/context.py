"""What a run gets from whoever started it, besides its settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from source_destination_clientes.protocol.output import Reporter
from source_destination_clientes.runtime.clock import Clock
from source_destination_clientes.runtime.stopping import Stop


@dataclass(frozen=True, slots=True)
class RunContext:
    """Where a run reports to, what ends it early, and the platform's variables."""

    reporter: Reporter
    stop: Stop
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def clock(self) -> Clock:
        """A clock whose waits end when the run is asked to stop."""
        return Clock(sleep=self.stop.sleep)
