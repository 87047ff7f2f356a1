"""`destination-clientes sandbox`: serve the embedded API on loopback."""

import argparse
import json
import signal
import socket
import sys
from collections.abc import Sequence

import uvicorn

from source_destination_clientes.sandbox.app import create_app
from source_destination_clientes.sandbox.emulator import SandboxSettings


class _Server(uvicorn.Server):
    """Tells its address once it listens."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        assert sockets
        port = sockets[0].getsockname()[1]
        sys.stdout.write(json.dumps({"event": "ready", "url": f"http://127.0.0.1:{port}"}) + "\n")
        sys.stdout.flush()


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="destination-clientes sandbox", description=__doc__)
    parser.add_argument(
        "--port", type=int, default=0, help="port on 127.0.0.1; 0 lets the system choose (default)"
    )
    parser.add_argument(
        "--latency-ms", type=float, default=0, help="time before each answer of the emulated APIs"
    )
    parser.add_argument(
        "--store-delay-seconds",
        type=float,
        default=2,
        help="how long the stores take to download a closed lote",
    )
    parser.add_argument("--stores", nargs="+", default=["0101", "0102"], help="names of the stores")
    parser.add_argument("--token-seconds", type=float, default=1200, help="life of a token")
    parser.add_argument("--max-body-bytes", type=int, default=4 << 20, help="longer requests get 413")
    options = parser.parse_args(argv)
    settings = SandboxSettings(
        latency=options.latency_ms / 1000,
        store_delay=options.store_delay_seconds,
        stores=tuple(options.stores),
        token_seconds=options.token_seconds,
        max_body_bytes=options.max_body_bytes,
    )
    # asyncio turns Nagle's algorithm off only where the protocol is named; left on, answers take 40 ms longer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", options.port))
    except OSError as error:
        sys.stderr.write(f"Port {options.port} cannot be used: {error.strerror}.\n")
        return 1
    except OverflowError:
        sys.stderr.write(f"Port {options.port} cannot be used: ports go from 0 to 65535.\n")
        return 1
    # uvicorn raises the signal again once it has shut down.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    config = uvicorn.Config(
        create_app(settings), log_level="warning", access_log=False, timeout_graceful_shutdown=1
    )
    try:
        _Server(config).run(sockets=[listener])
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
