"""Thresholds of rejections."""

import re
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.rejection.outcome import Reason, Rejection, Stage
from source_destination_clientes.rejection.thresholds import Thresholds


@dataclass
class Limits:
    fail_when_all_rejected: bool = False
    fail_above_percent: float | None = None
    fail_above_records: int | None = None


def refused(reason: Reason = Reason.TOO_LONG, key: str | None = "C-1") -> Rejection:
    return Rejection(Stage.MAPPING, reason, "m", key=key, raw="Ana Maria")


def counted(limits: Limits, accepted: int, rejected: int) -> Thresholds:
    thresholds = Thresholds(limits)
    for _ in range(accepted):
        thresholds.accepted()
    for number in range(rejected):
        thresholds.rejected(refused(key=f"C-{number}"))
    return thresholds


ALL = Limits(fail_when_all_rejected=True)


@pytest.mark.parametrize(
    ("limits", "accepted", "rejected", "now", "at_end"),
    [
        (ALL, 0, 99, False, False),
        (ALL, 0, 100, True, True),
        (ALL, 1, 100, False, False),
        (Limits(fail_above_records=10), 0, 10, False, False),
        (Limits(fail_above_records=10), 500, 11, True, True),
        (Limits(fail_above_records=0), 0, 1, True, True),
        (Limits(fail_above_percent=10), 90, 10, False, False),
        (Limits(fail_above_percent=10), 89, 11, True, True),
        (Limits(fail_above_percent=10), 4, 1, False, True),
        (Limits(fail_above_percent=0), 0, 0, False, False),
        (Limits(fail_above_percent=100), 0, 200, False, False),
        (Limits(), 0, 5000, False, False),
    ],
)
def test_a_threshold_is_broken_only_above_it_and_a_share_only_once_it_means_something(
    limits: Limits, accepted: int, rejected: int, now: bool, at_end: bool
) -> None:
    thresholds = counted(limits, accepted, rejected)
    assert (thresholds.verdict(at_end=False) is not None) == now
    assert (thresholds.verdict(at_end=True) is not None) == at_end


@pytest.mark.parametrize(
    ("limits", "accepted", "rejected", "leaves"),
    [
        (ALL, 0, 0, True),
        (ALL, 5, 0, True),
        (ALL, 0, 1, False),
        (ALL, 0, 99, False),
        (ALL, 1, 98, True),
        (ALL, 1, 200, True),
        (Limits(), 0, 99, True),
        (Limits(fail_above_percent=10), 1, 1, False),
        (Limits(fail_above_percent=10), 18, 2, True),
        (Limits(fail_above_percent=10), 900, 100, True),
    ],
)
def test_a_state_waits_while_its_records_could_still_break_a_threshold(
    limits: Limits, accepted: int, rejected: int, leaves: bool
) -> None:
    assert counted(limits, accepted, rejected).may_release() == leaves


def test_records_on_their_way_are_not_taken_for_rejected_ones() -> None:
    early = counted(ALL, 0, 200)
    assert early.verdict(at_end=False, undecided=1) is None
    assert not early.may_release()
    assert early.verdict(at_end=False) is not None
    sent = Rejection(Stage.API, Reason.REFUSED_BY_API, "m")
    for number in range(1, 101):
        early.rejected(sent)
        # Of those that were sent, too, only many tell what will become of the others.
        assert (early.verdict(at_end=False, undecided=1) is not None) == (number == 100)
    share = counted(Limits(fail_above_percent=25), 0, 200)
    assert share.verdict(at_end=False, undecided=600) is None
    assert share.verdict(at_end=False, undecided=599) is not None


def test_a_first_lote_that_is_refused_as_a_whole_is_verdict_enough() -> None:
    thresholds = Thresholds(ALL)
    for _ in range(100):
        thresholds.rejected(Rejection(Stage.API, Reason.REFUSED_BY_API, "m"))
    assert thresholds.verdict(at_end=False, undecided=1000) is not None


def test_the_verdict_names_the_dominating_reasons_and_three_keys_of_each() -> None:
    thresholds = Thresholds(ALL)
    for number in range(90):
        thresholds.rejected(refused(Reason.BAD_DOCUMENT, f"C-{number}"))
    for number in range(6):
        thresholds.rejected(refused(Reason.TOO_LONG, f"D-{number}"))
    for reason in (Reason.BAD_DATE, Reason.BAD_DATE, Reason.BAD_DATE, Reason.WRONG_TYPE):
        thresholds.rejected(refused(reason, None))
    verdict = thresholds.verdict(at_end=False)
    assert verdict is not None
    assert verdict.startswith("All 100 records were rejected")
    assert "bad_document 90 (for example C-0, C-1, C-2); too_long 6 (for example D-0, D-1, D-2)" in verdict
    assert "bad_date 3." in verdict
    assert "wrong_type" not in verdict


def test_the_verdict_shows_no_personal_data() -> None:
    thresholds = Thresholds(Limits(fail_above_records=0))
    thresholds.rejected(refused(key="529.982.247-25"))
    verdict = thresholds.verdict(at_end=False)
    assert verdict is not None
    assert "***25" in verdict
    assert "529" not in verdict
    assert "Ana" not in verdict


def test_the_verdict_names_the_setting_that_was_broken() -> None:
    percent = counted(Limits(fail_above_percent=2.5), 97, 3).verdict(at_end=False)
    records = counted(Limits(fail_above_records=2), 97, 3).verdict(at_end=False)
    assert percent is not None
    assert records is not None
    assert "3 of 100 records (3.0 %)" in percent
    assert "rejections.fail_above_percent (2.5)" in percent
    assert "rejections.fail_above_records (2)" in records


def test_the_verdict_promises_only_what_is_true_of_states_that_left_before() -> None:
    verdict = counted(Limits(fail_above_records=2), 97, 3).verdict(at_end=False)
    assert verdict is not None
    assert "sends again everything after the last state" in verdict
    assert "destination-clientes replay" in verdict


@given(
    st.lists(st.booleans(), max_size=300),
    st.booleans(),
    st.one_of(st.none(), st.floats(0, 100)),
    st.one_of(st.none(), st.integers(0, 300)),
)
def test_what_breaks_now_is_still_broken_at_the_end_and_counts_are_told(
    outcomes: list[bool], all_rejected: bool, percent: float | None, records: int | None
) -> None:
    limits = Limits(all_rejected, percent, records)
    thresholds = counted(limits, outcomes.count(True), outcomes.count(False))
    now, at_end = thresholds.verdict(at_end=False), thresholds.verdict(at_end=True)
    if now is not None:
        assert at_end == now
    if at_end is not None:
        assert re.search(rf"\b{outcomes.count(False)}\b", at_end)
        if now is None:
            assert not thresholds.may_release()
