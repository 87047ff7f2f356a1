"""Working through tasks with several threads, where one task can bring up further ones."""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from source_destination_clientes.errors import TransientError

T = TypeVar("T")

_LOOK_SECONDS: Final = 0.1
"""How often to ask whether to go on waiting."""


@dataclass(slots=True)
class TaskPool(Generic[T]):
    """Threads that share one list of tasks.

    `work` does a task and returns the tasks that it brings up. `may_start` is asked before each task but the first of a run: when it
    says no, no further task is begun. `stop_waiting` is asked while tasks are under way: when it says yes, `run` leaves them alone.
    """

    work: Callable[[T], Iterable[T]]
    may_start: Callable[[], bool]
    stop_waiting: Callable[[], bool]
    _tasks: deque[T] = field(default_factory=deque)
    _errors: list[Exception] = field(default_factory=list)
    _busy: int = 0
    _begun: bool = False
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def run(self, tasks: deque[T], threads: int) -> bool:
        """Do `tasks` and return True; those that were not begun stay in `tasks`. False when it stopped waiting.

        Raises the first error, once no task is under way any more; `TransientError` when not even one thread starts.
        """
        self._tasks, self._errors, self._busy, self._begun = tasks, [], 0, False
        # Daemons, and no executor: Python waits for the threads of an executor before it ends, so that a call that hangs would
        # keep the process alive until the platform kills it.
        workers: list[threading.Thread] = []
        while len(workers) < threads:
            worker = threading.Thread(target=self._work_through, name="send", daemon=True)
            try:
                worker.start()
            except RuntimeError as error:
                # The system has no room for all of them.
                if not workers:
                    raise no_thread() from error
                break
            workers.append(worker)
        for worker in workers:
            while worker.is_alive() and not self.stop_waiting():
                worker.join(_LOOK_SECONDS)
        if self._errors:
            raise self._errors[0]
        return not any(worker.is_alive() for worker in workers)

    def _work_through(self) -> None:
        while (task := self._next()) is not None:
            further: list[T] = []
            try:
                further = list(self.work(task))
            except Exception as error:  # noqa: BLE001 - raised in `run`, in the thread of the caller
                self._errors.append(error)
            finally:
                with self._changed:
                    self._busy -= 1
                    self._tasks.extendleft(reversed(further))
                    self._changed.notify_all()

    def _next(self) -> T | None:
        """A task to begin. Waits while tasks under way may still bring one up; None when there is nothing left to begin."""
        with self._changed:
            while not self._errors and (not self._begun or self.may_start()):
                if self._tasks:
                    self._begun = True
                    self._busy += 1
                    return self._tasks.popleft()
                if not self._busy:
                    return None
                self._changed.wait(0.5)
            return None


def no_thread() -> TransientError:
    """The system starts no thread for us."""
    return TransientError(
        "This machine starts no more threads for the connector. Raise its limit of processes (ulimit -u, pids of the container), or "
        "lower lote.concurrent_requests. Nothing is lost: the next sync sends again what is not delivered.",
    )
