"""Putting the parts of a run together. Each part is made beside what it is; here they only meet."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import count
from typing import Protocol
from urllib.parse import urlsplit

from source_destination_clientes.anexo.attacher import make_attacher
from source_destination_clientes.http.connect import make_wait_logger
from source_destination_clientes.http.retry import Patience, RetryPolicy
from source_destination_clientes.lote.shop_follower import make_follower
from source_destination_clientes.lote.versions import by_cursor
from source_destination_clientes.protocol.catalog import ConfiguredStream
from source_destination_clientes.protocol.context import RunContext
from source_destination_clientes.protocol.messages import Record
from source_destination_clientes.protocol.stdin import Inbox, Source
from source_destination_clientes.records.journal import Author, Journal
from source_destination_clientes.records.objects import Below
from source_destination_clientes.records.process import this_process
from source_destination_clientes.rejection.dead_letter import DeadLetter, open_dead_letter, path_safe
from source_destination_clientes.rejection.outcome import Outcome
from source_destination_clientes.rejection.retention import Retention
from source_destination_clientes.rejection.row import JobIdentity
from source_destination_clientes.rejection.storage import Storage
from source_destination_clientes.rejection.tally import Tally
from source_destination_clientes.rejection.thresholds import Thresholds
from source_destination_clientes.retaguarda.connect import connect, for_closing
from source_destination_clientes.settings import Settings
from source_destination_clientes.sync.courier import Courier
from source_destination_clientes.sync.delivery import Delivery
from source_destination_clientes.sync.kept_record import RecordKeeper
from source_destination_clientes.sync.lote_journal import LoteJournal
from source_destination_clientes.sync.lote_opening import LoteOpener
from source_destination_clientes.sync.misfits import MisfitWatch
from source_destination_clientes.sync.routes import make_routes
from source_destination_clientes.sync.run_record import RunRecord
from source_destination_clientes.sync.settlement import Settlement
from source_destination_clientes.sync.sync import Sync
from source_destination_clientes.sync.unchanged import make_unchanged
from source_destination_clientes.sync.webhook import make_teller


class Replay(Protocol):
    """Whoever has rejected records sent again."""

    def observe(self, record: Record, outcome: Outcome) -> None:
        """Hear the outcome of each record."""

    def identity_of(self, record: Record) -> JobIdentity:
        """The job that a record was rejected in, and is rejected in when it is rejected again."""


def assemble_sync(
    settings: Settings,
    catalog: Sequence[ConfiguredStream],
    source: Source,
    context: RunContext,
    replay: Replay | None = None,
) -> Sync:
    """Everything one write needs. A `replay` sends every record, unchanged or not.

    Raises `ConfigError` when settings and catalog do not fit together.
    """
    routes = make_routes(settings, catalog)
    inbox = Inbox(source)
    policy = RetryPolicy(
        budget=settings.network.retry_minutes * 60, timeout=settings.network.request_timeout_seconds
    )
    api = connect(settings, context, policy)
    identity = make_identity(context.environment, catalog)
    dead_letter = _make_dead_letter(settings, context, identity)
    journal = LoteJournal(open_journal(settings, context, identity, dead_letter.storage))
    closing_api = for_closing(api, context.stop)
    opener = LoteOpener(api, closing_api, settings.lote, context.clock, context.reporter, journal)
    attacher = make_attacher(settings, context, policy)
    objects = dict(settings.manifest.sent())
    unchanged = make_unchanged(settings, routes, dead_letter.storage, context, skips=replay is None)
    delivery = Delivery(api, opener, settings.lote, objects, context.clock, context.stop, unchanged, attacher)
    settlement = Settlement(
        dead_letter=dead_letter,
        tally=Tally(settings.rejections.logged_per_reason),
        thresholds=Thresholds(settings.rejections),
        misfits=MisfitWatch(
            [(route.key, route.mapper.counts) for route in routes],
            fails=settings.rejections.fail_when_column_misfits,
        ),
        reporter=context.reporter,
        identity_of=replay.identity_of if replay else (lambda _record: identity),
        clock=context.clock,
        new_id=make_row_ids(),
        kept=RecordKeeper(settings.rejections.keep, lambda record: routes.find(record).mapper.mapping),
        retention=Retention(
            dead_letter.storage, settings.rejections.keep_days, partial(context.reporter.log, "WARN")
        ),
        observe=replay.observe if replay else None,
        streams=frozenset(routes.streams),
    )
    return Sync(
        inbox=inbox,
        routes=routes,
        courier=Courier(delivery, inbox.wake),
        settlement=settlement,
        clock=context.clock,
        stop=context.stop,
        lote=settings.lote,
        record=_make_record(settings, context, identity, dead_letter, told=replay is None),
        unchanged=unchanged,
        outdates=by_cursor({stream.key: stream.cursor for stream in catalog if stream.cursor}),
        shops=make_follower(settings, api, context.reporter, inbox.wake),
    )


def _make_record(
    settings: Settings, context: RunContext, identity: JobIdentity, dead_letter: DeadLetter, *, told: bool
) -> RunRecord:
    """What the report of the run is made of; `told` is whether the receiver in the config hears of it."""
    host = urlsplit(settings.environment.clientes_base).hostname or ""
    teller = make_teller(settings, context) if told else None
    tell = teller.tell if teller else None
    return RunRecord(identity, settings.id_inquilino, host, context, dead_letter.storage, tell)


def _make_dead_letter(settings: Settings, context: RunContext, identity: JobIdentity) -> DeadLetter:
    """The dead letter. Its storage may be away for as long as PDVSync may, and never keeps a stopped sync from ending."""
    patience = Patience(
        operation="write the dead letter",
        trouble="its storage does not answer as it should",
        budget=settings.network.retry_minutes * 60,
        clock=context.clock,
        on_wait=make_wait_logger(context),
    )
    return open_dead_letter(
        settings.object_storage_config,
        identity,
        context.clock,
        attempt=lambda write: patience(partial(context.stop.run_uninterruptible, write)),
    )


def open_journal(
    settings: Settings, context: RunContext, identity: JobIdentity, storage: Storage | None
) -> Journal | None:
    """The journal of lotes of this inquilino. Without a storage, lotes of dead runs are treated as those of others."""
    if storage is None:
        return None
    author = Author(uuid.uuid4().hex, identity.job_id, identity.attempt, this_process())
    objects = Below(storage, f"journal/{path_safe(settings.id_inquilino)}/")
    return Journal(objects, author, context.clock, partial(context.reporter.log, "WARN"))


def make_identity(environment: Mapping[str, str], catalog: Sequence[ConfiguredStream]) -> JobIdentity:
    """Which job this is, as the platform says: https://github.com/airbytehq/airbyte-platform, RuntimeEnvVarFactory."""
    attempt = environment.get("WORKER_JOB_ATTEMPT", "")
    sync_ids = [stream.sync_id for stream in catalog if stream.sync_id is not None]
    return JobIdentity(
        job_id=environment.get("WORKER_JOB_ID") or None,
        attempt=int(attempt) if attempt.isdecimal() else 1,
        sync_id=sync_ids[0] if sync_ids else None,
    )


def make_row_ids() -> Callable[[], str]:
    """Ids in the form of UUIDs: random once for the run, then counted, since a random one for each row took as long as the row."""
    run, numbers = str(uuid.uuid4())[:-12], count()
    return lambda: f"{run}{next(numbers):012x}"
