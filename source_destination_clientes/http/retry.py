"""The one retry loop: what is worth another attempt, when, and for how long.

Exponential backoff with full jitter after https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/,
`Retry-After` in both forms of RFC 9110 section 10.2.3.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, Protocol, TypeVar

from source_destination_clientes.errors import ConfigError, Interrupted, TransientError
from source_destination_clientes.http.transport import Answer, NoAnswerError, Request, Transport
from source_destination_clientes.runtime.clock import Clock

T = TypeVar("T")

RETRYABLE_STATUSES: Final = frozenset({408, 425, 429}) | frozenset(range(500, 600))
"""Statuses after which the same request may succeed. All other 4xx are the reader's business."""

_FIRST_WAIT: Final = 0.5
_LONGEST_WAIT: Final = 60.0


class UnreadableAnswerError(Exception):
    """Raised by a reader that cannot tell from an answer what became of the call."""


@dataclass(frozen=True, slots=True)
class Wait:
    """A pause before the next attempt, in seconds. `rate_limited`: the server asked for it."""

    operation: str
    seconds: float
    trouble: str
    rate_limited: bool


class Credential(Protocol):
    """Something that authorises requests."""

    def authorization(self) -> str:
        """Return the value of the Authorization header."""

    def renew(self, stale: str) -> bool:
        """Replace `stale`, a value that was refused; False when there is nothing to renew."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Seconds: the budget of one call over all its attempts, and the time-out of one attempt."""

    budget: float
    timeout: float


class _TryAgainError(Exception):
    """An attempt that failed in a way worth repeating; `retry_after` is in seconds, None when the server named no time."""

    def __init__(
        self, trouble: str, *, retry_after: float | None = None, limited: bool = False, at_once: bool = False
    ) -> None:
        super().__init__(trouble)
        self.trouble = trouble
        self.retry_after = retry_after
        self.limited = limited
        self.at_once = at_once


@dataclass(frozen=True, slots=True)
class Caller:
    """Calls an API, again where that is worth it. Safe to share between threads."""

    transport: Transport
    policy: RetryPolicy
    clock: Clock
    on_wait: Callable[[Wait], None] = lambda _wait: None
    throttle: Callable[[], None] = lambda: None
    credential: Credential | None = None

    def call(self, request: Request, read: Callable[[Answer], T]) -> T:
        """Send `request` until `read` makes sense of an answer.

        `read` gets every answer that is final (2xx, and 4xx other than 401, 403, 408, 425, 429) and may raise
        `UnreadableAnswerError` to have the call repeated.

        Raises `ConfigError` when the credential is refused or lacks a permission, `TransientError` when the budget is
        used up, `Interrupted` when a wait was cut short.
        """
        started = self.clock.monotonic()
        attempts = _Attempts(self, request)
        while True:
            try:
                return attempts.once(read)
            except _TryAgainError as error:
                failed = error
            if failed.at_once:
                continue
            backoff = _backoff(attempts.made, self.clock)
            # A server that asks for no wait at all, time and again, must not be asked without one.
            wait = backoff if failed.retry_after is None else max(failed.retry_after, backoff)
            passed = self.clock.monotonic() - started
            if passed + wait > self.policy.budget:
                raise _out_of_time(request, failed, attempts.made, passed)
            self.on_wait(Wait(request.operation, wait, failed.trouble, failed.limited))
            self.clock.sleep(wait)


