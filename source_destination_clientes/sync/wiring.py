"""Putting the parts of a run together from its settings."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Final

from source_destination_clientes.anexo.api import CustomersApi
from source_destination_clientes.anexo.attacher import Attacher
from source_destination_clientes.anexo.directory import Directory
from source_destination_clientes.anexo.download import Downloader
from source_destination_clientes.anexo.uploads import Uploader
from source_destination_clientes.errors import TransientError
from source_destination_clientes.http.pace import Pace
from source_destination_clientes.http.retry import Caller, Credential, Patience, RetryPolicy, Wait
from source_destination_clientes.http.throttle import make_throttle
from source_destination_clientes.http.transport import RequestsTransport, Transport
from source_destination_clientes.lote.shop_follower import FollowOptions, StoreFollower
from source_destination_clientes.protocol.catalog import ConfiguredStream
from source_destination_clientes.protocol.messages import Record, StreamKey
from source_destination_clientes.protocol.output import Reporter
from source_destination_clientes.protocol.stdin import Inbox, Source
from source_destination_clientes.rejection.dead_letter import DeadLetter, open_dead_letter
from source_destination_clientes.rejection.outcome import Outcome
from source_destination_clientes.rejection.row import JobIdentity
from source_destination_clientes.rejection.tally import Tally
from source_destination_clientes.rejection.thresholds import Thresholds
from source_destination_clientes.retaguarda.api import Retaguarda
from source_destination_clientes.retaguarda.credential import PasswordGrant, RacCredential, StaticToken
from source_destination_clientes.runtime.clock import Clock
from source_destination_clientes.runtime.stopping import Stop
from source_destination_clientes.settings import Settings, is_loopback
from source_destination_clientes.sync.delivery import Delivery, LoteOptions
from source_destination_clientes.sync.routes import make_routes
from source_destination_clientes.sync.settlement import Settlement
from source_destination_clientes.sync.sync import Courier, Sync

_QUICK: Final = RetryPolicy(budget=20, timeout=20)
"""For `check`, where somebody waits in front of a screen, and for questions that can be asked again later."""

_SECONDS_BETWEEN_ASKING: Final = 30.0
_SECONDS_NEARBY: Final = 1.0
"""How often the stores' status of a lote is asked for; the sandbox of this machine has no load to be spared."""

_STAGING: Final = "/staging/files"
"""Where Airbyte's file transfer lays files, unless the environment says otherwise."""


def _make_ids() -> Callable[[], str]:
    """Ids in the form of UUIDs: random once for the run, then counted, since a random one for each row took as long as the row."""
    run, numbers = str(uuid.uuid4())[:-12], count()
    return lambda: f"{run}{next(numbers):012x}"


@dataclass(frozen=True, slots=True)
class Edges:
    """What a run needs of the world outside its settings.

    `observe` is told each record's outcome; `identity_of` says which job a rejected record came from, when that is not the
    job of the run.
    """

    reporter: Reporter
    stop: Stop
    environment: Mapping[str, str] = field(default_factory=dict)
    observe: Callable[[Record, Outcome], None] | None = None
    identity_of: Callable[[Record], JobIdentity] | None = None
    new_id: Callable[[], str] = field(default_factory=_make_ids)


def assemble_sync(
    settings: Settings, catalog: Sequence[ConfiguredStream], source: Source, edges: Edges
) -> Sync:
    """Everything one write needs. Raises `ConfigError` when settings and catalog do not fit together."""
    routes = make_routes(settings, catalog)
    clock = Clock(sleep=edges.stop.sleep)
    inbox = Inbox(source)
    policy = RetryPolicy(
        budget=settings.network.retry_minutes * 60, timeout=settings.network.request_timeout_seconds
    )
    api = make_retaguarda(settings, edges, clock, policy, routes.streams)
    identity = make_identity(edges.environment, catalog)
    settlement = Settlement(
        dead_letter=_make_dead_letter(settings, edges, identity, clock),
        tally=Tally(settings.rejections.logged_per_reason),
        thresholds=Thresholds(settings.rejections),
        reporter=edges.reporter,
        identity_of=edges.identity_of or (lambda _record: identity),
        clock=clock,
        new_id=edges.new_id,
        observe=edges.observe,
        streams=frozenset(routes.streams),
    )
    return Sync(
        inbox=inbox,
        routes=routes,
        courier=Courier(_make_delivery(settings, edges, clock, api), inbox.ring),
        settlement=settlement,
        clock=clock,
        stop=edges.stop,
        records_per_lote=settings.lote.records_per_lote,
        max_open_seconds=settings.lote.max_open_seconds,
        stores=_make_follower(settings, edges, api, inbox.ring),
    )


