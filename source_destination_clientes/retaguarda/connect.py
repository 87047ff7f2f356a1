"""PDVSync as the settings describe it, in three forms that differ only in how long their calls may wait.

A sync sends with `connect`, whose waits end when the sync is asked to stop. It closes its lotes with `for_closing`, whose waits
go on for a while after that, so that no lote stays open. It asks for the status at the shops with `for_status`, which drops a
call that fails: the same question is asked again later. All three share connections, rate limit and credential.
"""

from contextlib import suppress
from dataclasses import replace

from source_destination_clientes.errors import ConfigError, TransientError
from source_destination_clientes.http.connect import CHECK_POLICY, make_caller
from source_destination_clientes.http.pace import Pace
from source_destination_clientes.http.paths import is_step
from source_destination_clientes.http.retry import Caller, Credential, RetryPolicy, Wait
from source_destination_clientes.protocol.context import RunContext
from source_destination_clientes.protocol.output import Reporter
from source_destination_clientes.retaguarda.api import Retaguarda
from source_destination_clientes.retaguarda.credential import PasswordGrant, RacCredential, StaticToken
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
    addresses = [*services.values(), environment.status_base, settings.token_url]
    caller = make_caller(settings, context, [each for each in addresses if each], policy)
    # Closing a lote may need a new token too, so getting one has the longer waits of closing.
    credential = _make_credential(settings, _caller_for_closing(caller, context.stop), context.reporter)
    return Retaguarda(
        caller=replace(caller, credential=credential),
        bases=services,
        status_base=environment.status_base,
        version=settings.api_version,
        id_inquilino=settings.id_inquilino,
    )


def for_closing(api: Retaguarda, stop: Stop) -> Retaguarda:
    """The same PDVSync for closing lotes: its waits go on for `STOP_CLOSING_SECONDS` after a request to stop.

    It waits for no other call to end: one that is left alone must not keep a lote open.
    """
    caller = _caller_for_closing(api.caller, stop)
    return replace(api, caller=replace(caller, pace=Pace(1, caller.clock.monotonic)))


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

    clock = replace(caller.clock, sleep=stop.sleep_while_closing)
    return replace(caller, clock=clock, throttle=throttle, on_wait=on_wait)


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
