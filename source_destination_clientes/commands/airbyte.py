"""What Airbyte's commands share: stdout carries protocol lines only, and every failure becomes one TRACE ERROR.

None of them needs airbyte-cdk, which takes several times as long to import as everything here.
"""

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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
    with _ended_as_airbyte_reads_it(output, stdout):
        command.run(options, output)


@contextmanager
def _ended_as_airbyte_reads_it(output: Output, stdout: BinaryIO) -> Iterator[None]:
    """Turn a failure into a TRACE ERROR and status 1; the status alone tells it when nobody reads stdout."""
    try:
        try:
            yield
        except BrokenPipeError:
            raise
        except Exception as error:  # noqa: BLE001 - the one place where every failure becomes a TRACE ERROR
            output.error(error)
            sys.exit(1)
        finally:
            output.finish()
    except BrokenPipeError:
        _discard(stdout)
        sys.exit(1)


def _discard(stdout: BinaryIO) -> None:
    """Point stdout at nothing: its reader is gone, and the interpreter's last flush must not fail too."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stdout.fileno())
