"""Airbyte's verbs on the command line: spec, check, discover, write. Translates and decides nothing.

None of this needs airbyte-cdk, which takes several times as long to import as everything here; parts that one verb alone needs
are imported by that verb, for the same reason.
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from source_destination_clientes.errors import ClientesError
from source_destination_clientes.protocol.catalog import ConfiguredStream, read_catalog
from source_destination_clientes.protocol.context import RunContext
from source_destination_clientes.protocol.output import Output
from source_destination_clientes.protocol.stdin import LineSource, Source
from source_destination_clientes.runtime.stopping import Stop, heed_signals
from source_destination_clientes.settings import Settings
from source_destination_clientes.settings.read_config import read_config
from source_destination_clientes.settings.spec import build_spec

if TYPE_CHECKING:
    from source_destination_clientes.sync.sync import Sync


def parse_args(args: Sequence[str]) -> argparse.Namespace:
    """Read the command line as Airbyte writes it."""
    parser = argparse.ArgumentParser(prog="destination-clientes")
    commands = parser.add_subparsers(title="commands", dest="command", required=True)
    commands.add_parser("spec", help="print the specification of the config")
    for name, text in (("check", "see whether a sync could work"), ("discover", "print what can be written")):
        commands.add_parser(name, help=text).add_argument("--config", required=True, type=Path)
    write = commands.add_parser("write", help="write the messages on stdin")
    write.add_argument("--config", required=True, type=Path)
    write.add_argument("--catalog", required=True, type=Path)
    return parser.parse_args(args)


def run(args: Sequence[str]) -> None:
    """Run one command as Airbyte does; ends the process with status 1 after a TRACE ERROR when it fails."""
    parsed = parse_args(args)
    stdout = sys.stdout.buffer
    output = Output(stdout, debug=os.environ.get("LOG_LEVEL", "").lower() == "debug")
    # A stray print of any library must not break the protocol.
    sys.stdout = sys.stderr
    try:
        _dispatch(parsed, output)
    except BrokenPipeError:
        _discard(stdout)
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 - the one place where every failure becomes a TRACE ERROR
        output.error(error)
        sys.exit(1)


def _dispatch(parsed: argparse.Namespace, output: Output) -> None:
    if parsed.command == "spec":
        output.message("SPEC", spec=build_spec())
        return
    config = read_config(parsed.config)
    if parsed.command == "check":
        output.connection_status(find_problems(config, output))
    elif parsed.command == "discover":
        _discover(config, output)
    else:
        _write_from_stdin(config, read_catalog(parsed.catalog), output)


def find_problems(config: Mapping[str, Any], output: Output) -> list[str]:
    """Everything that would keep a sync from working, in sentences."""
    try:
        settings = _parse(config, output)
        from source_destination_clientes.commands.check import check_connections  # noqa: PLC0415 - as above

        return check_connections(settings, RunContext(output, Stop(), os.environ))
    except ClientesError as error:
        return [str(error)]


def _discover(config: Mapping[str, Any], output: Output) -> None:
    from source_destination_clientes.commands.discover import destination_catalog  # noqa: PLC0415 - the other verbs need it not

    output.message("DESTINATION_CATALOG", destination_catalog=destination_catalog(_parse(config, output)))


def _write_from_stdin(
    config: Mapping[str, Any], catalog: tuple[ConfiguredStream, ...], output: Output
) -> None:
    from source_destination_clientes.runtime import tuning  # noqa: PLC0415 - see find_problems

    # Unbuffered: a daemon thread that waits inside a buffered reader holds its lock, and the interpreter cannot end.
    with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as stdin:
        stop = Stop()
        sync = assemble_write(config, catalog, LineSource(stdin), output, stop)
        heed_signals(stop, sync.inbox.wake)
        tuning.prepare()
        try:
            for state in sync.run():
                output.write(state)
        finally:
            for line in sync.summary():
                output.log("INFO", line)


def assemble_write(
    config: Mapping[str, Any],
    catalog: tuple[ConfiguredStream, ...],
    source: Source,
    output: Output,
    stop: Stop,
) -> "Sync":
    """Everything one write needs, from its raw config."""
    settings = _parse(config, output)
    from source_destination_clientes.sync.wiring import assemble_sync  # noqa: PLC0415 - see find_problems

    return assemble_sync(settings, catalog, source, RunContext(output, stop, os.environ))


def _parse(config: Mapping[str, Any], output: Output) -> Settings:
    settings = Settings.parse(config)
    for secret in settings.secrets():
        output.learn_secret(secret)
    return settings


def _discard(stdout: BinaryIO) -> None:
    """Whoever read our output is gone: point stdout at nothing, so that the last flush does not fail too."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stdout.fileno())
