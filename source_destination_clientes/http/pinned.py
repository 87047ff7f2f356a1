"""Connections to an address that was judged before, so that a name cannot lead elsewhere in between.

https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html
"""

import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self, TypeAlias
from urllib.parse import urlsplit

import certifi
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool

from source_destination_clientes.http.connections import timed_pool

Resolve: TypeAlias = Callable[[str, int], list[str]]

_PORTS: Final = {"http": 80, "https": 443}
_Plain: Final = timed_pool(HTTPConnectionPool)
_Secure: Final = timed_pool(HTTPSConnectionPool)


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host. Raises `OSError` when it has none."""
    return [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


@dataclass(frozen=True, slots=True)
class Target:
    """What a URL asks for. `host` is its ASCII name: certificates and the Host header know münchen.example as xn--mnchen-3ya.example."""

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def of(cls, url: str) -> Self:
        """Take a URL apart. Raises `ValueError` for what is no address."""
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode()
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return cls(parts.scheme, host, parts.port or _PORTS.get(parts.scheme, 443), path)

    @property
    def host_header(self) -> str:
        """The host as the server knows it."""
        literal = f"[{self.host}]" if ":" in self.host else self.host
        return literal if self.port == _PORTS.get(self.scheme) else f"{literal}:{self.port}"

    def connections(self, address: str, ca_bundle: str | None) -> HTTPConnectionPool:
        """Connections to this very address, under the name of the host."""
        if self.scheme == "http":
            return _Plain(address, self.port)
        return _Secure(
            address,
            self.port,
            assert_hostname=self.host,
            server_hostname=self.host,
            ca_certs=ca_bundle or certifi.where(),
        )
