# What it imports is installed in its own environment, not where types are checked.
# mypy: ignore-errors
"""A dlt pipeline into a custom destination, its defaults kept but for the size of a request."""

import json
import sys
from collections.abc import Iterator
from tempfile import TemporaryDirectory
from typing import Any

import dlt
import requests
from lote import CLIENTES, RECORDS_PER_REQUEST, open_lote


@dlt.resource(name="clientes")
def clientes() -> Iterator[dict[str, Any]]:
    for line in sys.stdin:
        message = json.loads(line)
        if message["type"] == "RECORD":
            yield message["record"]["data"]


def main() -> None:
    session = requests.Session()
    with TemporaryDirectory() as folder, open_lote() as fields:

        @dlt.destination(batch_size=RECORDS_PER_REQUEST, naming_convention="direct", name="clientes")
        def send(items: list[dict[str, Any]], table: Any) -> None:  # noqa: ARG001 - dlt's signature
            records = [{**item, **fields} for item in items]
            session.post(CLIENTES, json=records).raise_for_status()

        pipeline = dlt.pipeline("clientes", destination=send, pipelines_dir=folder)
        pipeline.run(clientes()).raise_on_failed_jobs()


if __name__ == "__main__":
    main()
