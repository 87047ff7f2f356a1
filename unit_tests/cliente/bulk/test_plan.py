"""Which mappings the bulk mapper can follow."""

from typing import Any

import pytest

from source_destination_clientes.cliente.bulk.plan import Plan, make_plan
from source_destination_clientes.cliente.coerce import Overlong
from source_destination_clientes.cliente.mapping import compile_mapping
from source_destination_clientes.cliente.preset import PRESETS
from unit_tests.kit.manifests import shipped
from unit_tests.kit.mapping import make_options


def plan_of(**options: Any) -> Plan | None:
    return make_plan(compile_mapping(make_options(**options)))


def planned(**options: Any) -> Plan:
    plan = plan_of(**options)
    assert plan is not None
    return plan


def test_columns_and_literals_make_a_plan() -> None:
    plan = planned(fields=[("nome", "full_name"), ("numero", "' S/N '"), ("complemento", "' '")])
    assert plan.columns == {"nome": "full_name"}
    assert plan.literals == {"numero": "S/N"}
    assert plan.constants == {
        "idInquilino": "tenant",
        "idProprietario": "owner",
        "situacao": 1,
        "numero": "S/N",
    }


@pytest.mark.parametrize("value", ["{{ record.nome }}", "address.name", "{% if record.x %}a{% endif %}"])
def test_an_expression_or_a_path_is_for_the_mapper(value: str) -> None:
    assert plan_of(fields=[("nome", value)]) is None


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_is_for_the_mapper_because_of_its_expressions(preset: str) -> None:
    assert plan_of(preset=preset) is None


def test_a_literal_that_does_not_fit_is_for_the_mapper_to_reject() -> None:
    assert plan_of(fields=[("sexo", "'robot'")]) is None


def test_a_stream_of_deletions_is_for_the_mapper() -> None:
    assert plan_of(soft_delete=True) is None


def test_the_coercers_of_a_plan_say_what_is_left_of_a_text() -> None:
    with pytest.raises(Overlong, match="has 16 characters"):
        planned(overlong="truncate").targets["numero"].coerce("x" * 16)


def test_the_document_decides_about_a_person() -> None:
    assert planned().deduces_person
    assert not planned(object=shipped("anexo")).deduces_person


def test_a_column_that_the_config_replaces_fills_no_field() -> None:
    plan = planned(fields=[("nome", "full_name")])
    assert plan.find("NOME") is None
    found = plan.find("CPF_CNPJ")
    assert found is not None
    assert found.field.name == "cpfCnpj"


@pytest.mark.parametrize("column", ["attachments", "ATTACHMENTS", "_ab_cdc_deleted_at", "_AB_CDC_DELETED_AT"])
def test_deletions_and_attachments_are_for_the_mapper_where_the_object_has_a_key(column: str) -> None:
    assert planned().is_for_the_mapper(column)
    assert not planned(object=shipped("anexo")).is_for_the_mapper(column)
