"""Connections of urllib3 on which one deadline bounds the whole of a call: connecting, sending, headers, chunks.

A time-out of urllib3 counts between two bytes, so that a server that sends one now and then is never too late
(https://urllib3.readthedocs.io/en/stable/reference/urllib3.util.html#urllib3.util.Timeout). Here every read and every write gets
what is left until the deadline.
"""

import http.client
import io
import socket
import ssl
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from urllib3 import PoolManager, Timeout
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import ConnectTimeoutError, SSLError
from urllib3.util.ssl_match_hostname import CertificateError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from urllib3.connection import HTTPConnection
else:
    HTTPConnection = object

_TLS_RECORD: Final = 16_384
_LEAST: Final = 0.001
"""Seconds: a time-out of zero would mean not to wait at all."""


class HandshakeError(SSLError):
    """TLS failed before anything was sent; `args[0]` is what it said."""


class Deadline(Timeout):
    """A time-out that counts from when it is made, through everything that urllib3 does for one call."""

    def __init__(self, seconds: float, *, end: float | None = None) -> None:
        super().__init__()
        self._end = time.monotonic() + seconds if end is None else end

    def clone(self) -> "Deadline":
        """The same deadline: urllib3 takes a copy for each call."""
        return Deadline(0, end=self._end)

    @property
    def connect_timeout(self) -> float:
        """Seconds left."""
        return max(_LEAST, self._end - time.monotonic())

    @property
    def read_timeout(self) -> float:
        """Seconds left; zero when it is too late, which urllib3 takes for a time-out."""
        return max(0.0, self._end - time.monotonic())


class _TimedReader(io.RawIOBase):
    """The receiving side of a socket, where each read has what is left until `end`."""

    def __init__(self, sock: socket.socket, raw: Any, end: float | None) -> None:
        super().__init__()
        self._sock = sock
        self._raw = raw
        self._end = end

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int | None:
        if self._end is not None:
            left = self._end - time.monotonic()
            if left <= 0:
                raise TimeoutError("timed out")
            self._sock.settimeout(left)
        count: int | None = self._raw.readinto(buffer)
        return count

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class _TimedResponse(http.client.HTTPResponse):
    """An answer that is read until its deadline, interim answers passed over.

    http.client knows 100 alone; any other interim answer (RFC 9110 section 15.2) would count as the answer, and the answer as that
    of the next request.
    """

    def __init__(self, sock: socket.socket, *arguments: Any, end: float | None, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self.fp = io.BufferedReader(_TimedReader(sock, self.fp.detach(), end))

    def _read_status(self) -> tuple[str, int, str]:
        while True:
            version, status, reason = super()._read_status()  # type: ignore[misc] # not in the stubs
            if status == http.client.SWITCHING_PROTOCOLS or not 100 <= status < 200:
                return version, status, reason
            http.client.parse_headers(self.fp)


class _Timed(HTTPConnection):
    """What a connection does on time. To be mixed into one of urllib3."""

    _end: float | None

    @property
    def timeout(self) -> float | None:
        """Seconds left for the call that is under way; urllib3 sets it for each call and reads it for each step."""
        return None if self._end is None else max(_LEAST, self._end - time.monotonic())

    @timeout.setter
    def timeout(self, seconds: float | None) -> None:
        self._end = None if seconds is None else time.monotonic() + seconds
        self.response_class = partial(_TimedResponse, end=self._end)  # type: ignore[assignment] # made when it is called

    def connect(self) -> None:
        """Connect, with errors that tell a failed handshake from a connection that broke later."""
        try:
            super().connect()
        except (ssl.SSLError, CertificateError) as error:
            raise HandshakeError(error) from None
        except TimeoutError as error:
            raise ConnectTimeoutError(self, str(error)) from None

    def send(self, data: Any) -> None:
        """Send within what is left: over TLS the time-out of a socket counts for each record, not for the whole."""
        if self.sock is None or not isinstance(data, bytes):
            super().send(data)
            return
        step = _TLS_RECORD if isinstance(self.sock, ssl.SSLSocket) else len(data)
        for at in range(0, len(data), step or 1):
            self.sock.settimeout(self.timeout)
            super().send(data[at : at + step])


def timed_pool(pool: type[HTTPConnectionPool]) -> Callable[..., HTTPConnectionPool]:
    """The same kind of pool, with connections that keep to a deadline."""
    connection = type(f"Timed{pool.ConnectionCls.__name__}", (_Timed, pool.ConnectionCls), {})
    return type(f"Timed{pool.__name__}", (pool,), {"ConnectionCls": connection})


def keep_time(manager: PoolManager) -> None:
    """Have all connections of `manager` keep to a deadline, whether they are direct, through a proxy or through SOCKS."""
    pools = manager.pool_classes_by_scheme
    manager.pool_classes_by_scheme = {scheme: timed_pool(pool) for scheme, pool in pools.items()}  # type: ignore[misc] # made of types
