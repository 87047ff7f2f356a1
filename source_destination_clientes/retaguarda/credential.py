"""Who we are to PDVSync: a RAC token by password grant, or a token the operator made.

Grant, scope and answer as first-party clients use them:
https://github.com/totvs/winthor-smart-hub-layouts/tree/main/pdvsync
"""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urlencode

from source_destination_clientes.errors import ClientesError, ConfigError
from source_destination_clientes.http.body import parse_object
from source_destination_clientes.http.pace import Pace
from source_destination_clientes.http.retry import Caller, UnreadableAnswerError
from source_destination_clientes.http.transport import Answer, Request

_ASSUMED_LIFETIME: Final = 1200.0
"""Seconds; what first-party clients assume when the answer brings no `expires_in`."""

_MARGIN: Final = 120.0
"""Seconds before its end at which a token is renewed, but never more than a quarter of its life."""


@dataclass(frozen=True, slots=True)
class PasswordGrant:
    """What the RAC token endpoint wants to know."""

    url: str
    username: str
    password: str = field(repr=False)
    client_id: str
    client_secret: str = field(repr=False)

    def form(self) -> bytes:
        """The form that asks for a token."""
        return urlencode(
            {
                "grant_type": "password",
                "username": self.username,
                "password": self.password,
                "scope": "authorization_api",
                "client_id": self.client_id,
                "client_secret": self.client_secret,
            },
        ).encode()


@dataclass(frozen=True, slots=True)
class StaticToken:
    """A token that cannot be renewed from here."""

    token: str = field(repr=False)

    def authorization(self) -> str:
        """The header value."""
        return f"Bearer {self.token}"

    def renew(self, stale: str) -> bool:  # noqa: ARG002 - the protocol of credentials
        """Nothing to renew."""
        return False


class RacCredential:
    """A RAC token, fetched when first needed and renewed before it ends. Safe to share between threads."""

    def __init__(self, caller: Caller, grant: PasswordGrant, learn_secret: Callable[[str], None]) -> None:
        """`caller` must carry no credential; `learn_secret` hears of each token, so that logs can mask it."""
        # Another server than the API's: it is busy at other times.
        self._caller = replace(caller, pace=Pace(1, caller.clock.monotonic))
        self._grant = grant
        self._learn_secret = learn_secret
        self._lock = threading.Lock()
        self._token = ""
        self._renew_at = 0.0
        self._failure: ClientesError | None = None
        self._failed_at = 0.0

    def authorization(self) -> str:
        """The header value, with a token that still lives."""
        asked_at = self._caller.clock.monotonic()
        with self._lock:
            if not self._token or self._caller.clock.monotonic() >= self._renew_at:
                self._fetch(asked_at)
            return f"Bearer {self._token}"

    def renew(self, stale: str) -> bool:
        """Fetch a new token unless another thread just did."""
        asked_at = self._caller.clock.monotonic()
        with self._lock:
            if f"Bearer {self._token}" == stale:
                self._fetch(asked_at)
            return True

    def _fetch(self, asked_at: float) -> None:
        """Fetch a token; who waited for another thread's attempt shares its failure instead of waiting as long again."""
        if self._failure is not None and self._failed_at > asked_at:
            raise self._failure
        try:
            self._fetch_now()
        except ClientesError as failure:
            self._failure, self._failed_at = failure, self._caller.clock.monotonic()
            raise

    def _fetch_now(self) -> None:
        request = Request(
            "get a RAC token",
            "POST",
            self._grant.url,
            body=self._grant.form(),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            setting="credentials.rac_tenant or credentials.token_url",
        )
        asked_at = self._caller.clock.monotonic()
        said = self._caller.call(request, _read_token)
        if isinstance(said, ConfigError):
            raise said
        token, lifetime = said
        self._learn_secret(token)
        self._token = token
        self._renew_at = asked_at + lifetime - min(_MARGIN, lifetime / 4)


def _read_token(answer: Answer) -> tuple[str, float] | ConfigError:
    """The token and its lifetime in seconds, or the refusal of who we are.

    An object with `error` is a refusal whatever its status (RFC 6749 section 5.2). It is returned, so that it is never repeated, as
    RAC locks a user after some wrong passwords.
    """
    content = parse_object(answer.body) or {}
    if content.get("error"):
        return _refused(answer.status, content)
    if not answer.ok:
        raise _refused(answer.status, content)
    token = content.get("access_token")
    if not isinstance(token, str) or not token:
        raise UnreadableAnswerError("no access_token in it")
    lifetime = content.get("expires_in")
    try:
        seconds = float(lifetime) if lifetime is not None else _ASSUMED_LIFETIME
    except (TypeError, ValueError, OverflowError):
        seconds = _ASSUMED_LIFETIME
    return token, seconds if seconds > 0 else _ASSUMED_LIFETIME


def _refused(status: int, content: dict[str, object]) -> ConfigError:
    """OAuth's `error` is a code and may be shown; `error_description` may quote the user name and may not."""
    code = content.get("error")
    shown = f", error {code}" if isinstance(code, str) and re.fullmatch(r"[a-z_]{1,40}", code) else ""
    advice = (
        "Check credentials.rac_tenant or credentials.token_url, and the environment."
        if status in {301, 302, 307, 308, 404, 405}
        else "Check credentials.username, password, client_id and client_secret."
    )
    return ConfigError(f"The RAC token endpoint gave no token (HTTP {status}{shown}). {advice}")
