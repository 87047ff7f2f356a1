"""How the process is set up for moving records."""

import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from source_destination_clientes.runtime.tuning import GARBAGE_THRESHOLD, SWITCH_SECONDS, keep_freed_memory

SHOW = """
import gc, resource, sys
hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
from source_destination_clientes.runtime.tuning import prepare
prepare()
print(gc.get_threshold()[0], round(sys.getswitchinterval(), 6), gc.get_freeze_count() > 0, *resource.getrlimit(resource.RLIMIT_CORE))
"""


def test_a_write_collects_garbage_rarely_and_lets_threads_that_wait_have_their_turn_soon() -> None:
    shown = subprocess.run([sys.executable, "-c", SHOW], capture_output=True, check=True, timeout=60)
    assert shown.stdout.decode().split() == [str(GARBAGE_THRESHOLD), str(SWITCH_SECONDS), "True", "0", "0"]


def test_freed_memory_is_kept_with_every_option_or_it_is_told() -> None:
    asked: list[tuple[int, int]] = []

    def mallopt(option: int, value: int) -> int:
        asked.append((option, value))
        return int(option != -1)

    assert not keep_freed_memory(lambda _name: SimpleNamespace(mallopt=mallopt))
    assert [option for option, _ in asked] == [-8, -3, -1]


@pytest.mark.parametrize("trouble", [OSError, AttributeError, TypeError])
def test_another_c_library_is_left_as_it_is(trouble: type[Exception]) -> None:
    def load(_name: None) -> Any:
        raise trouble

    assert not keep_freed_memory(load)
