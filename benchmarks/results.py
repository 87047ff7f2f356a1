"""What a run of the benchmarks leaves behind, and the figures that follow from it."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Final

import msgspec

STORED: Final = Path(__file__).with_name("results.json")
OURS: Final = "ours"
FLOOR: Final = "floor"


class Settings(msgspec.Struct, frozen=True):
    """The three settings of `lote` that bound the speed."""

    records_per_request: int
    records_per_lote: int
    concurrent_requests: int

    def rounds(self) -> int:
        """Requests that follow one another within a full lote."""
        requests = -(-self.records_per_lote // self.records_per_request)
        return -(-requests // self.concurrent_requests)


DEFAULTS: Final = Settings(100, 1000, 4)
TUNED: Final = Settings(1000, 20_000, 16)


class Case(msgspec.Struct, frozen=True):
    """One thing that is measured. `bad` is the share of clientes that break a rule."""

    group: str
    who: str
    records: int
    latency_ms: int
    settings: Settings
    bad: float = 0.0
    dead_letter: str = "none"


class Sample(msgspec.Struct, frozen=True):
    """One run of a case: seconds, MiB, and what the server saw. `start_up` is what passed before the first record was read."""

    seconds: float
    cpu_seconds: float
    peak_rss_mib: float
    start_up_seconds: float
    start_up_cpu_seconds: float
    server_cpu_seconds: float
    most_in_flight: int


class Measured(msgspec.Struct):
    """A case and its samples, one a round."""

    case: Case
    samples: list[Sample] = []

    def rates(self) -> list[float]:
        """Records a second, start-up taken off."""
        return [self.case.records / max(s.seconds - s.start_up_seconds, 1e-9) for s in self.samples]

    def cpu_us(self) -> list[float]:
        """Microseconds of CPU a record, start-up taken off."""
        return [(s.cpu_seconds - s.start_up_cpu_seconds) / self.case.records * 1e6 for s in self.samples]

    def rss(self) -> list[float]:
        return [s.peak_rss_mib for s in self.samples]

    def server_share(self) -> float:
        """The share of the time for which the server's core was busy."""
        return median(s.server_cpu_seconds / s.seconds for s in self.samples)


class RoundTrip(msgspec.Struct, frozen=True):
    """Median seconds of each call on one idle connection."""

    latency_ms: int
    settings: Settings
    open: float
    send: float
    close: float

    def limit(self) -> float:
        """Records a second that the protocol allows, one lote at a time."""
        seconds = self.open + self.settings.rounds() * self.send + self.close
        return self.settings.records_per_lote / seconds


class Machine(msgspec.Struct, frozen=True):
    """Where it ran. `load` is the load average when it began: other work makes every figure worse, and rates most."""

    cpu: str
    cores: int
    memory_gib: float
    system: str
    python: str
    load: float


class Results(msgspec.Struct):
    """Everything. `skipped` says why a contender was not measured; `start_up` holds seconds by command."""

    date: str
    quick: bool
    machine: Machine
    versions: dict[str, str]
    skipped: dict[str, str] = {}
    round_trips: list[RoundTrip] = []
    measured: list[Measured] = []
    start_up: dict[str, list[float]] = {}

    def find(self, case_like: Case) -> Measured | None:
        """The measurement that differs in its group at most."""
        wanted = msgspec.structs.replace(case_like, group="")
        found = (
            m for m in self.measured if msgspec.structs.replace(m.case, group="") == wanted and m.samples
        )
        return next(found, None)

    def round_trip(self, latency_ms: int, settings: Settings) -> RoundTrip | None:
        found = (t for t in self.round_trips if t.latency_ms == latency_ms and t.settings == settings)
        return next(found, None)

    def floor(self) -> Measured | None:
        """Reading, parsing, serialising and posting, and nothing else."""
        return next((m for m in self.measured if m.case.who == FLOOR and m.samples), None)

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n")

    @classmethod
    def read(cls, path: Path) -> "Results":
        return msgspec.json.decode(path.read_bytes(), type=cls)


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Ours to theirs, round by round: the machine's speed may change between rounds, less so within one."""
    return [mine / other for mine, other in zip(ours, theirs, strict=False)]
