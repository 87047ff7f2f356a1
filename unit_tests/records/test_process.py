"""Processes of this machine are known, others are not judged."""

import subprocess
import sys

import pytest

from source_destination_clientes.records.process import is_running, this_process

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="processes are looked up in /proc"
)


def test_this_process_runs() -> None:
    assert is_running(this_process()) is True


def test_a_process_that_ended_does_not_run() -> None:
    program = "from source_destination_clientes.records.process import this_process; print(this_process())"
    child = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert is_running(child.stdout.strip()) is False


def test_a_later_process_of_the_same_number_is_another_one() -> None:
    place, pid, _ = this_process().rsplit("/", 2)
    assert is_running(f"{place}/{pid}/1") is False


@pytest.mark.parametrize("process", ["", "another-boot/1/1", "garbage"])
def test_a_process_of_another_machine_is_not_judged(process: str) -> None:
    assert is_running(process) is None
