"""The command `destination-clientes`: Airbyte's commands, and the commands for people."""

import signal
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.metadata import version
from types import FrameType
from typing import Final, NamedTuple, NoReturn

from source_destination_clientes.commands import airbyte

_PACKAGE: Final = "airbyte-destination-clientes"
_COMMANDS: Final = "source_destination_clientes.commands"


class Command(NamedTuple):
    """One row of the table of commands. `module` is imported when the command is called: some need extra packages."""

    name: str
    help: str
    module: str
    for_airbyte: bool = False


COMMANDS: Final[Sequence[Command]] = (
    Command("spec", "print the specification of the config", f"{_COMMANDS}.spec", for_airbyte=True),
    Command("check", "check whether a sync could work", f"{_COMMANDS}.check", for_airbyte=True),
    Command("discover", "print the objects that can be written", f"{_COMMANDS}.discover", for_airbyte=True),
    Command("write", "write the messages on stdin", f"{_COMMANDS}.write", for_airbyte=True),
    Command(
        "demo", "run a sync against the embedded sandbox, without account or network", f"{_COMMANDS}.demo"
    ),
    Command("sandbox", "serve the embedded API", "source_destination_clientes.sandbox.__main__"),
    Command(
        "preview", "show what would be sent and what would be rejected, send nothing", f"{_COMMANDS}.preview"
    ),
    Command("replay", "send rejected records again", f"{_COMMANDS}.replay"),
    Command("report", "show what became of a sync, and why records were rejected", f"{_COMMANDS}.report"),
    Command(
        "status",
        "show how far the stores are with the lotes of the last run, or with one",
        f"{_COMMANDS}.status",
    ),
    Command("trace", "show what became of one cliente", f"{_COMMANDS}.trace"),
    Command("forget", "erase one person from the storage", f"{_COMMANDS}.forget"),
    Command("close-lote", "close a lote that was left open", f"{_COMMANDS}.close_lote"),
)


def main() -> None:
    """Run the command of `sys.argv`."""
    # A SIGTERM without a handler does not end the first process of a container, and imports take their time.
    signal.signal(signal.SIGTERM, _leave)
    # A terminal that closes must not leave the demo's processes behind; nohup has the signal ignored.
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
        signal.signal(signal.SIGHUP, _leave)
    name, arguments = sys.argv[1] if sys.argv[1:] else "", sys.argv[2:]
    command = next((command for command in COMMANDS if command.name == name), None)
    if command is None:
        sys.exit(_answer(name))
    if command.for_airbyte:
        airbyte.run(command.module, arguments)
    else:
        sys.exit(_run(command.module, arguments))


def _answer(name: str) -> int:
    """Answer what is not a command: the exit status is 0 for help and version, 2 for a mistake."""
    if name == "--version":
        sys.stdout.write(f"destination-clientes {version(_PACKAGE)}\n")
        return 0
    if name in {"", "-h", "--help"}:
        sys.stdout.write(_usage())
        return 0 if name else 2
    sys.stderr.write(f"destination-clientes: there is no command {name!r}\n\n{_usage()}")
    return 2


def _leave(number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(128 + number)


def _run(module: str, arguments: Sequence[str]) -> int:
    try:
        command: Callable[[Sequence[str]], int] = import_module(module).main
    except ModuleNotFoundError as error:
        if error.name is not None and error.name.startswith("source_destination_clientes"):
            raise
        sys.stderr.write(
            f"This command needs the extra packages of the sandbox ({error.name} is missing). Install them from a checkout of the "
            "connector: pip install '.[sandbox]'\n",
        )
        return 2
    return command(arguments)


def _usage() -> str:
    return f"""\
usage: destination-clientes COMMAND [options]

As Airbyte runs it (stdin and stdout carry protocol lines only):
{_rows(for_airbyte=True)}

For people:
{_rows(for_airbyte=False)}

destination-clientes COMMAND --help shows the options of a command, --version the version.
"""


def _rows(*, for_airbyte: bool) -> str:
    rows = (command for command in COMMANDS if command.for_airbyte == for_airbyte)
    return "\n".join(f"  {command.name:<9} {command.help}" for command in rows)


if __name__ == "__main__":
    main()
