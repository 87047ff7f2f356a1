"""Send users invented by source-faker to the tills, with PyAirbyte as the client.

The three programs want different versions of the same libraries, so each has an environment of its own:

    python3 -m venv pyairbyte    && pyairbyte/bin/pip install airbyte
    python3 -m venv source-faker && source-faker/bin/pip install airbyte-source-faker
    python3 -m venv destination  && destination/bin/pip install .
    pyairbyte/bin/python examples/pyairbyte_faker.py --config config.json \\
        --source source-faker/bin/source-faker --destination destination/bin/destination-clientes

Faker's users have no CPF, and this example invents no document. So it uses v3 of the API, which takes clientes without one. For v2,
which requires one, map cpfCnpj to a column of your source.
"""

import argparse
import json
from pathlib import Path
from typing import Any, Final

import airbyte

MAPPING: Final[dict[str, Any]] = {
    "stream": "users",
    "object": "cliente",
    "fields": [
        {"field": "idRetaguarda", "value": "{{ 'FAKER-' ~ record.id }}"},
        {"field": "nome", "value": "name"},
        # There is no document to derive it from, so the mapping says that these are people.
        {"field": "pessoaFisica", "value": "'pessoa física'"},
        {"field": "sexo", "value": "{{ record.gender | code({'Male': 1, 'Female': 2}) or 0 }}"},
        {"field": "telefone", "value": "{{ record.telephone | digits }}"},
        {"field": "cidade", "value": "address.city"},
        {"field": "endereco", "value": "address.street_name"},
        {"field": "numero", "value": "address.street_number"},
        {"field": "cep", "value": "{{ record.address.postal_code | digits }}"},
    ],
}


def main() -> None:
    """Check, then write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--config", required=True, type=Path, help="config of the destination; streams are set here"
    )
    parser.add_argument("--source", required=True, type=Path, help="the executable source-faker")
    parser.add_argument("--destination", required=True, type=Path, help="the executable destination-clientes")
    parser.add_argument("--count", type=int, default=200, help="how many users to invent")
    options = parser.parse_args()

    config = json.loads(options.config.read_text()) | {"api_version": "v3", "streams": [MAPPING]}
    destination = airbyte.get_destination(
        "destination-clientes", config=config, local_executable=options.destination
    )
    destination.check()
    source = airbyte.get_source(
        "source-faker",
        config={"count": options.count, "seed": 7, "parallelism": 1},
        local_executable=options.source,
        streams=["users"],
    )
    result = destination.write(source, cache=False, state_cache=False)
    print(f"{result.processed_records} records given to destination-clientes")


if __name__ == "__main__":
    main()
