"""Airbyte's verbs: spec, check, discover, write. Translates and decides nothing.

The class stands on airbyte-cdk's `Destination`, and goes its own way where the CDK would lose something: the `id` of a state,
a line that is not JSON, a state in an unflushed buffer, `discover`.
"""

import argparse
import gc
import json
import logging
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final

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

from source_destination_clientes.assemble import Edges, assemble_sync
from source_destination_clientes.check import check_connections
from source_destination_clientes.discover import destination_catalog
from source_destination_clientes.errors import ClientesError
from source_destination_clientes.protocol.catalog import ConfiguredStream, parse_catalog, read_catalog
from source_destination_clientes.protocol.config import read_config
from source_destination_clientes.protocol.inbox import LineSource, MessageSource, Source
from source_destination_clientes.protocol.output import Output
from source_destination_clientes.settings import Settings
from source_destination_clientes.spec import build_spec
from source_destination_clientes.stopping import Stop, heed_signals
from source_destination_clientes.sync import Sync

_GARBAGE_THRESHOLD: Final = 50_000
"""Allocations between garbage collections: records make no cycles, so looking for them often is wasted time."""


class DestinationClientes(Destination):
    """The connector as Airbyte and PyAirbyte know it."""

    VALID_CMDS = {"spec", "check", "discover", "write"}  # noqa: RUF012 - declared mutable by the CDK
    # Our own validation says where the mistake is without quoting the value, which may be a secret.
    check_config_against_spec = False

    def spec(self, logger: logging.Logger) -> ConnectorSpecification:  # noqa: ARG002 - the CDK's signature
        """What the config looks like."""
        return ConnectorSpecificationSerializer.load(build_spec())

    def check(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteConnectionStatus:  # noqa: ARG002
        """Whether a sync with this config could work; the message is one sentence for each trouble."""
        problems = _problems(config, Output(sys.stderr.buffer))
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
        sync = _assemble(config, catalog, MessageSource(lines), Output(sys.stdout.buffer), Stop())
        for state in sync.run():
            yield AirbyteMessageSerializer.load(json.loads(state))

    def parse_args(self, args: list[str]) -> argparse.Namespace:
        """Read the command line as Airbyte writes it."""
        parser = argparse.ArgumentParser(prog="destination-clientes")
        commands = parser.add_subparsers(title="commands", dest="command", required=True)
        commands.add_parser("spec", help="print the specification of the config")
        for name, text in (
            ("check", "see whether a sync could work"),
            ("discover", "print what can be written"),
        ):
            commands.add_parser(name, help=text).add_argument("--config", required=True, type=Path)
        write = commands.add_parser("write", help="write the messages on stdin")
        write.add_argument("--config", required=True, type=Path)
        write.add_argument("--catalog", required=True, type=Path)
        return parser.parse_args(args)

    def run(self, args: list[str]) -> None:
        """Run one command as Airbyte does; ends the process with status 1 after a TRACE ERROR when it fails."""
        parsed = self.parse_args(args)
        stdout = sys.stdout.buffer
        output = Output(stdout, debug=os.environ.get("LOG_LEVEL", "").lower() == "debug")
        # A stray print of any library must not break the protocol.
        sys.stdout = sys.stderr
        try:
            self._dispatch(parsed, output)
        except BrokenPipeError:
            _discard(stdout)
            sys.exit(1)
        except Exception as error:  # noqa: BLE001 - the one place where every failure becomes a TRACE ERROR
            output.error(error)
            sys.exit(1)

    def _dispatch(self, parsed: argparse.Namespace, output: Output) -> None:
        if parsed.command == "spec":
            output.message("SPEC", spec=build_spec())
            return
        config = read_config(parsed.config)
        if parsed.command == "check":
            output.connection_status(_problems(config, output))
        elif parsed.command == "discover":
            output.message(
                "DESTINATION_CATALOG", destination_catalog=destination_catalog(_parse(config, output))
            )
        else:
            self._write_from_stdin(config, read_catalog(parsed.catalog), output)

    def _write_from_stdin(
        self,
        config: Mapping[str, Any],
        catalog: tuple[ConfiguredStream, ...],
        output: Output,
    ) -> None:
        # Unbuffered: a daemon thread that waits inside a buffered reader holds its lock, and the interpreter cannot end.
        with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as stdin:
            stop = Stop()
            sync = _assemble(config, catalog, LineSource(stdin), output, stop)
            heed_signals(stop, sync.inbox.ring)
            gc.freeze()
            gc.set_threshold(_GARBAGE_THRESHOLD)
            try:
                for state in sync.run():
                    output.write(state)
            finally:
                for line in sync.summary():
                    output.log("INFO", line)


def _assemble(
    config: Mapping[str, Any],
    catalog: tuple[ConfiguredStream, ...],
    source: Source,
    output: Output,
    stop: Stop,
) -> Sync:
    settings = _parse(config, output)
    return assemble_sync(settings, catalog, source, Edges(reporter=output, stop=stop, environment=os.environ))


def _parse(config: Mapping[str, Any], output: Output) -> Settings:
    settings = Settings.parse(config)
    for secret in settings.secrets():
        output.learn_secret(secret)
    return settings


def _problems(config: Mapping[str, Any], output: Output) -> list[str]:
    """Everything that would keep a sync from working, in sentences."""
    try:
        settings = _parse(config, output)
        return check_connections(settings, Edges(reporter=output, stop=Stop(), environment=os.environ))
    except ClientesError as error:
        return [str(error)]


def _encode(message: object) -> bytes:
    return msgspec.json.encode(message)


def _discard(stdout: BinaryIO) -> None:
    """Whoever read our output is gone: point stdout at nothing, so that the last flush does not fail too."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stdout.fileno())
