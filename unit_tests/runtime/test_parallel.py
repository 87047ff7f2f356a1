"""Several threads on one list of tasks."""

import threading
from collections import deque
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.errors import TransientError
from source_destination_clientes.runtime.parallel import TaskPool


def always() -> bool:
    return True


def never() -> bool:
    return False


@given(st.lists(st.integers(0, 6), max_size=8), st.integers(1, 4))
def test_every_task_and_every_task_it_brings_up_is_done_once(tasks: list[int], threads: int) -> None:
    done: list[int] = []

    def work(task: int) -> Iterable[int]:
        done.append(task)
        return [task - 1, task - 1] if task else []

    left = deque(tasks)
    assert TaskPool(work, always, never).run(left, threads)
    assert len(done) == sum(2 ** (task + 1) - 1 for task in tasks)
    assert not left


def test_a_single_thread_does_what_a_task_brings_up_before_what_was_there() -> None:
    done: list[str] = []
    further = {"a": ["a1", "a2"], "a1": ["a11"]}

    def work(task: str) -> Iterable[str]:
        done.append(task)
        return further.get(task, [])

    TaskPool(work, always, never).run(deque(["a", "b"]), 1)
    assert done == ["a", "a1", "a11", "a2", "b"]


def test_threads_work_at_the_same_time() -> None:
    together = threading.Barrier(3, timeout=10)

    def work(_task: int) -> Iterable[int]:
        together.wait()
        return []

    assert TaskPool(work, always, never).run(deque(range(3)), 3)


def test_a_thread_without_a_task_waits_for_what_others_bring_up() -> None:
    together = threading.Barrier(2, timeout=10)

    def work(task: str) -> Iterable[str]:
        if task == "first":
            return ["left", "right"]
        together.wait()
        return []

    assert TaskPool(work, always, never).run(deque(["first"]), 2)


def test_the_first_task_is_done_even_when_time_is_up_and_the_rest_is_left() -> None:
    done: list[int] = []

    def work(task: int) -> Iterable[int]:
        done.append(task)
        return []

    left = deque([1, 2, 3])
    assert TaskPool(work, never, never).run(left, 1)
    assert (done, list(left)) == ([1], [2, 3])


def test_the_first_error_is_raised_once_everybody_is_back() -> None:
    def work(task: int) -> Iterable[int]:
        if task == 2:
            raise ValueError(task)
        return []

    left = deque([1, 2, 3, 4])
    with pytest.raises(ValueError, match="2"):
        TaskPool(work, always, never).run(left, 1)
    assert list(left) == [3, 4]


def test_a_task_that_hangs_is_not_waited_for_for_ever() -> None:
    hanging = threading.Event()

    def work(_task: int) -> Iterable[int]:
        hanging.wait()
        return []

    assert not TaskPool(work, always, always).run(deque([1]), 1)
    hanging.set()


def test_without_tasks_there_is_nothing_to_wait_for() -> None:
    pool: TaskPool[int] = TaskPool(lambda _: [], always, never)
    assert pool.run(deque(), 0)
    assert pool.run(deque(), 2)


def test_a_pool_can_be_used_again_and_begins_anew() -> None:
    done: list[int] = []

    def work(task: int) -> Iterable[int]:
        done.append(task)
        return []

    pool = TaskPool(work, never, never)
    for tasks in (deque([1, 2]), deque([3, 4])):
        assert pool.run(tasks, 1)
    assert done == [1, 3]


@pytest.fixture
def crowd(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], list[threading.Thread]]:
    """Leaves the system room for so many threads; those that started."""
    started: list[threading.Thread] = []
    start = threading.Thread.start

    def leave(room: int) -> list[threading.Thread]:
        def start_if_room(thread: threading.Thread) -> None:
            if len(started) == room:
                raise RuntimeError("can't start new thread")
            started.append(thread)
            start(thread)

        monkeypatch.setattr(threading.Thread, "start", start_if_room)
        return started

    return leave


def test_where_no_more_threads_start_the_ones_there_do_all(
    crowd: Callable[[int], list[threading.Thread]],
) -> None:
    started = crowd(2)
    done: list[int] = []

    def work(task: int) -> Iterable[int]:
        done.append(task)
        return []

    left = deque(range(20))
    assert TaskPool(work, always, never).run(left, 5)
    assert (sorted(done), list(left), len(started)) == (list(range(20)), [], 2)


def test_where_no_thread_starts_nothing_is_done_and_the_error_says_what_to_raise(
    crowd: Callable[[int], list[threading.Thread]],
) -> None:
    crowd(0)

    def work(task: int) -> Iterable[int]:
        raise AssertionError(task)

    left = deque([1, 2])
    with pytest.raises(TransientError, match="ulimit -u"):
        TaskPool(work, always, never).run(left, 5)
    assert list(left) == [1, 2]
