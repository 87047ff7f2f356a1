"""What the emulated API asks of a record."""

from typing import Any

import pytest

from source_destination_clientes.sandbox.rules import REFUSED_BY_API, cliente_faults, endereco_faults
from unit_tests.kit.asgi import cliente

VERSIONS = ("v1", "v2", "v3")


def fields(version: str, **changes: Any) -> list[str]:
    return [name for name, _ in cliente_faults(version, {**cliente("L"), **changes})]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_plain_cliente_has_no_fault(version: str) -> None:
    assert fields(version) == []


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("empty", [None, ""])
@pytest.mark.parametrize(
    "name", ["idInquilino", "idProprietario", "idRetaguarda", "loteOrigem", "nome", "situacao"]
)
def test_a_required_field_that_is_empty_is_a_fault(version: str, name: str, empty: object) -> None:
    assert name in fields(version, **{name: empty})


def test_a_document_is_required_before_v3_only() -> None:
    assert [fields(version, cpfCnpj=None) for version in VERSIONS] == [["cpfCnpj"], ["cpfCnpj"], []]


@pytest.mark.parametrize(
    ("version", "name", "limit"),
    [
        ("v2", "nome", 200),
        ("v3", "nome", 250),
        ("v2", "cpfCnpj", 14),
        ("v3", "cpfCnpj", 25),
        ("v2", "email", 80),
        ("v3", "cep", 10),
    ],
)
def test_a_text_may_have_its_length_and_no_more(version: str, name: str, limit: int) -> None:
    assert fields(version, **{name: "x" * limit}) == []
    assert fields(version, **{name: "x" * (limit + 1)}) == [name]


@pytest.mark.parametrize("value", [7, True, ["x"], {"a": 1}])
def test_a_text_that_is_none_is_a_fault(value: object) -> None:
    assert fields("v2", nome=value) == ["nome"]


@pytest.mark.parametrize(
    ("name", "last"), [("pessoaFisica", 1), ("situacao", 1), ("sexo", 2), ("estadoCivil", 6)]
)
def test_a_code_is_a_whole_number_of_its_list(name: str, last: int) -> None:
    assert fields("v3", **{name: last}) == []
    for odd in (last + 1, -1, str(last), True, 1.0):
        assert fields("v3", **{name: odd}) == [name]


def test_a_business_rule_refuses_by_name() -> None:
    assert fields("v2", nome=f"Ana {REFUSED_BY_API}") == ["nome"]


def test_an_address_must_name_its_cliente() -> None:
    address = {**cliente("L"), "idClienteRetaguarda": "C-1", "tipoEndereco": 2}
    assert endereco_faults(address) == []
    assert [name for name, _ in endereco_faults({**address, "idClienteRetaguarda": ""})] == [
        "idClienteRetaguarda"
    ]
    assert [name for name, _ in endereco_faults({**address, "tipoEndereco": 3})] == ["tipoEndereco"]
