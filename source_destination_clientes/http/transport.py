"""What goes over the wire and comes back, and the one place that touches a socket.

>>> Request("open lote", "POST", "https://host/path", body=b"{}").operation
'open lote'
"""

import os
import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies
from urllib3.exceptions import NameResolutionError, NewConnectionError

from source_destination_clientes.errors import ConfigError

_NO_HEADERS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Request:
    """One call. `operation` names it in messages ("open lote"); URLs carry no personal data.

    `body` is bytes, or anything `requests` can stream, from its start each time. `retry_also` are statuses that are worth
    another attempt of this call, beside those of the retry policy.
    """

    operation: str
    method: str
    url: str
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=lambda: _NO_HEADERS)
    params: Mapping[str, str] | None = None
    rate_limited: bool = True
    retry_also: frozenset[int] = frozenset()


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


class NoAnswerError(Exception):
    """The call ended without an answer. `doubtful`: the server may have done the work all the same."""

    def __init__(self, trouble: str, *, doubtful: bool) -> None:
        super().__init__(trouble)
        self.trouble = trouble
        self.doubtful = doubtful


Transport: TypeAlias = Callable[[Request, float], Answer]
"""Send one request, waiting at most that many seconds for a connection and for each read; may raise `NoAnswerError`."""


class RequestsTransport:
    """Keep-alive connections, one for each concurrent request."""

    def __init__(self, *, connections: int, ca_bundle: str | None, bases: Iterable[str]) -> None:
        """Prepare a session; proxies and CA bundle of the environment are looked up once, not on each request.

        Raises `ConfigError` for a CA bundle that cannot be used.
        """
        session = requests.Session()
        adapter = HTTPAdapter(pool_connections=8, pool_maxsize=connections)
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
        self._proxies = {base: get_environ_proxies(base) for base in bases}

    def __call__(self, request: Request, timeout: float) -> Answer:
        """Send and read the whole answer; redirects are answers too, since credentials must not follow them."""
        try:
            response = self._session.request(
                request.method,
                request.url,
                params=request.params,
                data=request.body,
                headers=dict(request.headers),
                timeout=timeout,
                allow_redirects=False,
                proxies=self._proxies_for(request.url),
            )
        except requests.exceptions.SSLError as error:
            raise _tls_trouble(request, error) from None
        except requests.exceptions.ConnectTimeout:
            raise NoAnswerError("no connection within the time-out", doubtful=False) from None
        except requests.exceptions.Timeout:
            raise NoAnswerError("no answer within the time-out", doubtful=True) from None
        except requests.exceptions.ProxyError:
            raise NoAnswerError("the proxy refused the connection", doubtful=False) from None
        except requests.exceptions.ConnectionError as error:
            raise _connection_trouble(error) from None
        except (requests.exceptions.InvalidHeader, UnicodeError):
            raise ConfigError(
                f"The credential for {request.url.split('/')[2]} cannot be sent: it holds a line break or a character that no header "
                "can carry. Copy it again.",
            ) from None
        except requests.exceptions.RequestException as error:
            raise NoAnswerError(f"the connection broke ({type(error).__name__})", doubtful=True) from None
        return Answer(response.status_code, response.content, response.headers)

    def _proxies_for(self, url: str) -> dict[str, str]:
        for base, proxies in self._proxies.items():
            if url.startswith(base):
                return dict(proxies)
        return {}


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


def _tls_trouble(request: Request, error: Exception) -> Exception:
    host = request.url.split("/")[2]
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return ConfigError(
            f"The certificate of {host} is not trusted, so nothing was sent. If your network inspects TLS, set "
            "network.ca_bundle to the bundle with your company's authority.",
        )
    return NoAnswerError(f"the TLS handshake with {host} failed", doubtful=False)


def _connection_trouble(error: requests.exceptions.ConnectionError) -> NoAnswerError:
    """Tell whether the request can have left: a connection that was never made has done nothing."""
    reason = getattr(error.args[0], "reason", error.args[0]) if error.args else error
    if isinstance(reason, NameResolutionError):
        return NoAnswerError("the host name could not be resolved", doubtful=False)
    if isinstance(reason, NewConnectionError):
        return NoAnswerError("the connection was refused", doubtful=False)
    return NoAnswerError("the connection broke before the answer", doubtful=True)
