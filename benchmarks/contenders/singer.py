# What it imports is installed in its own environment, not where types are checked.
# mypy: ignore-errors
"""A Singer target with the SDK's BatchSink, its defaults kept but for the size of a request."""

from typing import Any

import requests
from lote import CLIENTES, RECORDS_PER_REQUEST, open_lote
from singer_sdk.sinks import BatchSink
from singer_sdk.target_base import Target


class ClientesSink(BatchSink):
    max_size = RECORDS_PER_REQUEST

    def setup(self) -> None:
        self._session = requests.Session()
        self._lote = open_lote()
        self._fields = self._lote.__enter__()

    def process_batch(self, context: dict[str, Any]) -> None:
        records = [{**record, **self._fields} for record in context["records"]]
        self._session.post(CLIENTES, json=records).raise_for_status()

    def clean_up(self) -> None:
        self._lote.__exit__(None, None, None)


class TargetClientes(Target):
    name = "target-clientes"
    config_jsonschema = {"type": "object", "properties": {}}  # noqa: RUF012 - the SDK's form
    default_sink_class = ClientesSink


if __name__ == "__main__":
    TargetClientes.cli()
