import pytest

from source_destination_clientes.manifest.read import with_objects
from source_destination_clientes.manifest.shipped import shipped_manifest
from unit_tests.kit.manifests import PLANO


@pytest.mark.parametrize(
    ("stream", "name"),
    [
        ("cliente", "cliente"),
        ("Clientes", "cliente"),
        ("clienteenderecos", "cliente_endereco"),
        ("ANEXOS", "anexo"),
        ("planos", "plano"),
        ("crm_customers", None),
    ],
)
def test_a_stream_is_known_by_the_names_of_its_object_in_any_case(stream: str, name: str | None) -> None:
    found = with_objects(shipped_manifest(), PLANO).of_stream(stream)
    assert (found.name if found else None) == name


def test_a_lote_carries_objects_as_declared_but_for_those_that_go_after_others() -> None:
    order = [name for name, _ in with_objects(shipped_manifest(), PLANO).sent()]
    assert order == ["ramo_atividade", "regiao", "plano", "cliente", "cliente_endereco"]


def test_a_name_that_nobody_declared_finds_nothing() -> None:
    assert shipped_manifest().find("plano") is None