def _make_dead_letter(settings: Settings, edges: Edges, identity: JobIdentity, clock: Clock) -> DeadLetter:
    """The dead letter, whose store may be away for as long as PDVSync may, and never keeps a stopped sync from ending."""
    patience = Patience(
        operation="write the dead letter",
        trouble="its object store does not answer as it should",
        budget=settings.network.retry_minutes * 60,
        clock=clock,
        on_wait=make_announcer(edges.reporter, clock, ()),
    )
    return open_dead_letter(
        settings.object_storage_config,
        identity,
        clock,
        attempt=lambda write: patience(partial(edges.stop.see_through, write)),
    )


def make_identity(environment: Mapping[str, str], catalog: Sequence[ConfiguredStream]) -> JobIdentity:
    """Which job this is, as the platform tells it: https://github.com/airbytehq/airbyte-platform, RuntimeEnvVarFactory."""
    attempt = environment.get("WORKER_JOB_ATTEMPT", "")
    sync_ids = [stream.sync_id for stream in catalog if stream.sync_id is not None]
    return JobIdentity(
        job_id=environment.get("WORKER_JOB_ID") or None,
        attempt=int(attempt) if attempt.isdecimal() else 1,
        sync_id=sync_ids[0] if sync_ids else None,
    )


def _make_delivery(settings: Settings, edges: Edges, clock: Clock, api: Retaguarda) -> Delivery:
    closing = replace(api, caller=_for_closing(api.caller, edges.stop))
    options = LoteOptions(
        records_per_request=settings.lote.records_per_request,
        concurrent_requests=settings.lote.concurrent_requests,
        max_open_seconds=settings.lote.max_open_seconds,
        open_lote_policy=settings.lote.open_lote_policy,
        open_lote_wait_seconds=settings.lote.open_lote_wait_minutes * 60,
    )
    attacher = _make_attacher(settings, edges, clock)
    return Delivery(api, closing, options, clock, edges.stop, edges.reporter, attacher)


def _make_attacher(settings: Settings, edges: Edges, clock: Clock) -> Attacher | None:
    """What attaches files, if the operator wants it."""
    policy = RetryPolicy(
        budget=settings.network.retry_minutes * 60, timeout=settings.network.request_timeout_seconds
    )
    api = make_customers_api(settings, edges, clock, policy)
    if api is None:
        return None
    upload = getattr(settings.attachments, "upload", None)
    staging = Path(edges.environment.get("AIRBYTE_STAGING_DIRECTORY") or _STAGING)
    uploader = Uploader(api, upload, Downloader(settings.network.ca_bundle), staging) if upload else None
    return Attacher(api, Directory(api), uploader, settings.lote.concurrent_requests)


def _make_follower(
    settings: Settings, edges: Edges, api: Retaguarda, ring: Callable[[], None]
) -> StoreFollower | None:
    """What asks the stores, if the operator wants it; a call that fails is simply made again later."""
    status = settings.lote.store_status
    if status.mode == "off":
        return None
    nearby = is_loopback(settings.environment.status_base)
    options = FollowOptions(_SECONDS_NEARBY if nearby else _SECONDS_BETWEEN_ASKING, status.wait_minutes * 60)
    patient = replace(api, caller=replace(api.caller, policy=_QUICK))
    return StoreFollower(patient, options, api.caller.clock, edges.reporter, ring)


