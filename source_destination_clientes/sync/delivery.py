"""One load through its lotes: open, send with several requests at once, close; then its files.

Nothing counts as delivered before its lote is closed. Whatever happens in between, closing is tried, and the first error is the
one that is reported.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter
from typing import TypeAlias

from source_destination_clientes.anexo.attacher import Attacher
from source_destination_clientes.anexo.delivery_of_files import FilesReport, deliver_files
from source_destination_clientes.errors import FatalError
from source_destination_clientes.lote.load import Entry, Load, chunks, encode_request, halves
from source_destination_clientes.manifest.objects import ANEXO, Sending
from source_destination_clientes.rejection.outcome import Outcome, Rejection
from source_destination_clientes.retaguarda.api import Retaguarda
from source_destination_clientes.retaguarda.retorno import (
    LoteRefused,
    Named,
    Retorno,
    TooLarge,
    Verdict,
    WholeRefused,
)
from source_destination_clientes.runtime.clock import Clock
from source_destination_clientes.runtime.parallel import TaskPool
from source_destination_clientes.runtime.stopping import Stop
from source_destination_clientes.settings import Lote
from source_destination_clientes.sync.lote_opening import LoteOpener
from source_destination_clientes.sync.unchanged import Unchanged

_Chunk: TypeAlias = list[Entry]


@dataclass(slots=True)
class Outcomes:
    """The records that have an outcome. Threads may append at the same time."""

    accepted: list[Entry] = field(default_factory=list)
    rejected: list[tuple[Entry, Rejection]] = field(default_factory=list)

    def accept(self, chunk: _Chunk) -> None:
        """Note that a chunk was accepted, and with each record the versions that it replaced."""
        self.accepted.extend(chunk)
        for earlier in filter(None, map(attrgetter("earlier"), chunk)):
            self.accepted.extend(earlier.versions())


@dataclass(slots=True)
class DeliveryReport:
    """What became of a load.

    `outcomes` has every record with an outcome; the other records of the load have none. `files` has the outcome of each file
    that a cliente brought along; such a cliente is accepted once all of its files have one. `sent` has, by the code of each lote
    that was closed, the records accepted in it, the latest version of a cliente first. `error` is what ended the load early.
    """

    outcomes: Outcomes = field(default_factory=Outcomes)
    files: list[tuple[Entry, Outcome]] = field(default_factory=list)
    sent: dict[str, list[Entry]] = field(default_factory=dict)
    error: Exception | None = None

    def add_lote(self, code: str, outcomes: Outcomes) -> list[Entry]:
        """Note the outcomes of a lote that is closed; return its clientes whose files are still to be attached."""
        with_files = [entry for entry in outcomes.accepted if entry.attachments]
        self.outcomes.accepted += (
            [entry for entry in outcomes.accepted if not entry.attachments]
            if with_files
            else outcomes.accepted
        )
        self.outcomes.rejected += outcomes.rejected
        self.sent[code] = outcomes.accepted
        return with_files

    def add_files(self, found: FilesReport) -> None:
        """Note what became of files, and with them of the clientes that waited for theirs."""
        self.files += found.files
        self.outcomes.accepted += found.complete
        for entry, outcome in found.rows:
            if isinstance(outcome, Rejection):
                self.outcomes.rejected.append((entry, outcome))
            else:
                self.outcomes.accepted.append(entry)


@dataclass(slots=True)
class Delivery:
    """Delivers loads, one lote at a time. `objects` are those that a lote carries, by name, in the order in which they are sent."""

    api: Retaguarda
    opener: LoteOpener
    lote: Lote
    objects: Mapping[str, Sending]
    clock: Clock
    stop: Stop
    unchanged: Unchanged
    attacher: Attacher | None = None

    def deliver(self, load: Load, hand_in: Callable[[DeliveryReport], None]) -> None:
        """Deliver what can be delivered and hand in the report. An error ends the load early and is in the report."""
        report = DeliveryReport()
        try:
            with_files: list[Entry] = []
            self.unchanged.pending(load)
            todo = self._cut(load)
            while todo:
                self.api.sign_in()
                self.stop.sleep(0)
                todo = self._deliver_lote(todo, report, with_files)
            self._deliver_files(with_files, load.entries(ANEXO), report)
        except Exception as error:  # noqa: BLE001 - the main thread raises it, once it has recorded the outcomes
            report.error = error
        hand_in(report)

    def _cut(self, load: Load) -> deque[_Chunk]:
        records = self.lote.records_per_request
        return deque(
            chunk
            for kind, sending in self.objects.items()
            for chunk in chunks(load.entries(kind), records, sending.max_bytes)
        )

    def _deliver_lote(
        self, todo: deque[_Chunk], report: DeliveryReport, with_files: list[Entry]
    ) -> deque[_Chunk]:
        """Open a lote, send as many chunks as its time allows, close it; return the chunks that were not begun.

        Accepted clientes that bring files along are added to `with_files`.
        """
        code = self.opener.open(sorted({self.objects[chunk[0].kind].tipo for chunk in todo}))
        deadline = self.clock.monotonic() + self.lote.max_open_seconds
        outcomes = Outcomes()
        pool = TaskPool(
            partial(self._send_chunk, code=code, outcomes=outcomes),
            lambda: not self.stop.requested and self.clock.monotonic() < deadline,
            lambda: self.stop.calls_are_left_alone,
        )
        error: Exception | None = None
        left: deque[_Chunk] = deque()
        try:
            if self.stop.abandoned:
                self.stop.check()
            # One object after the other, since an address needs its cliente; the chunks of each at the same time.
            for kind in self.objects:
                tasks = deque(chunk for chunk in todo if chunk[0].kind == kind)
                if not pool.run(tasks, min(self.lote.concurrent_requests, len(tasks))):
                    self.stop.check()
                left.extend(tasks)
        except Exception as trouble:  # noqa: BLE001 - raised below, once the lote is closed
            error = trouble
        try:
            self.opener.close(code)
        except Exception as trouble:  # noqa: BLE001 - raised here, unless there was an error before it
            raise error or trouble from None
        self.unchanged.done(code, outcomes.accepted)
        with_files += report.add_lote(code, outcomes)
        if error is not None:
            raise error
        return left

    def _send_chunk(self, chunk: _Chunk, code: str, outcomes: Outcomes) -> Iterable[_Chunk]:
        """Send a chunk, note each outcome that the answer proves, and return the chunks to send in order to know more.

        A request that is refused as a whole is halved, until each record at fault stands alone. Where the answer names the
        refused records, the others are sent once more: that they were accepted is only inferred, and sending again is an upsert.
        When the latest version of a cliente is refused, the version before it is sent.
        """
        sending = self.objects[chunk[0].kind]
        retorno = self.api.send(sending, encode_request(chunk, code), code)
        if retorno is Verdict.ACCEPTED:
            outcomes.accept(chunk)
            return []
        if isinstance(retorno, LoteRefused):
            self.opener.assert_ours_is_open(code, sending.tipo)
            retorno = WholeRefused(retorno.words, retorno.status)
        refused, again = _judge(chunk, retorno, code)
        outcomes.rejected.extend(refused)
        return [*again, *([entry.earlier] for entry, _ in refused if entry.earlier is not None)]

    def _deliver_files(self, clientes: list[Entry], rows: list[Entry], report: DeliveryReport) -> None:
        """Attach the files of clientes in closed lotes and of the rows of anexo streams."""
        if not clientes and not rows:
            return
        if self.attacher is None:
            raise FatalError("Records bring files, and no customers API is configured to attach them.")
        found = deliver_files(self.attacher, clientes, rows, self.stop)
        report.add_files(found)
        if found.error is not None:
            raise found.error


def _judge(chunk: _Chunk, retorno: Retorno, code: str) -> tuple[list[tuple[Entry, Rejection]], list[_Chunk]]:
    """The records that are certainly refused, and the chunks to send again in order to know more."""
    if isinstance(retorno, Named):
        named = [entry for entry in chunk if entry.key in retorno.refused]
        if named:
            rest = [entry for entry in chunk if entry.key not in retorno.refused]
            bad = [
                (entry, _rejection(entry, code, retorno.status, retorno.refused[entry.key]))
                for entry in named
            ]
            return bad, [rest] if rest else []
    if len(chunk) > 1:
        return [], list(halves(chunk))
    entry = chunk[0]
    return [(entry, _rejection(entry, code, *_refusal_text(retorno, entry)))], []


def _refusal_text(retorno: Retorno, entry: Entry) -> tuple[int, str]:
    """The status and the words of an answer that refuses a single record."""
    if isinstance(retorno, WholeRefused):
        return retorno.status, retorno.words
    if isinstance(retorno, Named):
        return retorno.status, "; ".join(retorno.refused.values())
    if isinstance(retorno, TooLarge):
        return retorno.status, f"the record alone has {len(entry.body)} bytes, more than the server takes"
    raise FatalError(f"An answer was left without a verdict ({type(retorno).__name__}).")


def _rejection(entry: Entry, code: str, status: int, words: str) -> Rejection:
    return Rejection.by_api(key=entry.key, lote=code, http_status=status, raw=words)
