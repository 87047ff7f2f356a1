"""The index against a model of the till: whatever happens, nothing is skipped that the till does not have just so."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from source_destination_clientes.records.index import Index, IndexOptions, open_index
from unit_tests.kit.fakes import FakeTime
from unit_tests.kit.objects import Killed, MemoryObjects

KEYS = st.sampled_from([f"C-{number}" for number in range(6)])
VALUES = st.sampled_from("ABC")
SOURCE = st.lists(st.tuples(KEYS, VALUES), max_size=14)
REFUSED = "C"
"""The value that PDVSync refuses in runs that refuse."""


@dataclass
class Till:
    """What PDVSync has of each cliente."""

    has: dict[str, str] = field(default_factory=dict)
    skipped: int = 0
    sent: int = 0


def body(key: str, value: str) -> bytes:
    return f'{{"idRetaguarda":"{key}","nome":"{value}"'.encode()


@dataclass
class Run:
    """One sync as the engine does it: blocks, lotes of a few records, the last version of a key in a lote counts."""

    index: Index
    till: Till
    source: list[tuple[str, str]]
    refuses: bool = False
    per_lote: int = 3
    per_block: int = 2
    killed_in_lote: int | None = None

    def steps(self) -> Iterator[None]:
        """Run step by step, so that two runs can take turns."""
        gathered: dict[str, str] = {}
        for start in range(0, len(self.source), self.per_block):
            block = self.source[start : start + self.per_block]
            for key, value in self._changed(block):
                # The latest version also takes its place in the order.
                gathered.pop(key, None)
                gathered[key] = value
            yield
            if len(gathered) >= self.per_lote:
                yield from self._lote(gathered)
                gathered = {}
        if gathered:
            yield from self._lote(gathered)
        self.index.close()

    def _changed(self, block: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        mask = self.index.unchanged([key for key, _ in block], [body(*record) for record in block])
        for (key, value), same in zip(block, mask, strict=True):
            if same:
                assert self.till.has.get(key) == value, "a record was skipped that the till does not have"
                self.till.skipped += 1
            else:
                yield key, value

    def _lote(self, gathered: dict[str, str]) -> Iterator[None]:
        self.index.pending(list(gathered))
        yield
        accepted: dict[str, str] = {}
        for number, (key, value) in enumerate(gathered.items()):
            if self.killed_in_lote == number:
                raise Killed
            self.till.sent += 1
            if not (self.refuses and value == REFUSED):
                self.till.has[key] = accepted[key] = value
        yield
        self.index.done(list(accepted), [body(*record) for record in accepted.items()], "lote-1")
        yield


class Nights(RuleBasedStateMachine):
    """Syncs, one after the other or two at once, with kills, refusals, damage and days that pass."""

    def __init__(self) -> None:
        super().__init__()
        self.objects = MemoryObjects()
        self.time = FakeTime()
        self.till = Till()
        self.warnings: list[str] = []
        self.runs = 0
        self.resend = ""

    def open(self) -> Index:
        self.runs += 1
        options = IndexOptions(b"secret", "homologation/inq/cliente", max_age_days=3, resend=self.resend)
        return open_index(self.objects, options, f"run{self.runs}", self.time.clock(), self.warnings.append)

    def run(self, source: list[tuple[str, str]], **how: object) -> Run:
        return Run(self.open(), self.till, source, **how)  # type: ignore[arg-type]

    @rule(source=SOURCE, refuses=st.booleans())
    def a_night(self, source: list[tuple[str, str]], refuses: bool) -> None:
        for _ in self.run(source, refuses=refuses).steps():
            pass
        for key, value in dict(source).items():
            assert self.till.has.get(key) == value or (refuses and value == REFUSED)

    @rule(source=SOURCE)
    def the_same_night_twice(self, source: list[tuple[str, str]]) -> None:
        self.a_night(source, refuses=False)
        last = list(dict(source).items())
        before, warned = self.till.sent, len(self.warnings)
        self.a_night(last, refuses=False)
        if len(self.warnings) == warned:
            assert self.till.sent == before, "what did not change was sent"

    @rule(source=SOURCE, steps=st.integers(1, 14), after=st.booleans(), refuses=st.booleans())
    def a_kill_at_a_step_of_the_storage(
        self, source: list[tuple[str, str]], steps: int, after: bool, refuses: bool
    ) -> None:
        self.objects.killed_at, self.objects.after = steps, after
        try:
            for _ in self.run(source, refuses=refuses).steps():
                pass
        except Killed:
            pass
        finally:
            self.objects.killed_at = None

    @rule(source=SOURCE, number=st.integers(0, 3))
    def a_kill_while_a_lote_is_open(self, source: list[tuple[str, str]], number: int) -> None:
        try:
            for _ in self.run(source, killed_in_lote=number).steps():
                pass
        except Killed:
            pass

    @rule(first=SOURCE, second=SOURCE, turns=st.lists(st.booleans(), max_size=40))
    def two_syncs_at_once(
        self, first: list[tuple[str, str]], second: list[tuple[str, str]], turns: list[bool]
    ) -> None:
        runs = [self.run(first).steps(), self.run(second).steps()]
        for turn in turns:
            next(runs[turn], None)
        for steps in runs:
            for _ in steps:
                pass

    @rule(data=st.data())
    def a_file_is_damaged_or_lost(self, data: st.DataObject) -> None:
        paths = [path for path in self.objects.content if "/log/" not in f"/{path}"]
        if not paths or not any("manifest" in path for path in paths):
            return
        newest = max(path for path in paths if "manifest" in path)
        path = data.draw(st.sampled_from(sorted({newest, *(p for p in paths if p.startswith("parts/"))})))
        if data.draw(st.booleans()):
            del self.objects.content[path]
            if path == newest:
                # Somebody who deletes the newest manifest alone goes back in time; who deletes deletes all of them.
                for other in [p for p in self.objects.content if "manifest" in p]:
                    del self.objects.content[other]
        else:
            content = self.objects.content[path]
            self.objects.content[path] = content[: len(content) // 2]

    @rule(days=st.integers(1, 5))
    def days_pass(self, days: int) -> None:
        self.time.seconds += days * 86_400

    @rule()
    def everything_is_asked_for_again(self) -> None:
        self.resend += "!"

    @invariant()
    def the_index_stays_small(self) -> None:
        assert len(self.objects.content) < 400


TestNights = Nights.TestCase
TestNights.settings = settings(
    max_examples=60, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)
