"""Callers as the settings ask for them: transport, retries, rate limit, and a log line for each wait."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from source_destination_clientes.http.pace import Pace
from source_destination_clientes.http.retry import Caller, RetryPolicy, Wait
from source_destination_clientes.http.throttle import make_throttle
from source_destination_clientes.http.transport import (
    Answer,
    FreshTransport,
    Request,
    RequestsTransport,
    Transport,
)
from source_destination_clientes.protocol.context import RunContext
from source_destination_clientes.protocol.output import Reporter
from source_destination_clientes.runtime.clock import Clock
from source_destination_clientes.runtime.deadlines import CHECK_SECONDS
from source_destination_clientes.settings import Settings

CHECK_POLICY: Final = RetryPolicy(
    budget=CHECK_SECONDS, timeout=CHECK_SECONDS, advice="Check {setting}, or try again later."
)
"""For `check` and `status`, where somebody waits in front of a screen, and for questions that are asked again later."""


def make_caller(
    settings: Settings,
    context: RunContext,
    bases: Sequence[str],
    policy: RetryPolicy,
) -> Caller:
    """A caller for the addresses in `bases`, without a credential."""
    return Caller(
        transport=ToldTransport(make_transport(settings, bases), context.clock, context.reporter),
        policy=policy,
        clock=context.clock,
        on_wait=make_wait_logger(context),
        throttle=make_throttle(settings.network.requests_per_second, context.clock.sleep),
        pace=Pace(settings.lote.concurrent_requests, context.clock.monotonic),
    )


def make_transport(settings: Settings, bases: Sequence[str]) -> RequestsTransport:
    """Connections for every request that can be under way at the same time, and a spare one."""
    return RequestsTransport(
        connections=settings.lote.concurrent_requests + 1,
        ca_bundle=settings.network.ca_bundle,
        bases=bases,
    )


def make_fresh_transport(settings: Settings, bases: Sequence[str]) -> Transport:
    """A connection for each call."""
    return FreshTransport(make_transport(settings, bases))


def make_wait_logger(context: RunContext) -> Callable[[Wait], None]:
    """Log and count each wait before another attempt.

    No RATE_LIMITED status is sent for one that the server asks for. With a namespace or a prefix it would name a stream that the
    connection does not have, since Airbyte maps names back in states only.
    """

    def log_wait(wait: Wait) -> None:
        context.waits.add(wait.seconds, rate_limited=wait.rate_limited)
        asked = " (the server asks for it)" if wait.rate_limited else ""
        context.reporter.log(
            "WARN", f"Waiting {wait.seconds:.1f} s{asked} to {wait.operation} again: {wait.trouble}."
        )

    return log_wait


@dataclass(frozen=True, slots=True)
class ToldTransport:
    """A transport that tells of each call at DEBUG: neither addresses nor content."""

    transport: Transport
    clock: Clock
    reporter: Reporter

    def __call__(self, request: Request, timeout: float) -> Answer:
        """Send it."""
        began, outcome = self.clock.monotonic(), "no answer"
        try:
            answer = self.transport(request, timeout)
            outcome = str(answer.status)
        finally:
            seconds = self.clock.monotonic() - began
            self.reporter.log(
                "DEBUG", f"{request.operation} at {request.host}: {outcome} in {seconds:.3f} s."
            )
        return answer
