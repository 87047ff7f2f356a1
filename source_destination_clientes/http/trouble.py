"""What a failed call means: whether the server may have done the work all the same, and whether the config is to blame."""

import ssl
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Final
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import NameResolutionError, NewConnectionError, ReadTimeoutError, SSLError

from source_destination_clientes.errors import ConfigError
from source_destination_clientes.http.connections import HandshakeError


class NoAnswerError(Exception):
    """The call ended without an answer.

    `doubtful`: the server may have done the work all the same. `timed_out`: it did not answer in time, as one that has too much to do.
    """

    def __init__(self, trouble: str, *, doubtful: bool, timed_out: bool = False) -> None:
        super().__init__(trouble)
        self.trouble = trouble
        self.doubtful = doubtful
        self.timed_out = timed_out


_CERTIFICATE: Final = {
    9: "is not valid yet. Check the clock of this machine",
    10: "has expired. Whoever runs the server must renew it",
    62: "is for another name. Check the address in the config",
    64: "is for another address. Check the address in the config",
}
"""By X509_V_ERR_* of https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/."""

_UNTRUSTED: Final = "is not trusted. If your network inspects TLS, set network.ca_bundle to the bundle with your company's authority"
_TROUBLES: Final[tuple[tuple[type[Exception], str, bool], ...]] = (
    (requests.exceptions.ConnectTimeout, "no connection within the time-out", False),
    (requests.exceptions.ProxyError, "the proxy refused the connection", False),
    (NameResolutionError, "the host name could not be resolved", False),
    (NewConnectionError, "the connection was refused", False),
    (requests.exceptions.Timeout, "no whole answer within the time-out", True),
    (ReadTimeoutError, "no whole answer within the time-out", True),
    (SSLError, "the TLS connection broke before the answer", True),
    (ssl.SSLError, "the TLS connection broke before the answer", True),
)
"""What is said of an error, and whether the request may have been sent; the first that fits."""

_PROXIES: Final = frozenset({"http", "https"})
_SOCKS: Final = frozenset({"socks4", "socks4a", "socks5", "socks5h"})


def trouble_of(error: requests.exceptions.RequestException, host: str, setting: str) -> Exception:
    """`ConfigError` for what no repetition would change, else `NoAnswerError`. `setting` names what in the config holds the address."""
    cause = _cause_of(error)
    if isinstance(cause, HandshakeError):
        return _handshake_trouble(cause, host)
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
        return ConfigError(f"{host} is no address that can be called. Correct {setting}.")
    if "Tunnel connection failed: 407" in str(error):
        return ConfigError(
            f"The proxy on the way to {host} wants a user and a password (407). Give them in the variable HTTPS_PROXY: "
            "http://USER:PASSWORD@HOST:PORT.",  # ignore-https-check: proxies speak it
        )
    for kind, trouble, doubtful in _TROUBLES:
        if isinstance(error, kind) or isinstance(cause, kind):
            return NoAnswerError(trouble, doubtful=doubtful, timed_out="time-out" in trouble)
    return NoAnswerError("the connection broke before the answer", doubtful=True)


def check_proxies(proxies: Mapping[str, Mapping[str, str]]) -> None:
    """Refuse a proxy of the environment that can serve no call; `proxies` are those of each address, by scheme.

    Raises `ConfigError`.
    """
    for base, by_scheme in proxies.items():
        proxy = by_scheme.get(urlsplit(base).scheme) or by_scheme.get("all")
        if proxy:
            _check_proxy(proxy)


def _check_proxy(proxy: str) -> None:
    # Neither shown nor logged: it may hold a password.
    try:
        parts = urlsplit(proxy if "://" in proxy else f"//{proxy}", scheme="http")
        usable = bool(parts.hostname) and parts.port != 0 and parts.scheme in _PROXIES | _SOCKS
    except ValueError:
        usable = False
    if not usable:
        raise ConfigError(
            "The proxy of this machine's environment is no address. Correct HTTPS_PROXY, HTTP_PROXY or ALL_PROXY: "
            "http://HOST:PORT.",  # ignore-https-check: proxies speak it
        )
    if parts.scheme in _SOCKS and find_spec("socks") is None:
        raise ConfigError(
            "The environment names a SOCKS proxy, which needs the package PySocks: install it beside the connector, or name an HTTP "
            "proxy in HTTPS_PROXY.",
        )


def _handshake_trouble(error: HandshakeError, host: str) -> Exception:
    said = error.args[0]
    if isinstance(said, ssl.SSLCertVerificationError):
        reason = _CERTIFICATE.get(said.verify_code, _UNTRUSTED)
    elif isinstance(said, ssl.SSLError):
        return NoAnswerError(f"the TLS handshake with {host} failed", doubtful=False)
    else:
        reason = _CERTIFICATE[62]
    return ConfigError(f"The certificate of {host} {reason}. Nothing was sent.")


def _cause_of(error: BaseException) -> BaseException:
    """The first error of those wrapped into one another."""
    while not isinstance(error, HandshakeError):
        inner = [getattr(error, "original_error", None), getattr(error, "reason", None), *error.args[:1]]
        wrapped = next((each for each in inner if isinstance(each, BaseException)), None)
        if wrapped is None:
            return error
        error = wrapped
    return error
