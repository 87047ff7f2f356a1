"""Callers as the settings ask for them: transport, retries, rate limit, and a log line for each wait."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

from source_destination_clientes.http.pace import Pace
from source_destination_clientes.http.retry import Caller, RetryPolicy, Wait
from source_destination_clientes.http.throttle import make_throttle
from source_destination_clientes.http.transport import FreshTransport, RequestsTransport, Transport
from source_destination_clientes.protocol.context import RunContext
from source_destination_clientes.protocol.messages import StreamKey
from source_destination_clientes.runtime.deadlines import CHECK_SECONDS
from source_destination_clientes.settings import Settings

CHECK_POLICY: Final = RetryPolicy(budget=CHECK_SECONDS, timeout=CHECK_SECONDS)
"""For `check` and `status`, where somebody waits in front of a screen, and for questions that are asked again later."""


def make_caller(
    settings: Settings,
    context: RunContext,
    bases: Sequence[str],
    policy: RetryPolicy,
    streams: Sequence[StreamKey] = (),
) -> Caller:
    """A caller for the addresses in `bases`, without a credential. A rate limit shows at these `streams` in Airbyte's UI."""
    return Caller(
        transport=make_transport(settings, bases),
        policy=policy,
        clock=context.clock,
        on_wait=make_wait_logger(context, streams),
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


def make_wait_logger(context: RunContext, streams: Sequence[StreamKey] = ()) -> Callable[[Wait], None]:
    """Log and count each wait before another attempt; one that the server asks for also shows in Airbyte's UI."""

    def log_wait(wait: Wait) -> None:
        context.waits.add(wait.seconds, rate_limited=wait.rate_limited)
        context.reporter.log(
            "WARN", f"Waiting {wait.seconds:.1f} s to {wait.operation} again: {wait.trouble}."
        )
        if wait.rate_limited:
            until = context.clock.now() + timedelta(seconds=wait.seconds)
            context.reporter.rate_limited(streams, until)

    return log_wait
