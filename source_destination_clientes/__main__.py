"""The command `destination-clientes`: Airbyte's verbs, and the commands for people beside them."""

import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.metadata import version
from types import FrameType
from typing import Final, NoReturn

_PACKAGE: Final = "airbyte-destination-clientes"
_VERBS: Final = frozenset({"spec", "check", "discover", "write"})
PEOPLE: Final[Mapping[str, str]] = {
    "demo": "source_destination_clientes.commands.demo",
    "preview": "source_destination_clientes.commands.preview",
    "replay": "source_destination_clientes.commands.replay",
    "status": "source_destination_clientes.commands.status",
    "sandbox": "source_destination_clientes.sandbox.__main__",
}
"""Commands for people, each a module with `main(argv) -> int`; imported when called, since some need the `sandbox` extra."""


def main() -> None:
    """Run the command of `sys.argv`."""
    # The first process of a container is not ended by a SIGTERM that nobody handles, and imports take their time.
    signal.signal(signal.SIGTERM, _leave)
    # A terminal that goes away must not leave the processes of the demo behind; nohup has the signal ignored.
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
        signal.signal(signal.SIGHUP, _leave)
    arguments = sys.argv[1:]
    module = PEOPLE.get(arguments[0]) if arguments else None
    if module is not None:
        sys.exit(_run(module, arguments[1:]))
    if not arguments or arguments[0] in {"-h", "--help"}:
        sys.stdout.write(_USAGE)
        sys.exit(0 if arguments else 2)
    if arguments[0] == "--version":
        sys.stdout.write(f"destination-clientes {version(_PACKAGE)}\n")
        sys.exit(0)
    if arguments[0] not in _VERBS:
        sys.stderr.write(f"destination-clientes: there is no command {arguments[0]!r}\n\n{_USAGE}")
        sys.exit(2)
    from source_destination_clientes.commands import airbyte  # noqa: PLC0415 - people's commands need not pay for it

    airbyte.run(arguments)


def _leave(number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(128 + number)


def _run(module: str, arguments: Sequence[str]) -> int:
    try:
        command: Callable[[Sequence[str]], int] = import_module(module).main
    except ModuleNotFoundError as error:
        if error.name is not None and error.name.startswith("source_destination_clientes"):
            raise
        sys.stderr.write(
            f"This command needs the extra packages of the sandbox ({error.name} is missing): "
            "pip install 'airbyte-destination-clientes[sandbox]'\n",
        )
        return 2
    return command(arguments)


_USAGE: Final = """\
usage: destination-clientes COMMAND [options]

As Airbyte runs it (stdin and stdout carry protocol lines):
  spec                            print the specification of the config
  check    --config FILE          see whether a sync could work
  discover --config FILE          print what can be written
  write    --config FILE --catalog FILE   write the messages on stdin

For people:
  demo      the whole thing against the embedded sandbox: no account, no network
  sandbox   serve the embedded API
  preview   what would be sent and what would be rejected, without sending
  replay    send a dead letter again
  status    how far the stores are with a lote

destination-clientes COMMAND --help tells more; --version tells the version.
"""


if __name__ == "__main__":
    main()
