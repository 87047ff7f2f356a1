"""What the report of a run is made of, collected while the run goes on."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version

from source_destination_clientes.cliente.mapped import Change
from source_destination_clientes.errors import ClientesError, FailureKind, Interrupted
from source_destination_clientes.protocol.context import RunContext
from source_destination_clientes.records.objects import Writable
from source_destination_clientes.records.report import (
    MOST_LOTES,
    Ending,
    LoteReport,
    RejectedCount,
    RunReport,
    StreamReport,
    Waits,
    write_report,
)
from source_destination_clientes.rejection.dead_letter import path_safe
from source_destination_clientes.rejection.row import JobIdentity
from source_destination_clientes.rejection.tally import Cause, StreamTally
from source_destination_clientes.runtime.legible import legible
from source_destination_clientes.sync.routes import Route

_PACKAGE = "airbyte-destination-clientes"


@dataclass(slots=True)
class RunRecord:
    """One run as its report will tell it. Used by the main thread. `tell` gets the report in the end; it raises nothing."""

    identity: JobIdentity
    inquilino: str
    host: str
    context: RunContext
    storage: Writable | None
    tell: Callable[[RunReport], None] | None = None
    started_at: datetime = field(init=False)
    lotes_closed: int = 0
    _lotes: list[LoteReport] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.started_at = self.context.clock.now()

    def lote_closed(self, code: str, records: int) -> None:
        """Note a lote that was closed, and how many records it brought."""
        self.lotes_closed += 1
        if len(self._lotes) < MOST_LOTES:
            now = self.context.clock.now()
            self._lotes.append(LoteReport(code=code, records=records, closed_at=now))

    def report(
        self,
        streams: Iterable[StreamReport],
        states: int,
        rejected_in: str | None,
        failure: BaseException | None,
    ) -> RunReport:
        """The report of the run, which ended with this failure or with none."""
        ending, kind = _ending(failure)
        told = tuple(streams)
        rejected = any(stream.rejected or stream.rejected_later for stream in told)
        waits = self.context.waits
        return RunReport(
            connector=version(_PACKAGE),
            job=self.identity.job_id,
            attempt=self.identity.attempt,
            sync_id=self.identity.sync_id,
            inquilino=self.inquilino,
            host=self.host,
            started_at=self.started_at,
            ended_at=self.context.clock.now(),
            ending=ending,
            failure=kind,
            # Other exceptions may quote what was at hand, a record for instance.
            message=self._shown(failure) if isinstance(failure, ClientesError) else None,
            states=states,
            streams=told,
            lotes_closed=self.lotes_closed,
            lotes=tuple(self._lotes),
            waits=Waits(count=waits.count, seconds=round(waits.seconds, 1), rate_limited=waits.rate_limited),
            rejected_rows_in=rejected_in if rejected else None,
        )

    def _shown(self, failure: ClientesError) -> str:
        return legible(self.context.reporter.masked(str(failure)))

    def keep(self, make: Callable[[], RunReport]) -> None:
        """Write the report, if there is a storage, and tell of it. It is a help: when it cannot be written, that is logged."""
        if self.storage is None and self.tell is None:
            return
        report = make()
        if self.storage is not None:
            self._write(self.storage, report)
        if self.tell is not None:
            self.tell(report)

    def _write(self, storage: Writable, report: RunReport) -> None:
        folder = path_safe(self.identity.job_id or "")
        try:
            self.context.stop.run_uninterruptible(lambda: write_report(storage, report, folder))
        except ClientesError as error:
            self.context.reporter.log("WARN", f"The report of this run could not be kept. {error}")


def report_stream(route: Route, tally: StreamTally) -> StreamReport:
    """What became of the records of one stream."""
    values = route.mapper.counts
    return StreamReport(
        stream=route.stream.name,
        namespace=route.stream.namespace,
        object=route.object,
        accepted=tally.accepted,
        rejected=tally.rejected,
        unchanged=tally.unchanged,
        attached=tally.attached,
        rejections=_counts(tally.causes),
        rejected_later=_counts(tally.causes_later),
        truncated=values.by_field(Change.TRUNCATED),
        omitted=values.by_field(Change.NULLED),
    )


def _counts(causes: Counter[Cause]) -> tuple[RejectedCount, ...]:
    return tuple(
        RejectedCount(stage=stage, reason=reason, field=name, count=count)
        for (stage, reason, name), count in causes.most_common()
    )


def _ending(failure: BaseException | None) -> tuple[Ending, FailureKind | None]:
    if failure is None:
        return "completed", None
    if isinstance(failure, ClientesError) and not isinstance(failure, Interrupted):
        return "failed", failure.kind
    # Whoever closes the sync early, or presses Ctrl-C twice, stops it too.
    return (
        ("failed", "system_error")
        if isinstance(failure, Exception) and not isinstance(failure, Interrupted)
        else ("stopped", None)
    )
