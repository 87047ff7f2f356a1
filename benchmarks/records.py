"""Invented clientes as Airbyte messages: the same ones for the same arguments.

    python -m benchmarks.records --records 100000 --bad 0.2 --output build/bench/data/records.jsonl

A cliente is a JSON object of about 600 bytes with 25 of the API's fields. Names, documents and addresses are made up from
short lists; documents have valid check digits, and belong to whoever happens to have them.
"""

import argparse
import json
import random
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

Cliente = dict[str, Any]

_SEED: Final = 20260101
_RECORDS_PER_STATE: Final = 10_000
_COMPANIES: Final = 0.2
"""The share of clientes that are companies, with a CNPJ."""

_FIRST: Final = (
    "Ana",
    "João",
    "Márcia",
    "Antônio",
    "Beatriz",
    "Caio",
    "Débora",
    "Éder",
    "Fátima",
    "Rafael",
    "Lúcia",
    "Otávio",
)
_LAST: Final = (
    "Souza",
    "Conceição",
    "Araújo",
    "Lima",
    "Gonçalves",
    "Pereira",
    "Assunção",
    "Ribeiro",
    "Teixeira",
    "Moura",
)
_STREETS: Final = (
    "Rua das Palmeiras",
    "Avenida São João",
    "Travessa do Comércio",
    "Alameda dos Ipês",
    "Rua Quinze de Novembro",
)
_CITIES: Final = (
    ("São Paulo", "SP", "Vila Mariana"),
    ("Belo Horizonte", "MG", "Funcionários"),
    ("Goiânia", "GO", "Setor Bueno"),
    ("Florianópolis", "SC", "Trindade"),
    ("Maceió", "AL", "Pajuçara"),
)
_ACTIVITIES: Final = (
    "comércio varejista de alimentos",
    "professora da rede municipal",
    "prestador de serviços",
    "aposentado",
)


def cpf(base: int) -> str:
    """A valid CPF from nine digits."""
    digits = [int(digit) for digit in f"{base:09d}"]
    for length in (10, 11):
        rest = (
            sum(digit * weight for digit, weight in zip(digits, range(length, 1, -1), strict=True)) * 10 % 11
        )
        digits.append(rest % 10)
    return "".join(map(str, digits))


def cnpj(base: int) -> str:
    """A valid CNPJ of a first establishment, from eight digits."""
    digits = [int(digit) for digit in f"{base:08d}0001"]
    for weights in ((5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2), (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)):
        rest = sum(digit * weight for digit, weight in zip(digits, weights, strict=True)) % 11
        digits.append(0 if rest < 2 else 11 - rest)
    return "".join(map(str, digits))


def cliente(number: int, pick: random.Random) -> Cliente:
    """The good cliente of that number."""
    first, last, other = pick.choice(_FIRST), pick.choice(_LAST), pick.choice(_LAST)
    city, state, district = pick.choice(_CITIES)
    company = pick.random() < _COMPANIES
    return {
        "idRetaguarda": f"C-{number:09d}",
        "nome": f"{first} {last} {other}",
        "cpfCnpj": cnpj(10_000_000 + number) if company else cpf(100_000_000 + number),
        "situacao": 1,
        "endereco": pick.choice(_STREETS),
        "numero": str(pick.randrange(1, 3000)),
        "complemento": f"Apto {pick.randrange(10, 200)}",
        "bairro": district,
        "cidade": city,
        "estado": state,
        "cep": f"{pick.randrange(10_000_000, 99_999_999)}",
        "telefone": f"11{pick.randrange(20_000_000, 59_999_999)}",
        "celular": f"119{pick.randrange(60_000_000, 99_999_999)}",
        "email": f"cliente.{number}@example.com",
        "dataNascimento": f"{pick.randrange(1940, 2006)}-{pick.randrange(1, 13):02d}-{pick.randrange(1, 29):02d}",
        "rgInscricao": f"{pick.randrange(10_000_000, 99_999_999)}",
        "sexo": pick.randrange(3),
        "estadoCivil": pick.randrange(7),
        "atividade": pick.choice(_ACTIVITIES),
        "IdRetaguardaPraca": f"P-{pick.randrange(100):03d}",
        "IdRetaguardaRegiao": f"R-{pick.randrange(30):02d}",
        "idRetaguardaTabelaPreco": f"T-{pick.randrange(10)}",
        "UtilizaPrecoAtacado": "False",
        "bloqueado": False,
        "pendenteAnaliseCredito": False,
    }