def make_retaguarda(
    settings: Settings,
    edges: Edges,
    clock: Clock,
    policy: RetryPolicy = _QUICK,
    streams: Sequence[StreamKey] = (),
) -> Retaguarda:
    """PDVSync with its credential, rate limit and retries."""
    environment = settings.environment
    bases = (environment.control_base, environment.clientes_base, environment.status_base)
    open_caller = Caller(
        transport=make_transport(settings, (*bases, settings.token_url) if settings.token_url else bases),
        policy=policy,
        clock=clock,
        on_wait=make_announcer(edges.reporter, clock, streams),
        throttle=make_throttle(settings.network.requests_per_second, clock.sleep),
        pace=Pace(settings.lote.concurrent_requests, clock.monotonic),
    )
    # Closing a lote may need a token too, and all callers share the credential.
    credential = _make_credential(settings, _for_closing(open_caller, edges.stop), edges.reporter)
    return Retaguarda(
        caller=replace(open_caller, credential=credential),
        control_base=environment.control_base,
        clientes_base=environment.clientes_base,
        status_base=environment.status_base,
        version=settings.api_version,
        id_inquilino=settings.id_inquilino,
    )


def _for_closing(caller: Caller, stop: Stop) -> Caller:
    """A caller for what may go on after a request to stop, so that no lote stays open: its waits have the grace period."""

    def throttle() -> None:
        # One request above the limit does less harm than a lote that stays open for want of a turn.
        with suppress(TransientError):
            caller.throttle()

    def on_wait(wait: Wait) -> None:
        # Whoever read our output, or the terminal, may be gone, which is often why we stop.
        with suppress(OSError):
            caller.on_wait(wait)

    clock = replace(caller.clock, sleep=stop.sleep_in_grace)
    return replace(caller, clock=clock, throttle=throttle, on_wait=on_wait)


def make_customers_api(
    settings: Settings, edges: Edges, clock: Clock, policy: RetryPolicy = _QUICK
) -> CustomersApi | None:
    """The customers API with its key, rate limit and retries; None when nothing is to be attached."""
    attachments = settings.attachments
    if attachments.attachments_type == "none":
        return None
    base = attachments.base_url.rstrip("/")
    caller = Caller(
        transport=make_transport(settings, (base,)),
        policy=policy,
        clock=clock,
        on_wait=make_announcer(edges.reporter, clock, ()),
        throttle=make_throttle(settings.network.requests_per_second, clock.sleep),
        pace=Pace(settings.lote.concurrent_requests, clock.monotonic),
        credential=StaticToken(attachments.api_key.get_secret_value()),
    )
    client = attachments.external_client_id
    return CustomersApi(caller, base, {"base39-external-client-id": client} if client else {})


def make_transport(settings: Settings, bases: Sequence[str]) -> Transport:
    """Connections for every request that can be under way, and a spare one."""
    return RequestsTransport(
        connections=settings.lote.concurrent_requests + 1,
        ca_bundle=settings.network.ca_bundle,
        bases=bases,
    )


def make_announcer(reporter: Reporter, clock: Clock, streams: Sequence[StreamKey]) -> Callable[[Wait], None]:
    """Tell of each wait before another attempt; a rate limit also shows in Airbyte's UI."""

    def announce(wait: Wait) -> None:
        reporter.log("WARN", f"Waiting {wait.seconds:.1f} s to {wait.operation} again: {wait.trouble}.")
        if wait.rate_limited:
            reporter.rate_limited(streams, clock.now() + timedelta(seconds=wait.seconds))

    return announce


def _make_credential(settings: Settings, caller: Caller, reporter: Reporter) -> Credential:
    credentials = settings.credentials
    if credentials.auth_type == "bearer_token":
        return StaticToken(credentials.token.get_secret_value())
    grant = PasswordGrant(
        url=settings.token_url,
        username=credentials.username,
        password=credentials.password.get_secret_value(),
        client_id=credentials.client_id,
        client_secret=credentials.client_secret.get_secret_value(),
    )
    return RacCredential(caller, grant, reporter.learn_secret)
