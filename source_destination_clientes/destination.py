"""The connector as airbyte-cdk's `Destination`, for who calls it from Python: PyAirbyte, Airbyte's standard tests.

The command line goes straight to `verbs`, which needs no CDK; here are its objects, and nothing else.
"""

import argparse
import json
import logging
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from airbyte_cdk.destinations import Destination
from airbyte_cdk.models import (
    AirbyteConnectionStatus,
    AirbyteMessage,
    AirbyteMessageSerializer,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteCatalogSerializer,
    ConnectorSpecification,
    ConnectorSpecificationSerializer,
    Status,
)

from source_destination_clientes.commands import airbyte
from source_destination_clientes.protocol.catalog import parse_catalog
from source_destination_clientes.protocol.output import Output
from source_destination_clientes.protocol.stdin import MessageSource
from source_destination_clientes.runtime.stopping import Stop
from source_destination_clientes.settings.spec import build_spec


class DestinationClientes(Destination):
    """The connector as Airbyte and PyAirbyte know it.

    Goes its own way where the CDK would lose something: the `id` of a state, a line that is not JSON, a state in an unflushed
    buffer, `discover`.
    """

    VALID_CMDS = {"spec", "check", "discover", "write"}  # noqa: RUF012 - declared mutable by the CDK
    # Our own validation says where the mistake is without quoting the value, which may be a secret.
    check_config_against_spec = False

    def spec(self, logger: logging.Logger) -> ConnectorSpecification:  # noqa: ARG002 - the CDK's signature
        """What the config looks like."""
        return ConnectorSpecificationSerializer.load(build_spec())

    def check(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteConnectionStatus:  # noqa: ARG002
        """Whether a sync with this config could work; the message is one sentence for each trouble."""
        problems = airbyte.find_problems(config, Output(sys.stderr.buffer))
        if problems:
            return AirbyteConnectionStatus(status=Status.FAILED, message=" ".join(problems))
        return AirbyteConnectionStatus(status=Status.SUCCEEDED)

    def write(
        self,
        config: Mapping[str, Any],
        configured_catalog: ConfiguredAirbyteCatalog,
        input_messages: Iterable[AirbyteMessage],
    ) -> Iterator[AirbyteMessage]:
        """Write messages that are already CDK objects; states come back as such, so without keys the CDK does not know."""
        catalog = parse_catalog(
            _encode(ConfiguredAirbyteCatalogSerializer.dump(configured_catalog)), "the catalog"
        )
        lines = (_encode(AirbyteMessageSerializer.dump(message)) for message in input_messages)
        sync = airbyte.assemble_write(
            config, catalog, MessageSource(lines), Output(sys.stdout.buffer), Stop()
        )
        for state in sync.run():
            yield AirbyteMessageSerializer.load(json.loads(state))

    def parse_args(self, args: list[str]) -> argparse.Namespace:
        """Read the command line as Airbyte writes it."""
        return airbyte.parse_args(args)

    def run(self, args: list[str]) -> None:
        """Run one command as Airbyte does; ends the process with status 1 after a TRACE ERROR when it fails."""
        airbyte.run(args)


def _encode(message: object) -> bytes:
    return msgspec.json.encode(message)
