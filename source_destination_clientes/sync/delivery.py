"""One load through its lotes: open, send with several requests at once, close; then its files.

Nothing counts as delivered before its lote is closed. Whatever happens in between, closing is tried, and the first error is the
one that is reported.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from source_destination_clientes.anexo.attacher import Attacher
from source_destination_clientes.anexo.delivery_of_files import FilesReport, deliver_files
from source_destination_clientes.errors import FatalError
from source_destination_clientes.lote.load import Entry, Load, chunks
from source_destination_clientes.manifest.objects import ANEXO, Sending
from source_destination_clientes.rejection.outcome import Outcome, Rejection
from source_destination_clientes.retaguarda.api import Retaguarda
from source_destination_clientes.runtime.clock import Clock
from source_destination_clientes.runtime.health import Health
from source_destination_clientes.runtime.parallel import TaskPool
from source_destination_clientes.runtime.stopping import Stop
from source_destination_clientes.settings import Lote
from source_destination_clientes.sync.lote_opening import LoteOpener
from source_destination_clientes.sync.sending import Chunk, Outcomes, Sender
from source_destination_clientes.sync.unchanged import Unchanged


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
    health: Health[Entry] = field(default_factory=Health)

    def deliver(self, load: Load, hand_in: Callable[[DeliveryReport], None]) -> None:
        """Deliver what can be delivered and hand in the report. An error ends the load early and is in the report."""
        report = DeliveryReport()
        try:
            with_files: list[Entry] = []
            self.unchanged.pending(load)
            todo = self._cut(load)
            while todo:
                self.api.sign_in()
                # A lote that nothing can be sent to yet would be open for nothing.
                self.clock.sleep(max(0.0, min(chunk.not_before for chunk in todo) - self.clock.monotonic()))
                self.stop.check()
                todo = self._deliver_lote(todo, report, with_files)
            self._deliver_files(with_files, load.entries(ANEXO), report)
        except Exception as error:  # noqa: BLE001 - the main thread raises it, once it has recorded the outcomes
            report.error = error
        hand_in(report)

    def _cut(self, load: Load) -> deque[Chunk]:
        records = self.lote.records_per_request
        return deque(
            Chunk(entries)
            for kind, sending in self.objects.items()
            for entries in chunks(load.entries(kind), records, sending.max_bytes)
        )

    def _deliver_lote(
        self, todo: deque[Chunk], report: DeliveryReport, with_files: list[Entry]
    ) -> deque[Chunk]:
        """Open a lote, send as many chunks as its time allows, close it; return the chunks for another one.

        Accepted clientes that bring files along are added to `with_files`.
        """
        code = self.opener.open(sorted({self.objects[chunk.entries[0].kind].tipo for chunk in todo}))
        sender = self._make_sender(code, todo)
        error: Exception | None = None
        left: deque[Chunk] = deque()
        try:
            if self.stop.abandoned:
                self.stop.check()
            left = self._fill(sender, todo)
        except Exception as trouble:  # noqa: BLE001 - raised below, once the lote is closed
            error = trouble
        # Whoever still waits for an answer sends nothing more, and adds nothing to what is known by now.
        sender.over.set()
        outcomes = sender.outcomes.copy()
        try:
            self.opener.close(code)
        except Exception as trouble:  # noqa: BLE001 - raised here, unless there was an error before it
            raise error or trouble from None
        self.unchanged.done(code, outcomes.accepted)
        with_files += report.add_lote(code, outcomes)
        if error is not None:
            raise error
        self.api.caller.pace.lote_went_well()
        return left

    def _make_sender(self, code: str, todo: Iterable[Chunk]) -> Sender:
        return Sender(
            api=self.api,
            code=code,
            deadline=self.clock.monotonic() + self.lote.max_open_seconds,
            health=self.health,
            clock=self.clock,
            reporter=self.opener.reporter,
            objects=self.objects,
            assert_open=lambda kind: self.opener.assert_ours_is_open(code, self.objects[kind].tipo),
            keys=frozenset(entry.key for chunk in todo for entry in chunk.entries),
        )

    def _fill(self, sender: Sender, todo: deque[Chunk]) -> deque[Chunk]:
        """Send the chunks; return those that are left."""
        left: deque[Chunk] = deque()
        # One object after the other, since an address needs its cliente; the chunks of each at the same time.
        for kind in self.objects:
            tasks = deque(chunk for chunk in todo if chunk.entries[0].kind == kind)
            while tasks and not left:
                # Those that were not begun stay in `tasks`.
                if not self._make_pool(sender).run(tasks, min(self.lote.concurrent_requests, len(tasks))):
                    self.stop.check()
                left.extend((*sender.left, *tasks))
                sender.left.clear()
                tasks = sender.reconsider()
            left.extend(tasks)
        return left

    def _make_pool(self, sender: Sender) -> TaskPool[Chunk]:
        return TaskPool(
            sender.send,
            lambda: not self.stop.requested and self.clock.monotonic() < sender.deadline,
            lambda: self.stop.sending_time_is_over,
        )

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
