"""Which customer a CPF belongs to, asked a hundred at a time and remembered within the sync."""

from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Final

from source_destination_clientes.anexo.api import MOST_PER_LOOKUP, Customer, CustomersApi, Filter, Refused
from source_destination_clientes.errors import ConfigError
from source_destination_clientes.runtime.parallel import TaskPool

_REMEMBERED: Final = 20_000
"""Answers kept; beyond that the oldest are asked for again."""

_BAD_VALUE: Final = frozenset({400, 413, 414, 422})
"""Statuses that one odd value among many can cause."""


@dataclass(frozen=True, slots=True)
class Found:
    """The customers an id or document stands for, deleted ones left out; `refusal` when the API would not even look."""

    customers: tuple[Customer, ...]
    refusal: Refused | None = None


@dataclass(slots=True)
class Directory:
    """Looks customers up. Safe to share between threads."""

    api: CustomersApi
    remembered: int = _REMEMBERED
    _found: OrderedDict[tuple[Filter, str], Found] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def look_up(
        self,
        wanted: Mapping[Filter, Iterable[str]],
        threads: int,
        go_on: Callable[[], bool],
        give_up: Callable[[], bool],
    ) -> dict[tuple[Filter, str], Found]:
        """Whom these values stand for; values that could not be asked for in time are absent.

        Raises `ConfigError` when the API answers in a way that no value explains.
        """
        found: dict[tuple[Filter, str], Found] = {}
        tasks: deque[tuple[Filter, list[str]]] = deque()
        with self._lock:
            for name, values in wanted.items():
                unknown = []
                for value in dict.fromkeys(values):
                    known = self._found.get((name, value))
                    if known is None:
                        unknown.append(value)
                    else:
                        found[name, value] = known
                chunks = (
                    unknown[at : at + MOST_PER_LOOKUP] for at in range(0, len(unknown), MOST_PER_LOOKUP)
                )
                tasks.extend((name, chunk) for chunk in chunks)

        def ask(task: tuple[Filter, list[str]]) -> Iterable[tuple[Filter, list[str]]]:
            name, values = task
            answer = self.api.find(name, values)
            if isinstance(answer, Refused):
                if answer.status not in _BAD_VALUE:
                    raise ConfigError(
                        f"The customers API does not look up customers (HTTP {answer.status}). Check attachments.base_url and "
                        "the rights of the key.",
                    )
                if len(values) > 1:
                    middle = len(values) // 2
                    return [(name, values[:middle]), (name, values[middle:])]
                self._note({(name, values[0]): Found((), answer)}, found)
                return []
            self._note(_by_value(name, values, answer), found)
            return []

        if tasks:
            TaskPool(ask, go_on, give_up).run(tasks, min(threads, len(tasks)))
        return found

    def learn(self, customer: Customer) -> None:
        """Remember what is attached to a customer now."""
        with self._lock:
            for key in (("id", customer.id), ("document", customer.document)):
                known = self._found.get(key)
                if known is not None and len(known.customers) == 1:
                    files = (known.customers[0].files or frozenset()) | (customer.files or frozenset())
                    self._found[key] = Found((replace(known.customers[0], files=files),))

    def _note(
        self, answers: Mapping[tuple[Filter, str], Found], found: dict[tuple[Filter, str], Found]
    ) -> None:
        with self._lock:
            found.update(answers)
            self._found.update(answers)
            while len(self._found) > self.remembered:
                self._found.popitem(last=False)


def _by_value(
    name: Filter, values: Iterable[str], customers: Iterable[Customer]
) -> dict[tuple[Filter, str], Found]:
    live: defaultdict[str, list[Customer]] = defaultdict(list)
    for customer in customers:
        if not customer.deleted:
            live[customer.id if name == "id" else customer.document].append(customer)
    return {(name, value): Found(tuple(live[value])) for value in values}
