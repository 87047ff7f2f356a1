"""Too many rejections end a sync before its states leave, and after the cause is fixed, every record is delivered."""

from pathlib import Path
from typing import Any

import pytest

from integration_tests.harness import dead_letter, good, record, state, write
from integration_tests.sandbox_client import Sandbox

FIXED = {
    "streams": [
        {
            "stream": "clientes",
            "fields": [{"field": "nome", "value": "{{ record.nome or record.full_name }}"}],
        }
    ]
}


def unmapped(number: int) -> dict[str, Any]:
    """A cliente whose name is in a column nobody mapped."""
    return {**good(number), "nome": None, "full_name": f"Cliente {number}"}


def bad_document(number: int) -> dict[str, Any]:
    return good(number, cpfCnpj="529.982.247-26")


def with_states(records: list[dict[str, Any]], every: int = 50) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    for number, each in enumerate(records, start=1):
        messages.append(record(each))
        if number % every == 0 or number == len(records):
            messages.append(state(number))
    return messages


# Config, records, and what the error says.
CASES: dict[str, tuple[dict[str, Any], list[dict[str, Any]], str]] = {
    "every record of a large sync": ({}, [unmapped(n) for n in range(150)], "All 1"),
    "more than a share, early": (
        {"fail_above_percent": 10},
        [*(unmapped(n) for n in range(30)), *(good(n) for n in range(100, 300))],
        "rejections.fail_above_percent (10)",
    ),
    "more than a share of a small sync": (
        {"fail_above_percent": 10},
        [*(good(n) for n in range(100, 110)), *(unmapped(n) for n in range(5))],
        "5 of 15 records (33.3 %)",
    ),
    "more than a number, at once": (
        {"fail_above_records": 3},
        [*(unmapped(n) for n in range(5)), *(good(n) for n in range(100, 200))],
        "rejections.fail_above_records (3)",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_no_state_leaves_and_the_same_input_is_delivered_whole_once_the_cause_is_fixed(
    name: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    rejections, records, said = CASES[name]
    letters = tmp_path / "letters"
    config = sandbox.config(
        rejections=rejections, object_storage_config={"storage_type": "Local", "path": str(letters)}
    )
    failed = write(tmp_path, config, with_states(records))
    assert (failed.code, failed.states) == (1, []), failed.everything
    (error,) = failed.errors
    assert error["failure_type"] == "config_error"
    assert said in error["message"]
    assert error["message"] not in failed.log, "said once"
    first = [each["idRetaguarda"] for each in records if each["nome"] is None][:3]
    assert f"for example {', '.join(first)})" in error["message"]
    assert sandbox.state()["open_lotes"] == 0
    rows = dead_letter(letters)
    assert {row["reason"] for row in rows} == {"missing_field"}
    assert {row["key"] for row in rows} <= {each["idRetaguarda"] for each in records}

    fixed = write(tmp_path, {**config, **FIXED}, with_states(records))
    assert fixed.code == 0, fixed.everything
    assert fixed.counts == (len(records), 0)
    assert set(sandbox.clientes()) == {each["idRetaguarda"] for each in records}


def test_the_error_names_the_reasons_that_dominate(sandbox: Sandbox, tmp_path: Path) -> None:
    records = [*(bad_document(n) for n in range(80)), *(unmapped(n) for n in range(100, 140))]
    result = write(tmp_path, sandbox.config(), with_states(records))
    (error,) = result.errors
    assert error["message"].index("bad_document") < error["message"].index("missing_field")
    assert "C-000000, C-000001, C-000002" in error["message"]
    assert "529" not in result.everything


def test_thresholds_that_are_not_reached_keep_nothing_back(sandbox: Sandbox, tmp_path: Path) -> None:
    rejections = {"fail_above_percent": 10, "fail_above_records": 20}
    records = [*(good(n) for n in range(180)), *(unmapped(n) for n in range(200, 220))]
    result = write(tmp_path, sandbox.config(rejections=rejections), with_states(records))
    assert result.code == 0, result.everything
    assert result.counts == (180, 20)


def test_few_records_that_are_all_rejected_are_no_mistake_in_the_mapping(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    result = write(tmp_path, sandbox.config(), with_states([unmapped(n) for n in range(99)]))
    assert result.code == 0, result.everything
    assert result.counts == (0, 99)
    assert sandbox.state()["lotes"] == []


def test_whoever_switches_the_thresholds_off_gets_every_state(sandbox: Sandbox, tmp_path: Path) -> None:
    config = sandbox.config(rejections={"fail_when_all_rejected": False})
    result = write(tmp_path, config, with_states([unmapped(n) for n in range(150)]))
    assert result.code == 0, result.everything
    assert result.counts == (0, 150)
