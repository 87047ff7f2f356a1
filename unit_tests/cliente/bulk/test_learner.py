"""Learning what the records of a stream look like."""

from typing import Any

import pytest

from source_destination_clientes.cliente.bulk.learner import ColumnLearner, make_learner
from source_destination_clientes.cliente.mapping import compile_mapping
from unit_tests.kit.bulk import GOOD, BulkBench, encode, reader_of
from unit_tests.kit.mapping import make_options


class Compilations:
    """Counts how often a struct is compiled."""

    def __init__(self) -> None:
        self.count = 0

    def reader_of(self, row: type[Any]) -> Any:
        self.count += 1
        return reader_of(row)


def learner_of(compilations: Compilations) -> ColumnLearner:
    learner = make_learner(compile_mapping(make_options()), compilations.reader_of)
    assert learner is not None
    return learner


def test_nothing_is_mapped_in_bulk_before_a_record_was_seen() -> None:
    assert learner_of(Compilations()).map_all([encode(GOOD)]) == ()


def test_only_new_columns_and_types_are_compiled() -> None:
    compilations = Compilations()
    learner = learner_of(compilations)
    learner.learn(GOOD)
    learner.learn({**GOOD, "nome": "João", "email": None})
    assert compilations.count == 1
    learner.learn({**GOOD, "email": "j@example.com"})
    assert compilations.count == 2
    learner.learn({**GOOD, "novo": 1})
    assert compilations.count == 3


def test_a_null_says_nothing_about_the_type_of_a_column() -> None:
    compilations = Compilations()
    learner = learner_of(compilations)
    learner.learn(GOOD)
    learner.learn({**GOOD, "sexo": None, "nome": None})
    assert compilations.count == 1


@pytest.mark.parametrize("later", ["feminino", "2", 2.0])
def test_a_column_of_two_types_is_read_as_both(later: object) -> None:
    bench = BulkBench(make_options(), GOOD, {**GOOD, "sexo": later})
    assert bench.takes({**GOOD, "sexo": later})
    assert bench.takes(GOOD)
    bench.compare(GOOD, {**GOOD, "sexo": later})


def test_days_and_other_texts_in_one_column_are_texts() -> None:
    bench = BulkBench(make_options(), GOOD, {**GOOD, "dataNascimento": "1980-02-29T00:00:00Z"})
    assert bench.takes({**GOOD, "dataNascimento": "1980-02-29T00:00:00Z"})
    assert bench.takes(GOOD)


def test_two_columns_for_one_field_are_left_to_the_mapper() -> None:
    both = {**GOOD, "NOME": GOOD["nome"]}
    bench = BulkBench(make_options(), GOOD)
    assert bench.takes(GOOD)
    bench.compare(both)
    assert not bench.takes(both)
    assert not bench.takes(GOOD)


def test_a_column_whose_name_no_struct_can_have_is_left_to_the_mapper() -> None:
    odd = {**GOOD, 'a "quoted" name': 1}
    bench = BulkBench(make_options(), odd)
    assert not bench.takes(odd)
    bench.compare(odd)


def test_a_source_whose_columns_never_repeat_is_soon_left_to_the_mapper() -> None:
    compilations = Compilations()
    learner = learner_of(compilations)
    for number in range(700):
        learner.learn({**GOOD, f"column_{number}": 1})
    assert compilations.count == 50
    assert not learner.map_all([encode({**GOOD, "column_699": 1})])


def test_a_record_with_very_many_columns_is_left_to_the_mapper() -> None:
    compilations = Compilations()
    learner = learner_of(compilations)
    learner.learn(GOOD)
    learner.learn({**GOOD, **{f"column_{number}": 1 for number in range(500)}})
    learner.learn({**GOOD, "novo": 1})
    assert compilations.count == 1
    assert not learner.map_all([encode(GOOD)])


def test_an_expression_has_no_learner() -> None:
    mapping = compile_mapping(make_options(fields=[("nome", "{{ record.first ~ record.last }}")]))
    assert make_learner(mapping, reader_of) is None
