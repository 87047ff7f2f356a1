"""Fetching a file from an address that a record names, without being led into the operator's own network.

The address is resolved once, judged, and that very address is connected to, so that a name cannot change its mind in between
(https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html). Each redirect is judged
again.
"""

import ipaddress
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import SplitResult, urljoin, urlsplit

import certifi
from urllib3 import BaseHTTPResponse, HTTPSConnectionPool, Timeout
from urllib3.exceptions import HTTPError

from source_destination_clientes.http.transport import NoAnswerError

_MOST_REDIRECTS: Final = 5
_PIECE: Final = 1 << 18
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})

Resolve = Callable[[str, int], list[str]]


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host. Raises `OSError` when it has none."""
    return [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def is_public(address: str) -> bool:
    """The address belongs to the public Internet: neither private nor link-local nor loopback."""
    return ipaddress.ip_address(address).is_global


class UnfetchableError(Exception):
    """An address that is not fetched from; the text says why, without the address."""


@dataclass(slots=True)
class Download:
    """An answer whose body has not been read yet. To be used as a context, which lets go of the connection."""

    response: BaseHTTPResponse
    pool: HTTPSConnectionPool

    @property
    def content_type(self) -> str | None:
        """What the server calls the file."""
        return self.response.headers.get("Content-Type", "").partition(";")[0].strip() or None

    def pieces(self) -> Iterator[bytes]:
        """Yield the body. Raises `NoAnswerError` when the connection breaks."""
        try:
            yield from self.response.stream(_PIECE)
        except HTTPError as error:
            raise NoAnswerError(f"the connection broke ({type(error).__name__})", doubtful=False) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.response.close()
        self.pool.close()


@dataclass(frozen=True, slots=True)
class Downloader:
    """Fetches files over https. `allowed` judges addresses."""

    ca_bundle: str | None = None
    resolve: Resolve = resolve
    allowed: Callable[[str], bool] = is_public

    def fetch(self, url: str, timeout: float) -> Download:
        """Begin a download, redirects followed, with so many seconds to connect and for each read.

        Raises `UnfetchableError` for what no repetition would change, `NoAnswerError` for the rest.
        """
        for _ in range(_MOST_REDIRECTS + 1):
            download = self._get(url, timeout)
            location = download.response.headers.get("Location")
            if download.response.status not in _REDIRECTS or not location:
                return download
            with download:
                url = _joined(url, location)
        raise UnfetchableError(f"The address of the file redirects more than {_MOST_REDIRECTS} times.")

    def _get(self, url: str, timeout: float) -> Download:
        try:
            parts = urlsplit(url)
            # Certificates and the Host header know a host by its ASCII name: münchen.example is xn--mnchen-3ya.example there.
            host, port = (parts.hostname or "").encode("idna").decode(), parts.port or 443
        except ValueError:
            raise UnfetchableError("fileUrl is no address.") from None
        if parts.scheme != "https" or not host:
            raise UnfetchableError("fileUrl is no https address.")
        try:
            addresses = self.resolve(host, port)
        except (OSError, ValueError):
            raise NoAnswerError("its name cannot be resolved", doubtful=False) from None
        if not addresses or not all(self.allowed(address) for address in addresses):
            raise UnfetchableError("The host of fileUrl is not on the public Internet.")
        return self._connect(parts, host, port, addresses[0], timeout)

    def _connect(self, parts: SplitResult, host: str, port: int, address: str, timeout: float) -> Download:
        pool = HTTPSConnectionPool(
            address,
            port,
            timeout=Timeout(timeout),
            assert_hostname=host,
            server_hostname=host,
            ca_certs=self.ca_bundle or certifi.where(),
        )
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        shown = host if port == 443 else f"{host}:{port}"
        try:
            response = pool.urlopen(
                "GET", path, headers={"Host": shown}, redirect=False, retries=False, preload_content=False
            )
        except HTTPError as error:
            pool.close()
            raise NoAnswerError(f"no connection ({type(error).__name__})", doubtful=False) from None
        return Download(response, pool)


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        raise UnfetchableError("The address of the file redirects to what is no address.") from None
