"""A day of lotes with faults of every kind at random: nothing is lost, no lote stays open, and under `fail` nobody else's is closed.

Each run lives through the same day. `DAY_SEED` chooses another one, `DAY_LOTES` how many lotes it has.
"""

import json
import os
import random
from typing import Final

import pytest

from source_destination_clientes.http.transport import Answer, NoAnswerError, Request
from unit_tests.kit.bench import Bench, make_api
from unit_tests.kit.fakes import FakeServer, Said, answer, make_entry
from unit_tests.kit.pdvsync import FakePdvsync

_RECORDS_PER_LOTE: Final = 12
_IN_PROGRESS: Final = answer({"success": False, "message": "em processamento"}, 409)
_FAULTS: Final[tuple[Answer | NoAnswerError, ...]] = (
    answer(b"", 500),
    answer(b"<html>Bad Gateway</html>", 502),
    answer(b"", 503, Retry_After="5"),
    answer(b"", 429, Retry_After="2"),
    answer(b"<html>Please log in</html>"),
    answer(b"\xef\xbb\xbf<html></html>"),
    _IN_PROGRESS,
    answer(b"", 403),
    answer({"message": "no Route matched"}, 404),
    NoAnswerError("the connection broke before the answer", doubtful=True),
    NoAnswerError("the connection was refused", doubtful=False),
)
_PASSING: Final = tuple(said for said in _FAULTS if not isinstance(said, Answer) or said.status >= 429)


class Day(FakePdvsync):
    """Fails at random, before or after the work is done; now and then another integration has a lote open."""

    def __init__(self, seed: int, foreign: bool) -> None:
        super().__init__()
        self.chance = random.Random(seed)
        self.foreign = foreign
        self.fired: set[int] = set()
        self.theirs: set[str] = set()
        self.bad: set[str] = set()

    def __call__(self, request: Request) -> Said:  # type: ignore[override] # it may also give no answer
        opening, sending = request.operation == "open a lote", request.operation == "send a chunk"
        if opening:
            self._let_others_open()
        if sending and self.bad & {record["idRetaguarda"] for record in json.loads(request.body)}:
            return answer(b"", 500)
        if self.chance.random() > 0.08:
            return super().__call__(request)
        # Before an endpoint has worked once, such an answer speaks against the config.
        faults = _PASSING if not self.closed else _FAULTS
        number = self.chance.randrange(len(faults))
        if sending and faults[number] is _IN_PROGRESS:
            # In PDVSync's own envelope this refuses the records.
            return super().__call__(request)
        self.fired.add(number)
        if (
            isinstance(faults[number], NoAnswerError)
            and faults[number].doubtful
            and self.chance.random() < 0.5
        ):
            super().__call__(request)
        return faults[number]

    def _let_others_open(self) -> None:
        if self.theirs & set(self.open):
            if self.chance.random() < 0.5:
                self.open.clear()
        elif self.foreign and not self.open and self.chance.random() < 0.02:
            code = f"THEIRS-{len(self.theirs)}"
            self.theirs.add(code)
            self.open.append(code)


def live_through(lotes: int, seed: int, policy: str) -> None:
    day = Day(seed, foreign=True)
    bench = Bench(
        FakeServer(reply=day), open_lote_policy=policy, concurrent_requests=2, records_per_request=4
    )
    bench.use_api(make_api(bench.server, bench.time))
    failed = 0
    for number in range(lotes):
        entries = [make_entry(f"{number}-{each}") for each in range(_RECORDS_PER_LOTE)]
        day.bad = {entries[3].key} if number % 20 == 7 else set()
        delivered = bench.deliver(*entries)
        accepted = {entry.key for entry in delivered.outcomes.accepted}
        rejected = {entry.key for entry, _ in delivered.outcomes.rejected}
        assert accepted <= day.tills, "something was accepted that is not at the tills"
        assert rejected <= day.bad, "a record was rejected that is not at fault"
        if delivered.error is None:
            assert accepted | rejected == {entry.key for entry in entries}, "a record was lost"
        else:
            failed += 1
        ours = set(day.open) - day.theirs
        assert all(code in bench.delivery.opener.doubt for code in ours), "an open lote was forgotten"
        if ours:
            # As somebody who reads the error would do, with close-lote.
            for code in ours:
                day.close_lote(code)
    if policy == "fail":
        assert not day.theirs & set(day.closed), "a lote of somebody else was closed"
    assert len(day.fired) == len(_FAULTS), "not every fault has fired"
    assert failed < lotes / 4


@pytest.mark.parametrize("policy", ["wait_then_close", "fail"])
def test_a_day_with_faults_of_every_kind_loses_nothing_and_forgets_no_lote(policy: str) -> None:
    seed = int(os.environ.get("DAY_SEED", "1"))
    live_through(int(os.environ.get("DAY_LOTES", "300")), seed, policy)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_ten_thousand_lotes_lose_nothing_and_forget_no_lote() -> None:
    seed = int(os.environ.get("DAY_SEED", "1"))
    live_through(10_000, seed, "fail")
