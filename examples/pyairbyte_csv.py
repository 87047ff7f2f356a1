"""Send a CSV of clientes to the tills: airbyte-source-file reads it, PyAirbyte passes the records on.

    python3 -m venv pyairbyte   && pyairbyte/bin/pip install airbyte
    python3 -m venv source-file && source-file/bin/pip install airbyte-source-file
    python3 -m venv destination && destination/bin/pip install .
    pyairbyte/bin/python examples/pyairbyte_csv.py --config config.json --csv examples/clientes.csv \\
        --source source-file/bin/source-file --destination destination/bin/destination-clientes

Columns named like the API's fields need no mapping. Three fields are mapped here: a key with another name, a name in two columns,
and a date in Brazilian order. Two of the five clientes are rejected: one has no document, one a wrong check digit.
"""

import argparse
import json
from pathlib import Path
from typing import Any, Final

import airbyte
from airbyte.strategies import WriteStrategy

MAPPING: Final[dict[str, Any]] = {
    "stream": "clientes",
    "fields": [
        {"field": "idRetaguarda", "value": "codigo"},
        {"field": "nome", "value": "{{ record.nome ~ ' ' ~ record.sobrenome }}"},
        {"field": "dataNascimento", "value": "{{ record.data_nascimento | date('%d/%m/%Y') }}"},
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
    parser.add_argument("--csv", required=True, type=Path, help="the file to read")
    parser.add_argument("--source", required=True, type=Path, help="the executable source-file")
    parser.add_argument("--destination", required=True, type=Path, help="the executable destination-clientes")
    options = parser.parse_args()

    config = json.loads(options.config.read_text()) | {"streams": [MAPPING]}
    destination = airbyte.get_destination(
        "destination-clientes", config=config, local_executable=options.destination
    )
    destination.check()
    source = airbyte.get_source(
        "source-file",
        config={
            "dataset_name": "clientes",
            "format": "csv",
            # Everything as text: a CPF read as a number loses its leading zeros.
            "reader_options": json.dumps({"dtype": "str"}),
            "url": str(options.csv.resolve()),
            "provider": {"storage": "local"},
        },
        local_executable=options.source,
        streams=["clientes"],
    )
    # A file has no key and no cursor, so PyAirbyte would choose to replace what is there; clientes are only ever upserted.
    result = destination.write(source, cache=False, state_cache=False, write_strategy=WriteStrategy.APPEND)
    print(f"{result.processed_records} records given to destination-clientes")


if __name__ == "__main__":
    main()
