"""The connector as airbyte-cdk's `Destination`, for callers in Python: PyAirbyte, Airbyte's standard tests.

The command line goes straight to `commands`, which needs no CDK. Here is the translation to the CDK's objects, and nothing else.
"""

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
from source_destination_clientes.commands.check import find_problems
from source_destination_clientes.commands.write import assemble_write
from source_destination_clientes.protocol.catalog import parse_catalog
from source_destination_clientes.protocol.output import Output
from source_destination_clientes.protocol.stdin import MessageSource
from source_destination_clientes.runtime.stopping import Stop
from source_destination_clientes.settings.spec import build_spec


class DestinationClientes(Destination):
    """The connector as Airbyte and PyAirbyte know it.

    `run` does not use the CDK's: that would lose the `id` of a state, a line that is not JSON, and a state in an unflushed buffer,
    and it has no `discover`.
    """

    VALID_CMDS = {"spec", "check", "discover", "write"}  # noqa: RUF012 - declared mutable by the CDK
    # Our own validation says where the mistake is without quoting the value, which may be a secret.
    check_config_against_spec = False

    def spec(self, logger: logging.Logger) -> ConnectorSpecification:  # noqa: ARG002 - the CDK's signature
        """The specification of the config."""
        return ConnectorSpecificationSerializer.load(build_spec())

    def check(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteConnectionStatus:  # noqa: ARG002
        """Whether a sync with this config could work; the message has one sentence for each problem."""
        problems = find_problems(config, Output(sys.stderr.buffer))
        if problems:
            return AirbyteConnectionStatus(status=Status.FAILED, message=" ".join(problems))
        return AirbyteConnectionStatus(status=Status.SUCCEEDED)

    def write(
        self,
        config: Mapping[str, Any],
        configured_catalog: ConfiguredAirbyteCatalog,
        input_messages: Iterable[AirbyteMessage],
    ) -> Iterator[AirbyteMessage]:
        """Write messages that are CDK objects. States come back as CDK objects, without keys that the CDK does not know."""
        catalog = parse_catalog(
            _encode(ConfiguredAirbyteCatalogSerializer.dump(configured_catalog)), "the catalog"
        )
        lines = (_encode(AirbyteMessageSerializer.dump(message)) for message in input_messages)
        sync = assemble_write(config, catalog, MessageSource(lines), Output(sys.stdout.buffer), Stop())
        for state in sync.run():
            yield AirbyteMessageSerializer.load(json.loads(state))

    def run(self, args: list[str]) -> None:
        """Run one command as Airbyte does; ends the process with status 1 after a TRACE ERROR when it fails."""
        if not args or args[0] not in self.VALID_CMDS:
            sys.stderr.write(f"destination-clientes: expected one of {', '.join(sorted(self.VALID_CMDS))}\n")
            sys.exit(2)
        airbyte.run(f"source_destination_clientes.commands.{args[0]}", args[1:])


def _encode(message: object) -> bytes:
    return msgspec.json.encode(message)