@dataclass(slots=True)
class _Attempts:
    """What the attempts of one call share. `doubtful`: one of them may have done the work without our hearing of it."""

    caller: Caller
    request: Request
    made: int = 0
    doubtful: bool = False
    renewed: bool = False

    def once(self, read: Callable[[Answer], T]) -> T:
        """Sign and send once. Raises `_TryAgainError` when another attempt is worth it."""
        caller, credential = self.caller, self.caller.credential
        self.made += 1
        signature = credential.authorization() if credential else None
        if self.request.rate_limited:
            caller.throttle()
        try:
            answer = caller.transport(_signed(self.request, signature), caller.policy.timeout)
        except NoAnswerError as error:
            self.doubtful = self.doubtful or error.doubtful
            raise _TryAgainError(error.trouble) from None
        if credential and signature:
            self._check_access(answer.status, credential, signature)
        self._check_passing(answer)
        try:
            return read(replace(answer, doubtful=self.doubtful))
        except UnreadableAnswerError as error:
            self.doubtful = True
            trouble = f"it answered {answer.status} with something that cannot be read ({error})"
            raise _TryAgainError(trouble) from None

    def _check_access(self, status: int, credential: Credential, signature: str) -> None:
        """A 401 renews the credential, once a call."""
        if status == 401 and not self.renewed:
            self.renewed = True
            if credential.renew(signature):
                raise _TryAgainError("the credential was refused", at_once=True)
        if status == 401:
            raise ConfigError(
                f"{_host(self.request)} refuses the credential (401) to {self.request.operation}. Check the credentials "
                "in the config: the user, the key and its expiry.",
            )
        if status == 403:
            raise ConfigError(
                f"{_host(self.request)} forbids us to {self.request.operation} (403). Ask for the missing permission: "
                "PDVSync wants RETAGUARDA for the RAC user; an API key needs readWrite on /v1/customers.",
            )

    def _check_passing(self, answer: Answer) -> None:
        if answer.status in RETRYABLE_STATUSES or answer.status in self.request.retry_also:
            self.doubtful = self.doubtful or answer.status >= 500
            raise _TryAgainError(
                f"it answered {answer.status}",
                retry_after=retry_after(answer.headers.get("Retry-After"), self.caller.clock.now()),
                limited=answer.status == 429,
            )


@dataclass(slots=True)
class Patience:
    """The same waits for what is no request of ours: repeats an act while it raises `TransientError`. Used by one thread.

    `budget` is in seconds and counts from the first failure since the last success, so that whoever comes again
    in an outage that lasts too long is not kept waiting all over.
    """

    operation: str
    trouble: str
    budget: float
    clock: Clock
    on_wait: Callable[[Wait], None] = lambda _wait: None
    _since: float | None = None

    def __call__(self, act: Callable[[], T]) -> T:
        """Do it until it succeeds; raises what the last attempt raised, or `Interrupted` when a wait was cut short."""
        failures = 0
        while True:
            try:
                done = act()
            except Interrupted:
                raise
            except TransientError:
                failures += 1
                wait = _backoff(failures, self.clock)
                now = self.clock.monotonic()
                self._since = now if self._since is None else self._since
                if now - self._since + wait > self.budget:
                    raise
            else:
                self._since = None
                return done
            self.on_wait(Wait(self.operation, wait, self.trouble, rate_limited=False))
            self.clock.sleep(wait)


def retry_after(value: str | None, now: datetime) -> float | None:
    """Read a Retry-After header as seconds from `now`, never negative; None when absent or malformed.

    >>> retry_after("7", datetime(2026, 1, 1, tzinfo=UTC))
    7.0
    >>> retry_after("Thu, 01 Jan 2026 00:00:30 GMT", datetime(2026, 1, 1, tzinfo=UTC))
    30.0
    """
    if not value:
        return None
    if value.strip().isascii() and value.strip().isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def _backoff(made: int, clock: Clock) -> float:
    return clock.random() * min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** min(made - 1, 30))


def _signed(request: Request, signature: str | None) -> Request:
    if signature is None:
        return request
    return replace(request, headers={**request.headers, "Authorization": signature})


def _out_of_time(request: Request, failed: _TryAgainError, made: int, seconds: float) -> TransientError:
    asked = f", and the server asks to wait {failed.retry_after:.0f} s more" if failed.retry_after else ""
    return TransientError(
        f"Could not {request.operation} at {_host(request)}: {failed.trouble}, after {made} attempts in {seconds:.0f} s{asked}. "
        "Run the sync again; raise network.retry_minutes if outages there last longer.",
    )


def _host(request: Request) -> str:
    return request.url.split("/")[2]
