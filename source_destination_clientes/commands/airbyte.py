"""What Airbyte's commands share: stdout carries protocol lines only, and every failure becomes one TRACE ERROR.

None of them needs airbyte-cdk, which takes several times as long to import as everything here.
"""

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from importlib import import_module
from typing import BinaryIO, Protocol, cast

from source_destination_clientes.protocol.output import Output, level_of


class AirbyteCommand(Protocol):
    """A module of this folder that is one of Airbyte's commands."""

    def add_options(self, parser: ArgumentParser) -> None:
        """Declare the options of the command."""

    def run(self, options: Namespace, output: Output) -> None:
        """Run the command. Whatever it raises ends the process with status 1."""


def run(module: str, arguments: Sequence[str]) -> None:
    """Run one command as Airbyte does; ends the process with status 1 after a TRACE ERROR when it fails."""
    command = cast("AirbyteCommand", import_module(module))
    parser = ArgumentParser(
        prog=f"destination-clientes {module.rpartition('.')[2]}", description=command.__doc__
    )
    command.add_options(parser)
    options = parser.parse_args(arguments)
    stdout = sys.stdout.buffer
    output = Output(stdout, level_of(os.environ.get("LOG_LEVEL", "")))
    # A stray print of any library must not break the protocol.
    sys.stdout = sys.stderr
    try:
        try:
            succeeded = _run(command, options, output)
        finally:
            output.finish()
    except BrokenPipeError:
        _discard(stdout)
        succeeded = False
    if not succeeded:
        sys.exit(1)


def _run(command: AirbyteCommand, options: Namespace, output: Output) -> bool:
    """Whether the command succeeded. Raises `BrokenPipeError` when nobody reads what it says."""
    try:
        command.run(options, output)
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - the one place where every failure becomes a TRACE ERROR
        output.error(error)
        return False
    return True


def _discard(stdout: BinaryIO) -> None:
    """Point stdout at nothing: its reader is gone, and the interpreter's last flush must not fail too."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stdout.fileno())
