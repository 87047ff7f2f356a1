"""What goes over the wire and comes back, and the one place that touches a socket.

>>> Request("open lote", "POST", "https://host/path", body=b"{}").host
'host'
"""

import os
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies

from source_destination_clientes.errors import ConfigError
from source_destination_clientes.http.connections import Deadline, keep_time
from source_destination_clientes.http.limits import LARGEST_ANSWER_BYTES, SLOWEST_UPLOAD_BYTES
from source_destination_clientes.http.trouble import NoAnswerError, check_proxies, trouble_of
from source_destination_clientes.settings.network import is_loopback

__all__ = ["Answer", "FreshTransport", "NoAnswerError", "Request", "RequestsTransport", "Transport"]

_NO_HEADERS: Mapping[str, str] = {}
_PIECE = 65_536


@dataclass(frozen=True, slots=True)
class Request:
    """One call. `operation` names it in messages ("open lote"); URLs carry no personal data.

    `body` is bytes, or anything `requests` can stream, from its start each time. `retry_also` are statuses that are worth
    another attempt of this call, beside those of the retry loop. An answer of more bytes than `largest_answer`, after
    decompression, is none. `setting` names what in the config holds the address.
    """

    operation: str
    method: str
    url: str
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=lambda: _NO_HEADERS)
    params: Mapping[str, str] | None = None
    rate_limited: bool = True
    retry_also: frozenset[int] = frozenset()
    largest_answer: int = LARGEST_ANSWER_BYTES
    setting: str = "the addresses in environment"

    @property
    def host(self) -> str:
        """Host and port, as messages name them."""
        return self.url.split("/")[2]

    @property
    def key_setting(self) -> str:
        """What in the config holds the user or the key for this address."""
        return "attachments.api_key" if self.setting.startswith("attachments.") else "credentials"

    @property
    def right(self) -> str:
        """The permission that a call of this address needs."""
        return (
            "attachments.api_key needs readWrite on /v1/customers"
            if self.setting.startswith("attachments.")
            else "PDVSync wants RETAGUARDA for the user of credentials"
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said. `doubtful`: an earlier attempt of the same call may already have done its work."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: _NO_HEADERS)
    doubtful: bool = False

    @property
    def ok(self) -> bool:
        """A 2xx status; what the body says is another matter."""
        return 200 <= self.status < 300


Transport: TypeAlias = Callable[[Request, float], Answer]
"""Send one request; the whole answer is there within this many seconds, or `NoAnswerError` is raised."""


class _TimedAdapter(HTTPAdapter):
    """The adapter of requests, with connections that keep to one deadline a call."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        keep_time(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        if proxy not in self.proxy_manager:
            keep_time(super().proxy_manager_for(proxy, **options))
        return self.proxy_manager[proxy]

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override] # as a session calls it
        return super().send(request, **{**options, "timeout": Deadline(options["timeout"])})


class RequestsTransport:
    """Keep-alive connections, one for each concurrent request."""

    def __init__(self, *, connections: int, ca_bundle: str | None, bases: Iterable[str]) -> None:
        """Prepare a session; proxies and CA bundle of the environment are looked up once, not on each request.

        Raises `ConfigError` for a CA bundle or a proxy that cannot be used.
        """
        session = requests.Session()
        adapter = _TimedAdapter(pool_connections=8, pool_maxsize=connections)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        # requests reads proxy variables and .netrc again for each call when trust_env is on: a quarter of its CPU time.
        session.trust_env = False
        bundle = ca_bundle or os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
        if bundle:
            _check_bundle(bundle)
        session.verify = bundle or True
        session.headers.update({"Accept": "*/*", "User-Agent": "airbyte-destination-clientes"})
        self._session = session
        # A proxy would get what was meant for this machine alone: the sandbox, a tunnel, a side-car.
        self._proxies = {base: {} if is_loopback(base) else get_environ_proxies(base) for base in bases}
        check_proxies(self._proxies)

    def __call__(self, request: Request, timeout: float) -> Answer:
        """Send and read the whole answer; redirects are answers too, since credentials must not follow them."""
        try:
            with self._session.request(
                request.method,
                request.url,
                params=request.params,
                data=request.body,
                headers=dict(request.headers),
                timeout=_time_for(request, timeout),
                allow_redirects=False,
                proxies=self._proxies_for(request.url),
                stream=True,
            ) as response:
                return Answer(response.status_code, _read(request, response), response.headers)
        except (requests.exceptions.InvalidHeader, UnicodeError):
            raise ConfigError(
                f"The credential for {request.host} cannot be sent: it holds a line break or a character that no header "
                "can carry. Copy it again.",
            ) from None
        except requests.exceptions.RequestException as error:
            raise trouble_of(error, request.host, request.setting) from None

    def close(self) -> None:
        """Close the connections that are kept. The next call makes a new one."""
        self._session.close()

    def _proxies_for(self, url: str) -> dict[str, str]:
        for base, proxies in self._proxies.items():
            if url.startswith(base):
                return dict(proxies)
        return {}


class FreshTransport:
    """A connection of its own for each call, one call at a time: none is broken by having been idle."""

    def __init__(self, transport: RequestsTransport) -> None:
        self._transport = transport
        self._lock = threading.Lock()

    def __call__(self, request: Request, timeout: float) -> Answer:
        """Connect, send, read the whole answer, and hang up."""
        with self._lock:
            try:
                return self._transport(request, timeout)
            finally:
                self._transport.close()


def _time_for(request: Request, timeout: float) -> float:
    """Seconds for the whole call; sending a large file may take longer than an answer."""
    size = len(request.body) if hasattr(request.body, "__len__") else 0
    return max(timeout, size / SLOWEST_UPLOAD_BYTES)


def _read(request: Request, response: requests.Response) -> bytes:
    """The body, piece by piece: a few bytes on the wire may be gigabytes once they are unpacked."""
    if response.status_code < 200:
        # Raised while the answer counts as unread, so that its connection is closed.
        raise NoAnswerError("it switched to another protocol, which nobody asked for", doubtful=True)
    pieces: list[bytes] = []
    size = 0
    for piece in response.iter_content(_PIECE):
        size += len(piece)
        if size > request.largest_answer:
            raise NoAnswerError(
                f"the answer has more than {request.largest_answer / 1_000_000:.0f} MB", doubtful=True
            )
        pieces.append(piece)
    return b"".join(pieces)


def _check_bundle(path: str) -> None:
    """Refuse now what would break every call: requests raises a plain OSError for it, or blames the handshake."""
    folder = Path(path).is_dir()
    try:
        ssl.create_default_context(cafile=None if folder else path, capath=path if folder else None)
    except OSError as error:
        raise ConfigError(
            f"The CA bundle {path} cannot be used ({error.strerror or type(error).__name__}). Correct network.ca_bundle, or the "
            "variable REQUESTS_CA_BUNDLE: it names a file of certificates in PEM.",
        ) from None
