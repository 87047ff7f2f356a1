"""Whether anybody still reads."""

import os
import threading
from collections.abc import Iterator

import pytest

from source_destination_clientes.runtime.reader import ReaderWatch
from source_destination_clientes.runtime.stopping import Stop


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    read, write = os.pipe()
    yield read, write
    os.close(write)


def test_a_reader_that_is_there_changes_nothing(pipe: tuple[int, int]) -> None:
    read, write = pipe
    stop = Stop()
    ReaderWatch(write, stop).look_again()
    assert not stop.requested
    os.close(read)


def test_a_reader_that_is_gone_at_the_end_of_input_ends_the_run(pipe: tuple[int, int]) -> None:
    read, write = pipe
    os.close(read)
    stop = Stop()
    ReaderWatch(write, stop).look_again()
    assert stop.abandoned
    assert stop.requested


def test_a_reader_that_goes_away_wakes_whoever_waits_for_input(pipe: tuple[int, int]) -> None:
    read, write = pipe
    stop, woken = Stop(), threading.Event()
    ReaderWatch(write, stop).start(woken.set)
    os.close(read)
    assert woken.wait(30)
    assert stop.abandoned
