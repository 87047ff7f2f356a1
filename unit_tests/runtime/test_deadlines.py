"""The order of the limits is what makes them correct."""

from itertools import pairwise

import pytest

from source_destination_clientes.runtime import deadlines as d
from source_destination_clientes.settings import Lote, Network, Section, StoreStatusPoll


def in_order(*seconds: float) -> bool:
    return all(earlier < later for earlier, later in pairwise(seconds))


def test_a_stopped_sync_ends_before_it_is_killed() -> None:
    assert in_order(
        d.STOP_SENDING_SECONDS,
        d.STOP_CLOSING_SECONDS,
        d.STOP_DELIVERY_SECONDS,
        d.STOP_DEAD_LETTER_SECONDS,
        d.STOP_SECONDS,
        d.KILL_SECONDS,
    )
    assert d.STOP_DEAD_LETTER_SECONDS + d.STOP_WEBHOOK_SECONDS < d.KILL_SECONDS


def test_telling_how_a_run_ended_costs_no_more_than_is_promised() -> None:
    assert d.WEBHOOK_SECONDS <= 10
    assert d.END_SECONDS + d.WEBHOOK_SECONDS < d.PLATFORM_SECONDS


def test_the_last_attempt_to_close_a_lote_and_the_last_question_about_it_fit_before_the_delivery_ends() -> (
    None
):
    assert d.STOP_CLOSING_SECONDS + 2 * d.STOP_ATTEMPT_SECONDS < d.STOP_DELIVERY_SECONDS


def test_waits_end_one_after_the_other_before_the_platform_loses_patience() -> None:
    assert in_order(
        d.LONGEST_SETTING_SECONDS,
        d.FOREIGN_LOTES_SECONDS,
        d.DELIVERY_SECONDS,
        d.END_SECONDS,
        d.PLATFORM_SECONDS,
    )


def test_after_the_waits_of_a_delivery_there_is_time_for_the_last_chunk_and_for_closing_the_lote() -> None:
    under_way = d.LONGEST_REQUEST_SECONDS
    assert d.DELIVERY_SECONDS + under_way + d.CLOSING_SECONDS < d.PLATFORM_SECONDS


def test_a_check_answers_long_before_a_setting_would_let_it() -> None:
    assert in_order(d.CHECK_SECONDS, d.LONGEST_REQUEST_SECONDS, d.LONGEST_SETTING_SECONDS)


@pytest.mark.parametrize(
    ("section", "name", "seconds", "unit"),
    [
        (Network, "request_timeout_seconds", d.LONGEST_REQUEST_SECONDS, 1),
        (Network, "retry_minutes", d.LONGEST_SETTING_SECONDS, 60),
        (Lote, "open_lote_wait_minutes", d.LONGEST_SETTING_SECONDS, 60),
        (StoreStatusPoll, "wait_minutes", d.LONGEST_SETTING_SECONDS, 60),
    ],
)
def test_no_setting_can_wait_longer_than_the_page_says(
    section: type[Section], name: str, seconds: float, unit: int
) -> None:
    most = section.model_json_schema()["properties"][name]["maximum"]
    assert most * unit == seconds
