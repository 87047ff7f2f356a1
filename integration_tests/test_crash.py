"""SIGKILL at random moments, and on from the last state seen: nothing is lost, no state is early.

`CRASH_SEED` repeats a run with the same moments, `CRASH_ROUNDS` changes how often the process is killed.
"""

import os
import random
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from integration_tests.harness import Result, Write, dead_letter, good, record, state
from integration_tests.sandbox_client import Sandbox

_KEYS: Final = 97
"""So many clientes come again and again, each time as a later version."""

_RECORDS_PER_STATE: Final = 23
_LAST_RECORDS: Final = 1500
_LATENCY_MS: Final = 25

LOTE: Final[Mapping[str, Any]] = {
    "records_per_lote": 40,
    "records_per_request": 7,
    "concurrent_requests": 3,
}
POLICIES: Final[tuple[Mapping[str, Any], ...]] = (
    {"open_lote_policy": "close"},
    {"open_lote_policy": "wait_then_close", "open_lote_wait_minutes": 0.005},
)


def is_bad_stretch(position: int) -> bool:
    """States behind rejections wait for the disk; elsewhere they leave with their lotes, so that kills meet both."""
    return position // 150 % 3 == 1


def is_rejected(position: int) -> bool:
    return is_bad_stretch(position) and position % 17 == 3


def is_refused(position: int) -> bool:
    return is_bad_stretch(position) and position % 29 == 11


def cliente(position: int) -> dict[str, Any]:
    """The record at a place of the source; `numero` tells the version."""
    if is_rejected(position):
        return good(position % _KEYS, nome=None, numero=str(position))
    if is_refused(position):
        return good(position % _KEYS, nome="Cliente RECUSADO PELA API", numero=str(position))
    return good(position % _KEYS, numero=str(position))


class Source:
    """Writes the records from a position on, until `end` or until nobody reads any more."""

    def __init__(self, run: Write, begin: int, end: int | None) -> None:
        self._run = run
        self._range = (begin, end)
        self._thread = threading.Thread(target=self._feed, daemon=True)
        self._thread.start()

    def _feed(self) -> None:
        position, end = self._range
        try:
            while end is None or position < end:
                messages: list[dict[str, Any]] = []
                for _ in range(_RECORDS_PER_STATE):
                    messages.append(record(cliente(position)))
                    position += 1
                self._run.send(*messages, state(position))
            self._run.close()
        except OSError:
            return

    def join(self) -> None:
        self._thread.join(60)
        assert not self._thread.is_alive()


def killed_run(folder: Path, config: Mapping[str, Any], begin: int, sandbox: Sandbox, wait: float) -> Result:
    """A run that is killed `wait` seconds after its first request."""
    before = sandbox.state()["requests"].get("token", 0)
    run = Write(folder, config).start()
    source = Source(run, begin, None)
    patience = time.monotonic() + 60
    while sandbox.state()["requests"].get("token", 0) == before:
        assert run.process.poll() is None, run.finish().everything
        assert time.monotonic() < patience
        time.sleep(0.02)
    time.sleep(wait)
    run.process.kill()
    result = run.finish()
    source.join()
    assert result.errors == [], result.everything
    return result


def expected_tills(until: int) -> dict[str, int]:
    """The version of each cliente that the records before a position leave at the tills."""
    versions: dict[str, int] = {}
    for position in range(until):
        if not is_rejected(position) and not is_refused(position):
            versions[good(position % _KEYS)["idRetaguarda"]] = position
    return versions


def assert_kept(sandbox: Sandbox, letters: Path, until: int) -> None:
    """What a state promises: all before it is at the tills, in this version or a later one, or in the dead letter."""
    tills = {key: int(each["numero"]) for key, each in sandbox.clientes().items()}
    for key, version in expected_tills(until).items():
        assert tills.get(key, -1) >= version, f"{key} of state {until}: {tills.get(key)} instead of {version}"
    kept = {int(row["record"]["numero"]) for row in dead_letter(letters)}
    owed = {position for position in range(until) if is_rejected(position) or is_refused(position)}
    assert owed <= kept


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_twenty_kills_lose_nothing_and_no_state_was_early(tmp_path: Path) -> None:
    seed = int(os.environ.get("CRASH_SEED") or random.randrange(1 << 32))
    rounds = int(os.environ.get("CRASH_ROUNDS", "20"))
    print(f"CRASH_SEED={seed}")  # noqa: T201 - pytest shows it when the test fails
    dice = random.Random(seed)
    letters = tmp_path / "letters"
    with Sandbox(latency_ms=_LATENCY_MS) as sandbox:
        storage = {"storage_type": "Local", "path": str(letters)}
        configs = [
            sandbox.config(lote={**LOTE, **policy}, object_storage_config=storage) for policy in POLICIES
        ]
        position = in_mid_lote = states = 0
        for _ in range(rounds):
            result = killed_run(
                tmp_path, dice.choice(configs), position, sandbox, wait=dice.uniform(0.0, 2.5)
            )
            in_mid_lote += sandbox.state()["open_lotes"]
            states += len(result.states)
            position = max([position, *(message["id"] for message in result.states)])
            assert_kept(sandbox, letters, position)
        end = position + _LAST_RECORDS
        run = Write(tmp_path, dice.choice(configs)).start()
        source = Source(run, position, end)
        last = run.finish()
        source.join()
        end = max(message["id"] for message in last.states)
        assert (last.code, last.errors) == (0, []), last.everything
        assert end >= position + _LAST_RECORDS
        assert_kept(sandbox, letters, end)
        assert {key: int(each["numero"]) for key, each in sandbox.clientes().items()} == expected_tills(end)
        assert sandbox.state()["open_lotes"] == 0
    # A run of kills that hit nothing would prove nothing.
    assert in_mid_lote > 0
    assert states > 0
    print(f"{rounds} kills, {in_mid_lote} in mid-lote, {states} states before them, {end} records")  # noqa: T201 - as above
