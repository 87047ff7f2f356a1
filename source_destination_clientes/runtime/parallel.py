"""Working through tasks with several threads, where doing one task can bring up further ones."""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class Crew(Generic[T]):
    """Threads that share one list of tasks.

    `do` handles a task and returns the tasks it leaves to be done; `go_on` is asked before each task but the first: when it
    says no, what is left stays in `tasks`. Threads are daemons, so that a call that hangs cannot keep the process from ending.
    """

    tasks: deque[T]
    do: Callable[[T], Iterable[T]]
    go_on: Callable[[], bool]
    errors: list[Exception] = field(default_factory=list)
    _busy: int = 0
    _begun: bool = False
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def run(self, threads: int, give_up: Callable[[], bool]) -> bool:
        """Work until nothing is left to begin, then raise the first error; False when `give_up` said to stop waiting."""
        crew = [threading.Thread(target=self._work, name="send", daemon=True) for _ in range(threads)]
        for member in crew:
            member.start()
        for member in crew:
            while member.is_alive() and not give_up():
                member.join(1.0)
        if self.errors:
            raise self.errors[0]
        return not any(member.is_alive() for member in crew)

    def _work(self) -> None:
        while (task := self._next()) is not None:
            left: list[T] = []
            try:
                left = list(self.do(task))
            except Exception as error:  # noqa: BLE001 - raised in `run`, in the thread of the caller
                self.errors.append(error)
            finally:
                with self._changed:
                    self._busy -= 1
                    self.tasks.extendleft(reversed(left))
                    self._changed.notify_all()

    def _next(self) -> T | None:
        """A task to begin; waits while others may still bring some up."""
        with self._changed:
            while not self.errors and (not self._begun or self.go_on()):
                if self.tasks:
                    self._begun = True
                    self._busy += 1
                    return self.tasks.popleft()
                if not self._busy:
                    return None
                self._changed.wait(0.5)
            return None
