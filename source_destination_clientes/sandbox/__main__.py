"""`destination-clientes sandbox`: serve the embedded API, and a page that shows what reaches it."""

import argparse
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from ipaddress import ip_address

import uvicorn

from source_destination_clientes.sandbox.app import create_app
from source_destination_clientes.sandbox.emulator import SandboxSettings


class _Server(uvicorn.Server):
    """Tells its address once it listens."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        assert sockets
        sys.stdout.write(json.dumps({"event": "ready", "url": _url(sockets[0])}) + "\n")
        sys.stdout.flush()

    def end_with_stdin(self) -> None:
        """End as soon as whoever holds the other end of stdin closes it or dies, however it dies."""
        while os.read(0, 1 << 16):
            pass
        self.should_exit = True


def _url(listener: socket.socket) -> str:
    """Where a browser on this machine finds it."""
    host, port = listener.getsockname()[:2]
    address = ip_address(host)
    if address.is_unspecified:
        host = "127.0.0.1"
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"  # ignore-https-check: it is for this machine, without a certificate


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT."""
    options = _parser().parse_args(argv)
    settings = SandboxSettings(
        latency=options.latency_ms / 1000,
        store_delay=options.store_delay_seconds,
        stores=tuple(options.stores),
        token_seconds=options.token_seconds,
        max_body_bytes=options.max_body_bytes,
        hosts=tuple(name.lower() for name in (options.host, *options.allow_host)),
    )
    try:
        listener = _listen(options.host, options.port)
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
    server = _Server(config)
    if options.end_with_stdin:
        threading.Thread(target=server.end_with_stdin, daemon=True).start()
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        return 0
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="destination-clientes sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port; 0 lets the system choose (default)")
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="address to listen on (default 127.0.0.1); 0.0.0.0 in a container",
    )
    parser.add_argument(
        "--allow-host",
        nargs="+",
        default=[],
        metavar="NAME",
        help="further host names under which it may be called; those of loopback always work",
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
    parser.add_argument(
        "--end-with-stdin", action="store_true", help="end when stdin does, for programs that start it"
    )
    return parser


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises `OSError` or `OverflowError` when the system does not grant it."""
    # asyncio turns Nagle's algorithm off only where the protocol is named; left on, answers take 40 ms longer.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    return listener


if __name__ == "__main__":
    sys.exit(main())
