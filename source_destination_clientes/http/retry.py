"""The one retry policy: what is worth another attempt, when, and for how long.

Exponential backoff with full jitter after https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/,
`Retry-After` in both forms of RFC 9110 section 10.2.3.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, Protocol, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, retry_if_exception_type

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


class Interruptible(Protocol):
    """How a wait ends early when the platform asks us to stop."""

    def sleep(self, seconds: float) -> None:
        """Wait; raise `Interrupted` when asked to stop."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Seconds: the budget of one call over all its attempts, and the time-out of one attempt."""

    budget: float
    timeout: float


class _TryAgainError(Exception):
    """An attempt that failed in a way worth repeating."""

    def __init__(
        self, trouble: str, *, doubtful: bool, retry_after: float | None = None, limited: bool = False
    ) -> None:
        super().__init__(trouble)
        self.trouble = trouble
        self.doubtful = doubtful
        self.retry_after = retry_after
        self.limited = limited


@dataclass(frozen=True, slots=True)
class Caller:
    """Calls an API through the retry policy. Safe to share between threads."""

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
        attempt = _Attempt(self, request)
        for trial in Retrying(
            retry=retry_if_exception_type(_TryAgainError),
            wait=self._wait,
            stop=lambda state: self._exhausted(state, started),
            sleep=self.clock.sleep,
            before_sleep=lambda state: self._announce(request, state),
            retry_error_callback=lambda state: self._give_up(request, state, started),
        ):
            with trial:
                return attempt.once(read)
        raise AssertionError("tenacity ends by returning or raising")

    def _wait(self, state: RetryCallState) -> float:
        error = _trouble_of(state)
        backoff = _backoff(state, self.clock)
        # A server that asks for no wait at all, time and again, must not be asked without one.
        return backoff if error.retry_after is None else max(error.retry_after, backoff)

    def _exhausted(self, state: RetryCallState, started: float) -> bool:
        return self.clock.monotonic() - started + state.upcoming_sleep > self.policy.budget

    def _announce(self, request: Request, state: RetryCallState) -> None:
        error = _trouble_of(state)
        self.on_wait(Wait(request.operation, state.upcoming_sleep, error.trouble, error.limited))

    def _give_up(self, request: Request, state: RetryCallState, started: float) -> None:
        error = _trouble_of(state)
        seconds = self.clock.monotonic() - started
        asked = f", and the server asks to wait {error.retry_after:.0f} s more" if error.retry_after else ""
        raise TransientError(
            f"Could not {request.operation} at {_host(request)}: {error.trouble}, after {state.attempt_number} attempts "
            f"in {seconds:.0f} s{asked}. Run the sync again; raise network.retry_minutes if outages there last longer.",
        ) from None


@dataclass(slots=True)
class _Attempt:
    """What the attempts of one call share."""

    caller: Caller
    request: Request
    doubtful: bool = False
    renewed: bool = False

    def once(self, read: Callable[[Answer], T]) -> T:
        answer = self._authorised()
        trouble = f"it answered {answer.status}"
        if answer.status in RETRYABLE_STATUSES or answer.status in self.request.retry_also:
            self.doubtful = self.doubtful or answer.status >= 500
            limited = answer.status == 429
            wait = retry_after(answer.headers.get("Retry-After"), self.caller.clock.now())
            raise _TryAgainError(trouble, doubtful=self.doubtful, retry_after=wait, limited=limited)
        try:
            return read(Answer(answer.status, answer.body, answer.headers, doubtful=self.doubtful))
        except UnreadableAnswerError as error:
            self.doubtful = True
            raise _TryAgainError(
                f"{trouble} with something that cannot be read ({error})", doubtful=True
            ) from None

    def _authorised(self) -> Answer:
        """Send with the credential; a 401 renews it once per request."""
        credential = self.caller.credential
        value = credential.authorization() if credential else None
        answer = self._send(value)
        if answer.status == 401 and credential and value is not None and not self.renewed:
            self.renewed = True
            if credential.renew(value):
                answer = self._send(credential.authorization())
        if answer.status == 401 and credential:
            raise ConfigError(
                f"{_host(self.request)} refuses the credential (401) to {self.request.operation}. Check the credentials "
                "in the config: the user, the key and its expiry.",
            )
        if answer.status == 403 and credential:
            raise ConfigError(
                f"{_host(self.request)} forbids us to {self.request.operation} (403). Ask for the missing permission: "
                "PDVSync wants RETAGUARDA for the RAC user; an API key needs readWrite on /v1/customers.",
            )
        return answer

    def _send(self, authorization: str | None) -> Answer:
        request = self.request
        if authorization is not None:
            headers = {**request.headers, "Authorization": authorization}
            request = replace(request, headers=headers)
        if request.rate_limited:
            self.caller.throttle()
        try:
            return self.caller.transport(request, self.caller.policy.timeout)
        except NoAnswerError as error:
            self.doubtful = self.doubtful or error.doubtful
            raise _TryAgainError(error.trouble, doubtful=self.doubtful) from None


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
        for trial in Retrying(
            retry=retry_if_exception(_is_passing),
            wait=lambda state: _backoff(state, self.clock),
            stop=self._exhausted,
            sleep=self.clock.sleep,
            before_sleep=lambda state: self.on_wait(
                Wait(self.operation, state.upcoming_sleep, self.trouble, rate_limited=False)
            ),
            reraise=True,
        ):
            with trial:
                done = act()
                self._since = None
                return done
        raise AssertionError("tenacity ends by returning or raising")

    def _exhausted(self, state: RetryCallState) -> bool:
        now = self.clock.monotonic()
        if self._since is None:
            self._since = now
        return now - self._since + state.upcoming_sleep > self.budget


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


def _backoff(state: RetryCallState, clock: Clock) -> float:
    return clock.random() * min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** (state.attempt_number - 1))


def _is_passing(error: BaseException) -> bool:
    return isinstance(error, TransientError) and not isinstance(error, Interrupted)


def _trouble_of(state: RetryCallState) -> _TryAgainError:
    outcome = state.outcome
    error = outcome.exception() if outcome else None
    assert isinstance(error, _TryAgainError), "only a failed attempt is retried"
    return error


def _host(request: Request) -> str:
    return request.url.split("/")[2]
