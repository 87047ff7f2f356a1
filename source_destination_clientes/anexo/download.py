"""Fetching a file from an address that a record names, without being led into the operator's own network.

The address is resolved once, judged, and that very address is connected to, so that a name cannot change its mind in between
(https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html). Each redirect is judged
again.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import urljoin, urlsplit

from urllib3 import BaseHTTPResponse, HTTPConnectionPool
from urllib3.exceptions import HTTPError

from source_destination_clientes.http.addresses import is_public
from source_destination_clientes.http.connections import Deadline
from source_destination_clientes.http.limits import FETCH_SECONDS, SLOWEST_FETCH_BYTES
from source_destination_clientes.http.pinned import Resolve, Target, resolve
from source_destination_clientes.http.transport import NoAnswerError

_MOST_REDIRECTS: Final = 5
_PIECE: Final = 1 << 18
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_MOST_FAILURES: Final = 3


class UnfetchableError(Exception):
    """An address that is not fetched from; the text says why, without the address."""


class NoConnectionError(NoAnswerError):
    """The host of an address cannot be reached at all."""


@dataclass(slots=True)
class Download:
    """An answer whose body has not been read yet. To be used as a context, which lets go of the connection."""

    response: BaseHTTPResponse
    pool: HTTPConnectionPool

    @property
    def content_type(self) -> str | None:
        """What the server calls the file."""
        return self.response.headers.get("Content-Type", "").partition(";")[0].strip() or None

    def pieces(self) -> Iterator[bytes]:
        """Yield the body as it comes. Raises `NoAnswerError` when the connection breaks or is too slow."""
        started, size = time.monotonic(), 0
        try:
            while piece := self.response.read1(_PIECE, decode_content=True):
                yield piece
                size += len(piece)
                passed = time.monotonic() - started
                if passed > FETCH_SECONDS and size < passed * SLOWEST_FETCH_BYTES:
                    raise NoAnswerError("it is too slow", doubtful=False)
        except HTTPError as error:
            raise NoAnswerError(f"the connection broke ({type(error).__name__})", doubtful=False) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.response.close()
        self.pool.close()


@dataclass(slots=True)
class Failures:
    """Hosts that failed again and again, so that each of a thousand dead links does not cost its own minute. Safe to share."""

    _in_a_row: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def too_many(self, url: str) -> bool:
        """The last files of this host all failed."""
        with self._lock:
            return self._in_a_row[_host_of(url)] >= _MOST_FAILURES

    def note(self, url: str, *, failed: bool) -> None:
        """Remember how it ended."""
        with self._lock:
            host = _host_of(url)
            self._in_a_row[host] = self._in_a_row[host] + 1 if failed else 0


@dataclass(frozen=True, slots=True)
class Downloader:
    """Fetches files over https. `allowed` judges addresses."""

    ca_bundle: str | None = None
    resolve: Resolve = resolve
    allowed: Callable[[str], bool] = is_public
    failures: Failures = field(default_factory=Failures)

    def fetch(self, url: str, seconds: float) -> Download:
        """Begin a download, redirects followed; it must end within this many seconds, its last byte included.

        Raises `UnfetchableError` for what no repetition would change, `NoAnswerError` for the rest.
        """
        end = time.monotonic() + seconds
        for _ in range(_MOST_REDIRECTS + 1):
            download = self._get(url, end)
            location = download.response.headers.get("Location")
            if download.response.status not in _REDIRECTS or not location:
                return download
            with download:
                url = _joined(url, location)
        raise UnfetchableError(f"The address of the file redirects more than {_MOST_REDIRECTS} times.")

    def _get(self, url: str, end: float) -> Download:
        try:
            target = Target.of(url)
        except ValueError:
            raise UnfetchableError("fileUrl is no address.") from None
        if target.scheme != "https" or not target.host:
            raise UnfetchableError("fileUrl is no https address.")
        try:
            addresses = self.resolve(target.host, target.port)
        except (OSError, ValueError):
            raise NoConnectionError("its name cannot be resolved", doubtful=False) from None
        if not addresses or not all(self.allowed(address) for address in addresses):
            raise UnfetchableError("The host of fileUrl is not on the public Internet.")
        return self._connect(target, addresses[0], end)

    def _connect(self, target: Target, address: str, end: float) -> Download:
        pool = target.connections(address, self.ca_bundle)
        try:
            response = pool.urlopen(
                "GET",
                target.path,
                headers={"Host": target.host_header},
                redirect=False,
                retries=False,
                preload_content=False,
                timeout=Deadline(0, end=end),
            )
        except HTTPError as error:
            pool.close()
            raise NoConnectionError(f"no connection ({type(error).__name__})", doubtful=False) from None
        return Download(response, pool)


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        raise UnfetchableError("The address of the file redirects to what is no address.") from None
