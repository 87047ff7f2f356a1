"""What the commands for people share: errors in one sentence, tables, JSON for scripts."""

import json
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from source_destination_clientes.errors import ClientesError, Interrupted
from source_destination_clientes.protocol.output import Level, Secrets
from source_destination_clientes.runtime.legible import legible, legible_json
from source_destination_clientes.settings import Settings
from source_destination_clientes.settings.read_config import read_config

INTERRUPTED: Final = 130
"""The exit status of a program that was stopped by Ctrl-C."""


def run_command(command: Callable[[Namespace], int], options: Namespace) -> int:
    """Run a command. An error becomes one sentence on stderr and an exit status, never a traceback."""
    try:
        return command(options)
    except ClientesError as error:
        complain(str(error))
        return INTERRUPTED if isinstance(error, Interrupted) else 1
    except KeyboardInterrupt:
        complain("Stopped.")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output is gone; the interpreter's last flush must not fail because of it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        complain(f"{where}{error.strerror or type(error).__name__}.")
        return 1


def complain(text: str) -> None:
    """Write one line to stderr."""
    sys.stderr.write(f"{legible(text)}\n")


def add_common_options(parser: ArgumentParser) -> None:
    """The options every command for people has."""
    parser.add_argument(
        "--config", required=True, type=Path, help="file with the connector's config, as in Airbyte"
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


class PlainReporter:
    """Writes warnings and errors to stderr, apart from results."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = Secrets()
        for secret in secrets:
            self.learn_secret(secret)

    def log(self, level: Level, text: str) -> None:
        """Write one sentence; INFO and DEBUG are left out."""
        if level in {"ERROR", "WARN"}:
            complain(self.masked(text))

    def learn_secret(self, secret: str) -> None:
        """Mask this text from now on, unless it is too short to be a secret."""
        self._secrets.learn(secret)

    def masked(self, text: str) -> str:
        """The text with every secret masked."""
        return self._secrets.masked(text)


def read_settings(path: Path) -> Settings:
    """The settings in a config file. Raises `ConfigError`."""
    return Settings.parse(read_config(path))


def print_json(result: object) -> None:
    """One JSON document on stdout, on a line of its own."""
    sys.stdout.write(legible_json(json.dumps(result, ensure_ascii=False)) + "\n")
    sys.stdout.flush()


class _LegibleConsole(Console):
    """Every string that is printed, also a cell or a title of a table, comes through here."""

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(legible(text), **options)


def make_console(**options: Any) -> Console:
    """A console on stdout that shows others' text as text: neither as markup nor as commands to the terminal."""
    return _LegibleConsole(markup=False, highlight=False, emoji=False, **options)


def plural(count: int, noun: str) -> str:
    """A count with its noun.

    >>> plural(1, "lote"), plural(2000, "lote")
    ('1 lote', '2,000 lotes')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
