"""The one place that touches a socket, with a fake in the place of the socket."""

import io
import ssl
from pathlib import Path
from typing import Any

import certifi
import pytest
import requests
from requests.adapters import BaseAdapter
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import (
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)
from urllib3.util.ssl_match_hostname import CertificateError

from source_destination_clientes.errors import ConfigError
from source_destination_clientes.http.connections import HandshakeError
from source_destination_clientes.http.transport import NoAnswerError, Request, RequestsTransport

REQUEST = Request(
    "open a lote", "POST", "https://api.example/path", b"{}", {"Content-Type": "application/json"}
)
POOL = HTTPConnectionPool("api.example")
CONNECTION = HTTPConnection("api.example")


class FakeAdapter(BaseAdapter):
    """Stands in for a connection of requests."""

    def __init__(self, said: Exception | tuple[int, bytes, dict[str, str]]) -> None:
        super().__init__()
        self.said = said
        self.sent: list[requests.PreparedRequest] = []
        self.options: list[dict[str, Any]] = []

    def send(self, request: requests.PreparedRequest, *_: Any, **options: Any) -> requests.Response:
        self.sent.append(request)
        self.options.append(options)
        if isinstance(self.said, Exception):
            raise self.said
        response = requests.Response()
        response.status_code, content, headers = self.said
        response.headers.update(headers)
        response.raw = io.BytesIO(content)
        response.request = request
        response.url = str(request.url)
        return response

    def close(self) -> None:
        """Nothing is open."""


def make(
    said: Exception | tuple[int, bytes, dict[str, str]], ca_bundle: str | None = None
) -> tuple[RequestsTransport, FakeAdapter]:
    transport = RequestsTransport(
        connections=2, ca_bundle=ca_bundle, bases=["https://api.example", "https://rac.example/x"]
    )
    adapter = FakeAdapter(said)
    transport._session.mount("https://", adapter)
    return transport, adapter


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "HTTPS_PROXY",
        "HTTP_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
    ):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def test_an_answer_comes_back_as_it_was_said() -> None:
    transport, adapter = make((201, b"\xc3\xa7", {"Retry-After": "7"}))
    said = transport(REQUEST, 5)
    assert (said.status, said.body, said.ok, said.doubtful) == (201, b"\xc3\xa7", True, False)
    assert said.headers.get("retry-after") == "7"
    (sent,) = adapter.sent
    assert (sent.method, sent.url, sent.body) == ("POST", "https://api.example/path", b"{}")
    assert sent.headers["Content-Type"] == "application/json"
    assert sent.headers["User-Agent"] == "airbyte-destination-clientes"
    assert adapter.options[0]["timeout"] == 5
    assert adapter.options[0]["verify"] is True


def test_parameters_are_encoded_into_the_address() -> None:
    transport, adapter = make((200, b"", {}))
    transport(Request("ask", "GET", "https://api.example/p", params={"inquilino": "a b&c"}), 5)
    assert adapter.sent[0].url == "https://api.example/p?inquilino=a+b%26c"


def test_a_redirect_is_an_answer_because_credentials_must_not_follow_it() -> None:
    transport, adapter = make((302, b"", {"Location": "https://elsewhere.example/"}))
    assert transport(REQUEST, 5).status == 302
    assert len(adapter.sent) == 1