def _wrong_digit(good: Cliente) -> None:
    document = good["cpfCnpj"]
    good["cpfCnpj"] = document[:-1] + str((int(document[-1]) + 1) % 10)


def _no_name(good: Cliente) -> None:
    good["nome"] = None


def _long_name(good: Cliente) -> None:
    good["nome"] = "x" * 300


_MISTAKES: Final[tuple[Callable[[Cliente], None], ...]] = (_wrong_digit, _no_name, _long_name)
"""What no sender can leave out."""


def clientes(records: int, bad: float) -> Iterator[Cliente]:
    """That many clientes; a share of `bad` breaks one of the API's rules, each kind in turn."""
    pick = random.Random(_SEED)
    due, spoiled = 0.0, 0
    for number in range(records):
        made = cliente(number, pick)
        due += bad
        if due >= 1:
            due -= 1
            _MISTAKES[spoiled % len(_MISTAKES)](made)
            spoiled += 1
        yield made


def bad_among(records: int, bad: float) -> int:
    """How many of `clientes(records, bad)` are spoiled."""
    due, spoiled = 0.0, 0
    for _ in range(records):
        due += bad
        if due >= 1:
            due -= 1
            spoiled += 1
    return spoiled


def airbyte_lines(records: int, bad: float) -> Iterator[str]:
    """RECORD messages with a STATE after every 10,000 and at the end."""
    for number, made in enumerate(clientes(records, bad), 1):
        message = {"stream": "clientes", "data": made, "emitted_at": 1767225600000}
        yield _line({"type": "RECORD", "record": message})
        if number % _RECORDS_PER_STATE == 0 or number == records:
            state = {"stream_descriptor": {"name": "clientes"}, "stream_state": {"cursor": number}}
            yield _line({"type": "STATE", "state": {"type": "STREAM", "id": number, "stream": state}})


def singer_lines(records: int, bad: float) -> Iterator[str]:
    """The same clientes as Singer messages."""
    types = {str: "string", int: "integer", bool: "boolean"}
    example = cliente(0, random.Random(_SEED))
    properties = {name: {"type": ["null", types[type(value)]]} for name, value in example.items()}
    schema = {"type": "object", "properties": properties}
    yield _line(
        {"type": "SCHEMA", "stream": "clientes", "schema": schema, "key_properties": ["idRetaguarda"]}
    )
    for number, made in enumerate(clientes(records, bad), 1):
        yield _line({"type": "RECORD", "stream": "clientes", "record": made})
        if number % _RECORDS_PER_STATE == 0 or number == records:
            yield _line({"type": "STATE", "value": {"bookmarks": {"clientes": {"cursor": number}}}})


def _line(message: Cliente) -> str:
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")) + "\n"


def write_sqlite(records: int, bad: float, output: Path) -> None:
    """The same clientes as a table."""
    columns = list(cliente(0, random.Random(_SEED)))
    with sqlite3.connect(output) as connection:
        connection.execute(f"CREATE TABLE clientes ({', '.join(columns)})")
        marks = ", ".join("?" * len(columns))
        rows = (tuple(made.values()) for made in clientes(records, bad))
        connection.executemany(f"INSERT INTO clientes VALUES ({marks})", rows)
    connection.close()


def write(records: int, bad: float, form: str, output: Path) -> Path:
    """Make the file unless it is there; return its path."""
    if not output.exists():
        output.parent.mkdir(parents=True, exist_ok=True)
        unfinished = output.with_suffix(".part")
        unfinished.unlink(missing_ok=True)
        if form == "sqlite":
            write_sqlite(records, bad, unfinished)
        else:
            lines = singer_lines(records, bad) if form == "singer" else airbyte_lines(records, bad)
            with unfinished.open("w", encoding="utf-8") as file:
                file.writelines(lines)
        unfinished.rename(output)
    return output


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--records", type=int, required=True)
    parser.add_argument("--bad", type=float, default=0.0, help="share of clientes that break a rule, 0 to 1")
    parser.add_argument("--form", choices=["airbyte", "singer", "sqlite"], default="airbyte")
    parser.add_argument("--output", type=Path, required=True)
    given = parser.parse_args()
    print(write(given.records, given.bad, given.form, given.output))


if __name__ == "__main__":
    main()
