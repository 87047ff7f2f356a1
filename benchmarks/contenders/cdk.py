# What it imports is installed in its own environment, not where types are checked.
# mypy: ignore-errors
"""An Airbyte destination as the CDK's documentation leads one to write it: buffer, flush when full and at each state."""

import sys
from collections.abc import Iterable, Mapping
from typing import Any

import requests
from airbyte_cdk.destinations import Destination
from airbyte_cdk.models import (
    AirbyteConnectionStatus,
    AirbyteMessage,
    ConfiguredAirbyteCatalog,
    ConnectorSpecification,
    Status,
    Type,
)
from lote import CLIENTES, RECORDS_PER_REQUEST, open_lote


class NaiveDestination(Destination):
    def spec(self, *args: Any, **kwargs: Any) -> ConnectorSpecification:  # noqa: ARG002 - the CDK's signature
        return ConnectorSpecification(connectionSpecification={"type": "object", "properties": {}})

    def check(self, logger: Any, config: Mapping[str, Any]) -> AirbyteConnectionStatus:  # noqa: ARG002 - the CDK's signature
        return AirbyteConnectionStatus(status=Status.SUCCEEDED)

    def write(
        self,
        config: Mapping[str, Any],  # noqa: ARG002 - the CDK's signature
        configured_catalog: ConfiguredAirbyteCatalog,  # noqa: ARG002 - the CDK's signature
        input_messages: Iterable[AirbyteMessage],
    ) -> Iterable[AirbyteMessage]:
        session = requests.Session()
        waiting: list[dict[str, Any]] = []

        def flush() -> None:
            if waiting:
                session.post(CLIENTES, json=waiting).raise_for_status()
                waiting.clear()

        with open_lote() as fields:
            for message in input_messages:
                if message.type == Type.STATE:
                    flush()
                    yield message
                elif message.type == Type.RECORD and message.record is not None:
                    waiting.append({**message.record.data, **fields})
                    if len(waiting) >= RECORDS_PER_REQUEST:
                        flush()
            flush()


if __name__ == "__main__":
    NaiveDestination().run(sys.argv[1:])
