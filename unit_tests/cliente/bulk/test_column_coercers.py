"""Coercing a column gives for each value what the field's coercer gives, or rejects the row."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.cliente.bulk import column_coercers
from source_destination_clientes.cliente.bulk.column_coercers import ColumnCoercer, Rows
from source_destination_clientes.cliente.coerce import Coercer, CoercionRules, make_coercer
from source_destination_clientes.cliente.readers.misfit import Misfit
from source_destination_clientes.cliente.readers.nothing import make_nothing
from source_destination_clientes.cliente.readers.text import clean
from source_destination_clientes.settings.mapping import NOTHING_WORDS
from unit_tests.kit.manifests import shipped

FIELD = {field.name: field for field in shipped("cliente").fields["v3"]}
COERCER = {name: make_coercer(field, CoercionRules()) for name, field in FIELD.items()}
NOTHING = make_nothing(NOTHING_WORDS).words
REJECTED = object()


def coerced(coerce: ColumnCoercer, column: Sequence[Any]) -> list[object]:
    """The coerced values, with a mark in each rejected row."""
    rows = Rows()
    values = coerce(column, rows)
    assert len(values) == len(column)
    return [REJECTED if row in rows.rejected | rows.unfit else value for row, value in enumerate(values)]


def one_by_one(coerce: Coercer, column: Sequence[Any]) -> list[object]:
    """What the mapper makes of each value alone."""

    def alone(value: Any) -> object:
        if value is None or not str(value).strip():
            return None
        try:
            found = coerce(value)
        except Misfit:
            return REJECTED
        return None if found == "" else found

    return [alone(value) for value in column]


composed = st.characters(categories=["L", "N", "P", "Zs"]).filter(
    lambda letter: clean(f"a{letter}b") == f"a{letter}b"
)
printable = st.text(composed, max_size=8).filter(lambda text: "  " not in text)
"""What the bulk mapper leaves to a column coercer: the rest shows in the encoded body."""
texts = st.lists(st.none() | printable, max_size=6)


@given(texts)
def test_texts_are_coerced_as_one_by_one(column: list[str | None]) -> None:
    assert coerced(column_coercers.texts(COERCER["nome"], NOTHING), column) == one_by_one(
        COERCER["nome"], column
    )


@given(st.lists(st.none() | st.text("0123456789-. ٠", max_size=12) | printable, max_size=6))
def test_digits_are_coerced_as_one_by_one(column: list[str | None]) -> None:
    assert coerced(column_coercers.postal_codes(COERCER["cep"]), column) == one_by_one(COERCER["cep"], column)
    assert coerced(column_coercers.phones(COERCER["celular"]), column) == one_by_one(
        COERCER["celular"], column
    )


@given(
    st.lists(
        st.sampled_from([None, "52998224725", "529.982.247-25", "11222333000181", "12.ABC.345/01DE-35"])
        | st.text("0123456789.-A", max_size=14),
        max_size=6,
    )
)
def test_documents_are_coerced_as_one_by_one(column: list[str | None]) -> None:
    alone = one_by_one(COERCER["cpfCnpj"], column)
    together = coerced(column_coercers.documents, column)
    assert all(one in {other, REJECTED} for one, other in zip(together, alone, strict=True))


@given(st.lists(st.none() | st.integers(-2, 9) | st.booleans() | st.floats() | printable, max_size=6))
def test_values_of_any_type_are_coerced_one_by_one(column: list[Any]) -> None:
    coerce = column_coercers.each(COERCER["estadoCivil"])
    assert coerced(coerce, column) == one_by_one(COERCER["estadoCivil"], column)


def test_the_default_stands_where_a_record_has_no_value() -> None:
    assert coerced(column_coercers.or_default(1), [None, 0, None]) == [1, 0, 1]
    assert coerced(column_coercers.or_default(1), [0, 1]) == [0, 1]


def test_a_row_without_a_required_value_is_rejected() -> None:
    assert coerced(column_coercers.required, ["a", None, 0]) == ["a", REJECTED, 0]


@pytest.mark.parametrize("nothing", [None, "", [], 0, False])
def test_a_row_with_a_forbidden_value_is_rejected(nothing: object) -> None:
    assert coerced(column_coercers.forbidden, [nothing, "x"]) == [nothing, REJECTED]


@pytest.mark.parametrize(
    "coerce", [column_coercers.texts(COERCER["nome"], NOTHING), column_coercers.digits(COERCER["cep"])]
)
def test_rows_that_were_rejected_before_stay_rejected(coerce: ColumnCoercer) -> None:
    rows = Rows({1})
    coerce(["1", "2"], rows)
    assert rows.rejected == {1}
