"""PDVSync as the settings describe it, in three forms that differ only in how long their calls may wait.

A sync sends with `connect`, whose waits end when the sync is asked to stop. It closes its lotes with `for_closing`, whose waits
go on for a while after that, so that no lote stays open. It asks for the status at the shops with `for_status`, which drops a
call that fails: the same question is asked again later. All three share connections, rate limit and credential.
"""

from contextlib import suppress
from dataclasses import replace

from source_destination_clientes.errors import ConfigError, TransientError
from source_destination_clientes.http.connect import CHECK_POLICY, make_caller, make_fresh_transport
from source_destination_clientes.http.pace import Pace
from source_destination_clientes.http.paths import is_step
from source_destination_clientes.http.retry import Caller, Credential, RetryPolicy, Wait
from source_destination_clientes.http.transport import Transport
from source_destination_clientes.protocol.context import RunContext
from source_destination_clientes.protocol.output import Reporter
from source_destination_clientes.retaguarda.api import Retaguarda
from source_destination_clientes.retaguarda.credential import PasswordGrant, RacCredential, StaticToken
from source_destination_clientes.runtime.deadlines import LEAST_CLOSING_SECONDS, STOP_ATTEMPT_SECONDS
from source_destination_clientes.runtime.stopping import Stop
from source_destination_clientes.settings import BearerToken, Settings, service_bases


def connect(
    settings: Settings,
    context: RunContext,
    policy: RetryPolicy = CHECK_POLICY,
) -> Retaguarda:
    """PDVSync with its credential, rate limit and retries."""
    if not is_step(settings.id_inquilino):
        raise ConfigError(
            f"id_inquilino is {settings.id_inquilino!r}, which no address can contain. Take it from the portal of PDVSync."
        )
    environment = settings.environment
    services = service_bases(environment)
    addresses = [each for each in (*services.values(), environment.status_base, settings.token_url) if each]
    caller = make_caller(settings, context, addresses, policy)
    # Closing a lote may need a new token too, so getting one has the longer waits of closing.
    credential = _make_credential(settings, _caller_for_closing(caller, context.stop), context.reporter)
    return Retaguarda(
        caller=replace(caller, credential=credential),
        bases=services,
        status_base=environment.status_base,
        version=settings.api_version,
        id_inquilino=settings.id_inquilino,
        fresh=make_fresh_transport(settings, addresses),
    )


def for_closing(api: Retaguarda, stop: Stop) -> Retaguarda:
    """The same PDVSync for closing lotes: nothing but time ends its calls, and after a request to stop `STOP_CLOSING_SECONDS` of it.

    It waits for no other call to end: one that is left alone must not keep a lote open.
    """
    caller = _caller_for_closing(api.caller, stop)
    policy = replace(caller.policy, budget=max(caller.policy.budget, LEAST_CLOSING_SECONDS), stubborn=True)
    fresh = _hurried(api.fresh, stop) if api.fresh else None
    pace = Pace(1, caller.clock.monotonic)
    return replace(api, caller=replace(caller, policy=policy, pace=pace), fresh=fresh)


def for_status(api: Retaguarda) -> Retaguarda:
    """The same PDVSync for asking again and again: a call that fails for `CHECK_SECONDS` is dropped."""
    return replace(api, caller=replace(api.caller, policy=CHECK_POLICY))


def _caller_for_closing(caller: Caller, stop: Stop) -> Caller:
    def throttle() -> None:
        # One request above the rate limit does less harm than a lote that stays open.
        with suppress(TransientError):
            caller.throttle()

    def on_wait(wait: Wait) -> None:
        # Whoever reads our output may be gone; that is often why the sync is stopped.
        with suppress(OSError):
            caller.on_wait(wait)

    return replace(
        caller,
        transport=_hurried(caller.transport, stop),
        clock=replace(caller.clock, sleep=stop.sleep_while_closing),
        throttle=throttle,
        on_wait=on_wait,
    )


def _hurried(transport: Transport, stop: Stop) -> Transport:
    """Once the sync is to end, a server that hangs must leave time for another attempt."""
    return lambda request, timeout: transport(
        request, min(timeout, STOP_ATTEMPT_SECONDS) if stop.requested else timeout
    )


def _make_credential(settings: Settings, caller: Caller, reporter: Reporter) -> Credential:
    credentials = settings.credentials
    if isinstance(credentials, BearerToken):
        return StaticToken(credentials.token.get_secret_value())
    grant = PasswordGrant(
        url=settings.token_url,
        username=credentials.username,
        password=credentials.password.get_secret_value(),
        client_id=credentials.client_id,
        client_secret=credentials.client_secret.get_secret_value(),
    )
    return RacCredential(caller, grant, reporter.learn_secret)
