"""What the commands for people share: trouble in one sentence, tables for eyes, JSON for scripts."""

import json
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from source_destination_clientes.errors import ClientesError, Interrupted
from source_destination_clientes.protocol.messages import StreamKey
from source_destination_clientes.protocol.output import Level, Secrets
from source_destination_clientes.settings import Settings
from source_destination_clientes.settings.read_config import read_config

INTERRUPTED: Final = 130
"""The exit status shells know for Ctrl-C."""


def run_command(command: Callable[[Namespace], int], options: Namespace) -> int:
    """Run a command; what goes wrong becomes one sentence on stderr and an exit status, never a traceback."""
    try:
        return command(options)
    except ClientesError as error:
        sys.stderr.write(f"{error}\n")
        return INTERRUPTED if isinstance(error, Interrupted) else 1
    except KeyboardInterrupt:
        sys.stderr.write("Stopped.\n")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough; the interpreter's last flush must not fail over it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        sys.stderr.write(f"Cannot go on: {error.strerror or type(error).__name__}{where}.\n")
        return 1


def add_common_options(parser: ArgumentParser) -> None:
    """The options every command for people has."""
    parser.add_argument(
        "--config", required=True, type=Path, help="the connector's config, as Airbyte has it"
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


class PlainReporter:
    """Tells trouble on stderr, where it does not mix with results."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = Secrets()
        for secret in secrets:
            self.learn_secret(secret)

    def log(self, level: Level, text: str) -> None:
        """Say one sentence; small talk is left out."""
        if level in {"ERROR", "WARN"}:
            sys.stderr.write(f"{self._secrets.masked(text)}\n")

    def rate_limited(self, streams: Iterable[StreamKey], until: datetime) -> None:
        """The wait was told already."""

    def learn_secret(self, secret: str) -> None:
        """Never show this text from now on, unless it is too short to be a secret."""
        self._secrets.learn(secret)


def read_settings(path: Path) -> Settings:
    """The config, understood. Raises `ConfigError`."""
    return Settings.parse(read_config(path))


def print_json(result: object) -> None:
    """One JSON document on stdout, on a line of its own."""
    sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def make_console(**options: Any) -> Console:
    """A terminal, or whatever stdout is; text of records is shown as it is, not taken for markup."""
    return Console(markup=False, highlight=False, emoji=False, **options)
