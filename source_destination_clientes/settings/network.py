"""Time-outs, retries and limits, and which addresses are of this machine."""

import ipaddress
from urllib.parse import urlsplit

from source_destination_clientes.settings.option import Section, about


class Network(Section):
    """Time-outs, retries and limits."""

    request_timeout_seconds: float = about(
        "Request Time-out (Seconds)",
        "The longest time for one request to PDVSync to connect, and to answer.",
        60,
        ge=1,
        le=600,
    )
    retry_minutes: float = about(
        "Retry for (Minutes)",
        "How long a failed call is tried again before the sync fails with a transient error.",
        10,
        ge=0,
        le=90,
    )
    requests_per_second: float | None = about(
        "Requests per Second",
        "Send at most this many requests to PDVSync in a second, all concurrent ones together. No limit when empty.",
        None,
        ge=0.01,
        le=10_000,
    )
    ca_bundle: str | None = about(
        "CA Bundle",
        "File with the certificate authorities to trust, if your network inspects TLS.",
        None,
    )
    allow_insecure_http: bool = about(
        "Allow Insecure HTTP",
        "Accept addresses that begin with http:// and are on another machine. Only for tests.",
        default=False,
        airbyte_hidden=True,
    )


def is_loopback(url: str) -> bool:
    """Whether the address is one of this machine: localhost, 127.0.0.0/8 or ::1."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
