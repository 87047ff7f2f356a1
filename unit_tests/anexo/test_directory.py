"""Which customer a CPF belongs to."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from source_destination_clientes.anexo.api import Customer, Filter, Refused
from source_destination_clientes.anexo.directory import Directory, Found
from source_destination_clientes.errors import ConfigError


@dataclass
class Api:
    """Knows some customers; refuses lists that hold one of the `odd` values."""

    customers: Sequence[Customer] = ()
    odd: frozenset[str] = frozenset()
    status: int = 400
    asked: list[list[str]] = field(default_factory=list)

    def find(self, name: Filter, values: Sequence[str]) -> Iterator[Customer] | Refused:
        self.asked.append(list(values))
        if self.odd & set(values):
            return Refused(self.status, "INVALID_QUERY", "no such document")
        return iter(
            [each for each in self.customers if (each.id if name == "id" else each.document) in values]
        )


def customer(number: int, *, deleted: bool = False, files: Iterable[str] = ()) -> Customer:
    return Customer(f"cust_{number}", f"{number:011d}", frozenset(files), deleted)


def look_up(directory: Directory, documents: Iterable[str]) -> dict[str, Found]:
    found = directory.look_up({"document": documents}, 4, lambda: True, lambda: False)
    return {value: answer for (_, value), answer in found.items()}


def make(api: Api, remembered: int = 1000) -> Directory:
    return Directory(api, remembered)  # type: ignore[arg-type] # stands in for the API


def test_a_hundred_documents_are_asked_for_at_a_time_and_each_once() -> None:
    api = Api([customer(n) for n in range(250)])
    documents = [f"{n:011d}" for n in range(250)]
    found = look_up(make(api), [*documents, *documents])
    assert sorted(map(len, api.asked)) == [50, 100, 100]
    assert {value: answer.customers[0].id for value, answer in found.items()} == {
        f"{n:011d}": f"cust_{n}" for n in range(250)
    }


def test_what_was_asked_for_is_remembered_even_when_nobody_was_found() -> None:
    api = Api()
    directory = make(api)
    for _ in range(3):
        assert look_up(directory, ["1"])["1"].customers == ()
    assert api.asked == [["1"]]


def test_the_memory_is_bounded() -> None:
    api = Api()
    directory = make(api, remembered=10)
    look_up(directory, [str(n) for n in range(50)])
    look_up(directory, ["49"])
    assert len(api.asked) == 1
    look_up(directory, ["0"])
    assert api.asked[-1] == ["0"]


def test_deleted_customers_do_not_count() -> None:
    gone = Customer("cust_9", f"{1:011d}", frozenset(), deleted=True)
    assert look_up(make(Api([customer(1), gone])), [f"{1:011d}"])[f"{1:011d}"].customers == (customer(1),)


def test_one_odd_value_does_not_keep_the_others_from_being_found() -> None:
    api = Api([customer(n) for n in range(100)], odd=frozenset({f"{37:011d}"}))
    found = look_up(make(api), [f"{n:011d}" for n in range(100)])
    assert [value for value, answer in found.items() if answer.refusal] == [f"{37:011d}"]
    assert sum(len(answer.customers) for answer in found.values()) == 99
    assert len(api.asked) < 20


def test_a_refusal_that_no_value_explains_is_a_config_error() -> None:
    with pytest.raises(ConfigError, match=r"attachments\.base_url"):
        look_up(make(Api(odd=frozenset({"1"}), status=404)), ["1", "2"])


def test_a_file_attached_in_this_sync_is_known_to_the_next_load() -> None:
    directory = make(Api([customer(1)]))
    look_up(directory, [f"{1:011d}"])
    directory.learn(customer(1, files=["file_1"]))
    assert look_up(directory, [f"{1:011d}"])[f"{1:011d}"].customers[0].files == frozenset({"file_1"})
