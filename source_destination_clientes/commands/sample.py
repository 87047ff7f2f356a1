"""Invented clientes, the same for the same seed; one in twenty cannot be accepted."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final

from faker import Faker

_TROUBLES: Final[Sequence[str]] = ("wrong_digits", "no_name", "long_name", "bad_flag", "bad_code", "refused")
_ONE_BAD_IN: Final = 20
_TODAY: Final = date(2026, 1, 1)
"""Birth dates end on a fixed day, so that the sample does not change with the calendar."""


def sample_clientes(number: int, seed: int = 2026) -> Iterator[dict[str, Any]]:
    """Yield `number` records with the API's field names; one in twenty has one of six faults."""
    fake = Faker("pt_BR")
    fake.seed_instance(seed)
    for position in range(number):
        cliente = _company(fake) if position % 7 == 3 else _person(fake)
        cliente["idRetaguarda"] = f"C-{position + 1:06d}"
        if position % _ONE_BAD_IN == _ONE_BAD_IN - 1:
            _spoil(cliente, _TROUBLES[position // _ONE_BAD_IN % len(_TROUBLES)])
        yield cliente


def _person(fake: Faker) -> dict[str, Any]:
    name = fake.name()
    return {
        "nome": name,
        "cpfCnpj": fake.cpf(),
        "pessoaFisica": None,
        "rgInscricao": fake.numerify("##.###.###-#"),
        "dataNascimento": fake.date_between(date(1940, 1, 1), _TODAY).isoformat(),
        "sexo": fake.random_element([0, 1, 2]),
        "estadoCivil": fake.random_element([0, 1, 2, 3, 4, 5]),
        "email": f"{fake.user_name()}@example.com",
        **_address(fake),
    }


def _company(fake: Faker) -> dict[str, Any]:
    return {
        "nome": f"{fake.company()} Comércio de Alimentação e Conveniência",
        "cpfCnpj": fake.cnpj(),
        "rgInscricao": fake.numerify("###.###.###.###"),
        "atividade": fake.bs(),
        "email": f"{fake.user_name()}@example.org",
        **_address(fake),
    }


def _address(fake: Faker) -> dict[str, Any]:
    return {
        "endereco": fake.street_name(),
        "numero": fake.building_number(),
        "complemento": fake.random_element(["", "Apto 12", "Fundos", None]),
        "bairro": fake.bairro(),
        "cidade": fake.city(),
        "estado": fake.estado_sigla(),
        "cep": fake.postcode(),
        "celular": fake.numerify("(##) 9####-####"),
        "situacao": 1,
    }


def _spoil(cliente: dict[str, Any], trouble: str) -> None:
    changes: dict[str, dict[str, Any]] = {
        "wrong_digits": {"cpfCnpj": "123.456.789-00"},
        "no_name": {"nome": ""},
        "long_name": {"nome": "Associação Beneficente " * 15},
        "bad_flag": {"bloqueado": "talvez"},
        "bad_code": {"situacao": "E"},
        "refused": {"nome": f"{cliente['nome']} RECUSADO PELA API"},
    }
    cliente.update(changes[trouble])
