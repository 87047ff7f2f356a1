"""Lines that are read in one block come to the same as lines that come one by one."""

import json
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from unit_tests.kit.bench import STREAMS, Bench, record, state
from unit_tests.kit.pdvsync import FakePdvsync

KINDS = ("good", "good", "good", "empty", "refused", "state", "global", "noise")
lines = st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from(STREAMS), st.integers(0, 9)), max_size=80)


def line(number: int, kind: str, stream: str, key: int) -> bytes:
    if kind == "state":
        return state(number, stream)
    if kind == "global":
        return json.dumps({"type": "STATE", "state": {"type": "GLOBAL", "id": number, "global": {}}}).encode()
    if kind == "noise":
        return b"a line of some library"
    nome = {"good": "Ana", "empty": None, "refused": "BAD"}[kind]
    # A version that another one replaced in its lote has the fate of that one, so what is refused has a key of its own.
    return record(f"{stream}-{key}" if kind == "good" else f"bad-{number}", nome, stream)


def expected(script: list[tuple[str, str, int]]) -> dict[int, tuple[int, int]]:
    """What each state counts: the accepted and the rejected records of its scope since the state before."""
    counts: dict[int, tuple[int, int]] = {}
    waiting: Counter[tuple[str, bool]] = Counter()
    for number, (kind, stream, _) in enumerate(script):
        if kind in {"state", "global"}:
            scope = STREAMS if kind == "global" else (stream,)
            accepted, rejected = (sum(waiting.pop((s, good), 0) for s in scope) for good in (True, False))
            counts[number] = (accepted, rejected)
        elif kind != "noise":
            waiting[stream, kind == "good"] += 1
    return counts


@settings(max_examples=60, deadline=None)
@given(lines, st.integers(1, 30))
def test_every_record_is_counted_once_in_its_state_and_is_at_the_tills_or_in_the_dead_letter(
    script: list[tuple[str, str, int]], lote: int
) -> None:
    text = b"".join(line(number, *entry) + b"\n" for number, entry in enumerate(script))
    pdvsync = FakePdvsync(lambda cliente: cliente["nome"] == "BAD")
    bench = Bench(pdvsync, stdin=text, records_per_lote=lote, limits={"fail_when_all_rejected": False})
    messages = [json.loads(message)["state"] for message in bench.sync.run()]
    stats = {message["id"]: message["destinationStats"] for message in messages}
    assert {
        number: (each["recordCount"], each["rejectedRecordCount"]) for number, each in stats.items()
    } == expected(script)
    good = {f"C-{stream}-{key}" for kind, stream, key in script if kind == "good"}
    assert bench.pdvsync.tills == good
    assert len(bench.storage.rows) == sum(kind in {"empty", "refused"} for kind, _, _ in script)
    assert bench.pdvsync.open == []
    assert bench.sync.ignored["noise"] == sum(kind == "noise" for kind, _, _ in script)
