"""The jobs that Airbyte's platform makes up by itself: Clear and Refresh."""

from pathlib import Path
from typing import Any

import pytest

from integration_tests.harness import catalog, good, record, state, write
from integration_tests.sandbox_client import Sandbox

GENERATION = {"generation_id": 4, "minimum_generation_id": 4, "sync_id": 9}
EMPTIED = {"type": "STATE", "state": {"type": "STREAM", "id": 1, "stream": {"stream_descriptor": {"name": "clientes"}}}}  # fmt: skip


@pytest.mark.parametrize(
    ("configured", "messages", "level"),
    [
        (catalog("clientes", mode="overwrite", **GENERATION), [EMPTIED], "INFO"),
        (catalog("clientes", mode="append", **GENERATION), [EMPTIED], "WARN"),
        ({"streams": []}, [], "INFO"),
    ],
    ids=["clear", "clear with refreshes", "clear of streams that left"],
)
def test_a_clear_succeeds_gives_its_state_back_and_says_that_nothing_is_removed(
    configured: dict[str, Any],
    messages: list[dict[str, Any]],
    level: str,
    sandbox: Sandbox,
    tmp_path: Path,
) -> None:
    result = write(tmp_path, sandbox.config(), messages, configured)
    assert result.code == 0
    assert [message["id"] for message in result.states] == [1] * len(messages)
    said = [
        message["log"] for message in result.of("LOG") if "Nothing is removed" in message["log"]["message"]
    ]
    assert [line["level"] for line in said] == [level]
    assert sandbox.state()["lotes"] == []


def test_a_refresh_sends_everything_again_and_warns_once(sandbox: Sandbox, tmp_path: Path) -> None:
    messages = [record(good(1)), state(1), record(good(2)), state(2)]
    result = write(
        tmp_path, sandbox.config(), messages, catalog("clientes", mode="append_dedup", **GENERATION)
    )
    assert (result.code, result.counts) == (0, (2, 0))
    assert result.log.count("Nothing is removed at the tills") == 1


def test_overwrite_is_refused_at_its_first_record(sandbox: Sandbox, tmp_path: Path) -> None:
    result = write(
        tmp_path,
        sandbox.config(),
        [record(good(1)), state(1)],
        catalog("clientes", mode="overwrite", **GENERATION),
    )
    assert (result.code, result.states) == (1, [])
    assert [error["failure_type"] for error in result.errors] == ["config_error"]
    assert "Choose append or append_dedup" in result.errors[0]["message"]
    assert sandbox.state()["lotes"] == []
