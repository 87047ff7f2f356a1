"""The one retry loop: what is worth another attempt, when, and for how long.

Exponential backoff with full jitter after https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/,
`Retry-After` in both forms of RFC 9110 section 10.2.3.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, Protocol, TypeVar
from urllib.parse import urljoin, urlsplit

from source_destination_clientes.errors import ConfigError, Interrupted, TransientError
from source_destination_clientes.http.limits import FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS
from source_destination_clientes.http.pace import Pace, Ticket
from source_destination_clientes.http.transport import Answer, NoAnswerError, Request, Transport
from source_destination_clientes.runtime.clock import Clock

T = TypeVar("T")

RETRYABLE_STATUSES: Final = frozenset({408, 425, 429}) | frozenset(range(500, 600))
"""Statuses after which the same request may succeed. All other 4xx are the reader's business."""

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


class UnreadableAnswerError(Exception):
    """Raised by a reader that cannot tell from an answer what became of the call."""


class AccessError(ConfigError):
    """Who we are is refused, or may not do this: another call would be refused in the same way."""


class OutOfTimeError(TransientError):
    """A call has used up its budget. `status` is that of the last answer, None when there was none."""

    def __init__(self, message: str, status: int | None) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Wait:
    """A pause before the next attempt, in seconds. `rate_limited`: the server asked for it. `status` is that of the last answer."""

    operation: str
    seconds: float
    trouble: str
    rate_limited: bool
    status: int | None = None


class Credential(Protocol):
    """Something that authorises requests."""

    def authorization(self) -> str:
        """Return the value of the Authorization header."""

    def renew(self, stale: str) -> bool:
        """Replace `stale`, a value that was refused; False when there is nothing to renew."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Seconds: the budget of one call over all its attempts, and the time-out of one attempt.

    `stubborn`: for what must be done, such as closing a lote. No single answer ends the call before its budget, neither one that
    speaks against the config nor one that asks for a longer wait, and no pause of the API keeps it from its attempts. `advice` is what
    to do once the budget is used up.
    """

    budget: float
    timeout: float
    stubborn: bool = False
    advice: str = "Run the sync again; raise network.retry_minutes if outages there last longer."


class _TryAgainError(Exception):
    """An attempt that failed in a way worth repeating; `retry_after` is in seconds, None when the server named no time."""

    def __init__(
        self,
        trouble: str,
        status: int | None = None,
        *,
        retry_after: float | None = None,
        limited: bool = False,
        at_once: bool = False,
    ) -> None:
        super().__init__(trouble)
        self.trouble = trouble
        self.status = status
        self.retry_after = retry_after
        self.limited = limited
        self.at_once = at_once


@dataclass(frozen=True, slots=True)
class Caller:
    """Calls an API, again where that is worth it. Safe to share between threads.

    `pace` is the gate of the API, and `proven` holds the operations that have succeeded in this run; copies of a caller share both.
    """

    transport: Transport
    policy: RetryPolicy
    clock: Clock
    on_wait: Callable[[Wait], None] = lambda _wait: None
    throttle: Callable[[], None] = lambda: None
    credential: Credential | None = None
    pace: Pace = field(default_factory=Pace)
    proven: set[str] = field(default_factory=set)

    def call(self, request: Request, read: Callable[[Answer], T]) -> T:
        """Send `request` until `read` makes sense of an answer.

        `read` gets every answer that is final (2xx, and 4xx other than 401, 403, 407, 408, 425, 429) and may raise
        `UnreadableAnswerError` to have the call repeated. It may raise `ConfigError` for an answer that speaks against the config;
        once the operation has succeeded in this run, such an answer has another reason, and the call is repeated.

        Raises `ConfigError` when nothing has proven the config right and the credential is refused, a permission is missing or the
        address leads elsewhere, `TransientError` when the budget is used up, `Interrupted` when a wait was cut short; the last two say
        whether an attempt may have done its work.
        """
        attempts = _Attempts(self, request, self.clock.monotonic())
        try:
            while True:
                try:
                    return attempts.once(read)
                except _TryAgainError as error:
                    failed = error
                if not failed.at_once:
                    self._pause(failed, attempts)
        except TransientError as error:
            error.doubtful = attempts.doubtful
            raise

    def _pause(self, failed: _TryAgainError, attempts: "_Attempts") -> None:
        """Wait until the next attempt. Raises `OutOfTimeError` when there is to be none."""
        wait = self._wait(failed, attempts)
        if wait is None:
            raise attempts.out_of_time(failed.trouble, failed.status, failed.retry_after)
        operation = f"{attempts.request.operation} at {attempts.request.host}"
        self.on_wait(Wait(operation, wait, failed.trouble, failed.limited, failed.status))
        self.clock.sleep(wait)

    def _wait(self, failed: _TryAgainError, attempts: "_Attempts") -> float | None:
        """Seconds until the next attempt: the last one comes when the budget ends. None when there is to be none."""
        left, asked = attempts.left, failed.retry_after or 0.0
        if left <= 0 or (asked > left and not self.policy.stubborn):
            return None
        # A server that asks for no wait at all, time and again, must not be asked without one.
        backoff = _backoff(attempts.made, self.clock)
        return min(backoff if asked > left else max(asked, backoff), left)