@pytest.mark.parametrize(
    ("error", "trouble", "doubtful"),
    [
        (requests.exceptions.ConnectTimeout(), "no connection within the time-out", False),
        (requests.exceptions.ReadTimeout(), "no whole answer within the time-out", True),
        (requests.exceptions.ProxyError(), "the proxy refused the connection", False),
        (
            requests.exceptions.SSLError(
                MaxRetryError(POOL, "/", HandshakeError(ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER]")))
            ),
            "the TLS handshake with api.example failed",
            False,
        ),
        (
            requests.exceptions.SSLError(
                MaxRetryError(POOL, "/", SSLError(ssl.SSLError(1, "bad record mac")))
            ),
            "the TLS connection broke before the answer",
            True,
        ),
        (
            requests.exceptions.ConnectionError(ReadTimeoutError(POOL, "/", "Read timed out.")),
            "no whole answer within the time-out",
            True,
        ),
        (
            requests.exceptions.ConnectionError(
                MaxRetryError(POOL, "/", NewConnectionError(CONNECTION, "refused"))
            ),
            "the connection was refused",
            False,
        ),
        (
            requests.exceptions.ConnectionError(
                MaxRetryError(POOL, "/", NameResolutionError("api.example", CONNECTION, OSError()))  # type: ignore[arg-type] # stubs want a gaierror
            ),
            "the host name could not be resolved",
            False,
        ),
        (
            requests.exceptions.ConnectionError(ProtocolError("reset")),
            "the connection broke before the answer",
            True,
        ),
        (requests.exceptions.ConnectionError(), "the connection broke before the answer", True),
        (requests.exceptions.ChunkedEncodingError(), "the connection broke before the answer", True),
    ],
)
def test_no_answer_says_whether_the_work_may_have_been_done(
    error: Exception, trouble: str, doubtful: bool
) -> None:
    transport, _ = make(error)
    with pytest.raises(NoAnswerError) as caught:
        transport(REQUEST, 5)
    assert (caught.value.trouble, caught.value.doubtful) == (trouble, doubtful)


def test_a_certificate_nobody_vouches_for_is_the_operators_to_solve() -> None:
    transport, _ = make(handshake(certificate_error(18)))
    with pytest.raises(
        ConfigError, match=r"api\.example is not trusted.*network\.ca_bundle.*Nothing was sent"
    ):
        transport(REQUEST, 5)


def handshake(said: Exception) -> requests.exceptions.SSLError:
    return requests.exceptions.SSLError(MaxRetryError(POOL, "/", HandshakeError(said)))


def certificate_error(code: int) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED]")
    error.verify_code = code
    return error


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (certificate_error(10), "has expired"),
        (certificate_error(9), "is not valid yet.*clock"),
        (certificate_error(62), "is for another name"),
        (CertificateError("hostname 'x' doesn't match"), "is for another name"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_said(said: Exception, reason: str) -> None:
    transport, _ = make(handshake(said))
    with pytest.raises(ConfigError, match=f"certificate of api\\.example {reason}"):
        transport(REQUEST, 5)


def test_a_certificate_is_judged_through_a_proxy_too() -> None:
    wrapped = ProxyError("Unable to connect to proxy", HandshakeError(certificate_error(10)))
    transport, _ = make(requests.exceptions.ProxyError(MaxRetryError(POOL, "/", wrapped)))
    with pytest.raises(ConfigError, match="has expired"):
        transport(REQUEST, 5)


@pytest.mark.parametrize(
    "error",
    [
        requests.exceptions.InvalidURL("Failed to parse: https://api.example:99999"),
        requests.exceptions.InvalidSchema("No connection adapters were found"),
        requests.exceptions.ProxyError(
            MaxRetryError(POOL, "/", ProxyError("x", OSError("Tunnel connection failed: 407 Auth")))
        ),
    ],
)
def test_what_no_repetition_would_change_is_the_operators_to_solve(error: Exception) -> None:
    transport, _ = make(error)
    with pytest.raises(ConfigError, match=r"api\.example"):
        transport(REQUEST, 5)


@pytest.mark.parametrize(
    "proxy", ["http://", "http://host:port", "ftp://host", "socks5://host:1080", "http://u:s3cret@[::1"]
)
def test_a_proxy_that_can_serve_no_call_is_told_before_any(
    proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(ConfigError, match=r"HTTPS_PROXY") as caught:
        make((200, b"", {}))
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "base",
    ["http://127.0.0.1:80", "http://127.8.9.1", "http://[::1]:80", "http://localhost", "http://LOCALHOST:1"],
)
def test_loopback_never_goes_through_a_proxy(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://proxy.example:3128")
    transport = RequestsTransport(connections=2, ca_bundle=None, bases=[base, "http://far.example"])
    adapter = FakeAdapter((200, b"", {}))
    transport._session.mount("http://", adapter)
    transport(Request("ask", "GET", f"{base}/x"), 5)
    transport(Request("ask", "GET", "http://far.example/x"), 5)
    assert [bool(options["proxies"]) for options in adapter.options] == [False, True]


def test_an_answer_larger_than_the_request_allows_is_none() -> None:
    transport, _ = make((200, b"x" * 1001, {}))
    with pytest.raises(NoAnswerError, match="more than 0 MB") as caught:
        transport(Request("ask", "GET", "https://api.example/", largest_answer=1000), 5)
    assert caught.value.doubtful
    assert len(transport(Request("ask", "GET", "https://api.example/", largest_answer=1001), 5).body) == 1001


def test_a_large_body_has_the_time_a_slow_line_needs() -> None:
    transport, adapter = make((200, b"", {}))
    transport(Request("ask", "POST", "https://api.example/", b"x" * 2_000_000), 5)
    assert adapter.options[0]["timeout"] == 10


def test_a_header_with_a_line_break_is_never_sent() -> None:
    transport, adapter = make((200, b"", {}))
    with pytest.raises(ConfigError, match="line break"):
        transport(Request("ask", "GET", "https://api.example/", headers={"Authorization": "a\nb"}), 5)
    assert adapter.sent == []
    transport, _ = make(UnicodeEncodeError("latin-1", "\u20ac", 0, 1, "ordinal not in range"))
    with pytest.raises(ConfigError, match="no header can carry"):
        transport(REQUEST, 5)


def test_the_proxy_of_the_environment_serves_the_hosts_it_is_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "rac.example")
    transport, adapter = make((200, b"", {}))
    transport(REQUEST, 5)
    transport(Request("get a token", "POST", "https://rac.example/x/token"), 5)
    transport(Request("get a file", "GET", "https://elsewhere.example/"), 5)
    proxies = [options["proxies"].get("https") for options in adapter.options]
    assert proxies == ["http://proxy.example:3128", None, None]


def test_a_bundle_of_the_config_goes_before_one_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certifi.where())
    ours = tmp_path / "bundle.pem"
    ours.write_text(Path(certifi.where()).read_text())
    transport, adapter = make((200, b"", {}), str(ours))
    transport(REQUEST, 5)
    assert adapter.options[0]["verify"] == str(ours)
    transport, adapter = make((200, b"", {}))
    transport(REQUEST, 5)
    assert adapter.options[0]["verify"] == certifi.where()


def test_a_bundle_that_does_not_exist_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.pem cannot be used.*network\.ca_bundle"):
        make((200, b"", {}), str(tmp_path / "gone.pem"))


def test_a_bundle_without_certificates_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "bundle.pem").write_text("hello")
    with pytest.raises(ConfigError, match=r"network\.ca_bundle"):
        make((200, b"", {}), str(tmp_path / "bundle.pem"))


def test_a_folder_of_certificates_is_a_bundle(tmp_path: Path) -> None:
    make((200, b"", {}), str(tmp_path))