@dataclass(slots=True)
class _Attempts:
    """What the attempts of one call share. `doubtful`: one of them may have done the work without our hearing of it."""

    caller: Caller
    request: Request
    started: float
    made: int = 0
    doubtful: bool = False
    renewed: bool = False

    @property
    def left(self) -> float:
        """Seconds of the budget."""
        return self.caller.policy.budget - (self.caller.clock.monotonic() - self.started)

    def out_of_time(self, trouble: str, status: int | None, asked: float | None) -> OutOfTimeError:
        """The error that ends the call; `asked` are the seconds for which the server wants to be left alone."""
        request, seconds = self.request, self.caller.clock.monotonic() - self.started
        more = f", and the server asks to wait {asked:.0f} s more" if asked else ""
        attempts = "1 attempt" if self.made == 1 else f"{self.made} attempts"
        return OutOfTimeError(
            f"Could not {request.operation} at {request.host}: {trouble}, after {attempts} in {seconds:.0f} s{more}. "
            f"{self.caller.policy.advice.format(setting=request.setting)}",
            status,
        )

    def once(self, read: Callable[[Answer], T]) -> T:
        """Sign and send once. Raises `_TryAgainError` when another attempt is worth it."""
        caller, credential = self.caller, self.caller.credential
        self.made += 1
        signature = credential.authorization() if credential else None
        ticket = self._begin()
        try:
            answer = caller.transport(_signed(self.request, signature), caller.policy.timeout)
        except NoAnswerError as error:
            self.doubtful = self.doubtful or error.doubtful
            if error.timed_out:
                caller.pace.trouble(ticket)
            raise _TryAgainError(error.trouble) from None
        finally:
            caller.pace.release(ticket)
        self._check_passing(answer, ticket)
        try:
            if credential and signature:
                self._check_access(answer.status, credential, signature)
            self._check_route(answer)
            said = read(replace(answer, doubtful=self.doubtful))
        except ConfigError:
            if not caller.policy.stubborn and self.request.operation not in caller.proven:
                raise
            raise _TryAgainError(
                f"it answered {answer.status}, although it took such a call before", answer.status
            ) from None
        except UnreadableAnswerError as error:
            self.doubtful = True
            trouble = f"it answered {answer.status} with something that cannot be read ({error})"
            raise _TryAgainError(trouble, answer.status) from None
        if answer.ok:
            caller.proven.add(self.request.operation)
        return said

    def _begin(self) -> Ticket:
        """Wait for the turn of this call."""
        caller = self.caller

        def wait(seconds: float) -> None:
            if seconds > max(self.left, 1.0):
                raise self.out_of_time("it is too busy", None, seconds)
            caller.clock.sleep(seconds)

        try:
            ticket = caller.pace.acquire(wait)
        except TransientError:
            if not caller.policy.stubborn:
                raise
            ticket = caller.pace.force()
        try:
            if self.request.rate_limited:
                caller.throttle()
        except BaseException:
            caller.pace.release(ticket)
            raise
        return ticket

    def _check_passing(self, answer: Answer, ticket: Ticket) -> None:
        if answer.status not in RETRYABLE_STATUSES and answer.status not in self.request.retry_also:
            return
        self.doubtful = self.doubtful or answer.status >= 500
        asked = retry_after(answer.headers.get("Retry-After"), _now(answer, self.caller.clock))
        busy = answer.status == 429 or (answer.status == 503 and asked is not None)
        if busy:
            # A stubborn call goes on before that moment, so it must not hold the others until then.
            if not self.caller.policy.stubborn:
                self.caller.pace.pause(asked or 0.0)
            self.caller.pace.trouble(ticket)
        raise _TryAgainError(f"it answered {answer.status}", answer.status, retry_after=asked, limited=busy)

    def _check_access(self, status: int, credential: Credential, signature: str) -> None:
        """A 401 renews the credential, once a call."""
        request = self.request
        if status == 401 and not self.renewed:
            self.renewed = True
            if credential.renew(signature):
                raise _TryAgainError("the credential was refused", at_once=True)
        if status == 401:
            raise AccessError(
                f"{request.host} refuses the credential (401) to {request.operation}. Check {request.key_setting}, and whether it "
                "has expired.",
            )
        if status == 403:
            raise AccessError(
                f"{request.host} forbids us to {request.operation} (403). Ask for the missing permission: {request.right}.",
            )

    def _check_route(self, answer: Answer) -> None:
        """A redirect is not followed: the credential is for this host alone."""
        request = self.request
        if answer.status in _REDIRECTS:
            raise ConfigError(
                f"{request.host} answered {answer.status} to host {_target(request, answer)} instead of letting us "
                f"{request.operation}. Correct {request.setting}: it must name the API itself, not what leads there.",
            )
        if answer.status == 407:
            raise ConfigError(
                f"The proxy on the way to {request.host} wants a user and a password (407). Give them in the variable HTTP_PROXY: "
                "http://USER:PASSWORD@HOST:PORT.",  # ignore-https-check: proxies speak it
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
                now = self.clock.monotonic()
                self._since = now if self._since is None else self._since
                left = self.budget - (now - self._since)
                if left <= 0:
                    raise
                wait = min(_backoff(failures, self.clock), left)
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
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        # Whoever asks for more than 300 years means something else.
        return float(text) if len(text) <= 10 else None
    moment = _moment(text)
    return None if moment is None else max(0.0, (moment - now).total_seconds())


def _now(answer: Answer, clock: Clock) -> datetime:
    """The time by the clock of who answered, since a date of his is measured by it."""
    return _moment(answer.headers.get("Date") or "") or clock.now()


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _backoff(made: int, clock: Clock) -> float:
    return clock.random() * min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2.0 ** min(made - 1, 30))


def _signed(request: Request, signature: str | None) -> Request:
    if signature is None:
        return request
    return replace(request, headers={**request.headers, "Authorization": signature})


def _target(request: Request, answer: Answer) -> str:
    """The host that a redirect leads to; nothing else of its address, which may hold anything."""
    try:
        return urlsplit(urljoin(request.url, answer.headers.get("Location") or "")).hostname or "nowhere"
    except ValueError:
        return "nowhere"
