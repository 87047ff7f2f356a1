"""One load through its lote: open, send with several requests at once, close; then the files.

Nothing counts as delivered before its lote is closed. Whatever happens in between, closing is tried, and the first error
is the one that is reported.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Final, Literal, TypeAlias

from source_destination_clientes.anexo.anexo import Anexo, read_anexo, read_inline
from source_destination_clientes.anexo.attacher import Attacher
from source_destination_clientes.errors import ConfigError, FatalError, Interrupted, TransientError
from source_destination_clientes.lote.load import Entry, Load, chunks, encode_request, halves
from source_destination_clientes.protocol.output import Reporter
from source_destination_clientes.rejection.outcome import ACCEPTED, Outcome, Reason, Rejection, Stage
from source_destination_clientes.retaguarda.api import TIPO_LOTE, AlreadyOpen, Opened, Retaguarda
from source_destination_clientes.retaguarda.retorno import (
    LoteRefused,
    Named,
    Retorno,
    TooLarge,
    Verdict,
    WholeRefused,
)
from source_destination_clientes.runtime.clock import Clock
from source_destination_clientes.runtime.parallel import Crew
from source_destination_clientes.runtime.stopping import GRACE_SECONDS, Stop

OpenLotePolicy = Literal["wait_then_close", "close", "fail"]

_LONGEST_WAIT_SECONDS: Final = 92 * 60.0
"""For any number of foreign lotes in a row: longer than `open_lote_wait_minutes` can be, shorter than a delivery."""

_MOST_FOREIGN_LOTES: Final = 5
"""So many foreign lotes closed in a row mean that somebody else keeps opening them."""


@dataclass(frozen=True, slots=True)
class LoteOptions:
    """How lotes are handled; times in seconds."""

    records_per_request: int
    concurrent_requests: int
    max_open_seconds: float
    open_lote_policy: OpenLotePolicy
    open_lote_wait_seconds: float


@dataclass(slots=True)
class Fates:
    """Records whose fate is certain. Threads may append at the same time."""

    accepted: list[Entry] = field(default_factory=list)
    rejected: list[tuple[Entry, Rejection]] = field(default_factory=list)

    def accept(self, chunk: list[Entry]) -> None:
        """Note that a chunk was taken, and with it the versions that its records replace."""
        self.accepted.extend(chunk)
        for earlier in filter(None, map(attrgetter("earlier"), chunk)):
            self.accepted.extend(earlier.versions())


@dataclass(slots=True)
class Delivered:
    """What became of a load.

    `fates` holds every record whose fate is certain; records of the load that are not in it have none. `attachments` holds the fate of each file that a cliente brought along; such a cliente is accepted once all of its files are
    here. `carried` holds, by the code of each lote that was closed, the records it brought, the latest version of a cliente first.
    """

    load: Load
    fates: Fates = field(default_factory=Fates)
    attachments: list[tuple[Entry, Outcome]] = field(default_factory=list)
    carried: dict[str, list[Entry]] = field(default_factory=dict)
    requests: int = 0
    error: Exception | None = None

    @property
    def outcomes(self) -> list[tuple[Entry, Outcome]]:
        """Every record whose fate is certain, with its outcome."""
        return [*((entry, ACCEPTED) for entry in self.fates.accepted), *self.fates.rejected]

    @property
    def lotes(self) -> list[str]:
        """The codes of the lotes that were closed."""
        return list(self.carried)


_Task: TypeAlias = tuple[str, list[Entry]]


@dataclass(slots=True)
class Delivery:
    """Delivers loads, one lote at a time.

    `api` heeds a request to stop; `closing_api` may go on for the grace period, so that no lote stays open.
    """

    api: Retaguarda
    closing_api: Retaguarda
    options: LoteOptions
    clock: Clock
    stop: Stop
    reporter: Reporter
    attacher: Attacher | None = None

    def deliver(self, load: Load) -> Delivered:
        """Deliver what can be delivered; an error ends the load early and is returned, not raised."""
        delivered = Delivered(load)
        try:
            with_files: list[Entry] = []
            todo = self._cut(load)
            while todo:
                self.stop.sleep(0)
                todo = self._through_one_lote(todo, delivered, with_files)
            self._attach(with_files, load.entries("anexo"), delivered)
        except Exception as error:  # noqa: BLE001 - carried to the main thread, which raises it
            delivered.error = error
        return delivered

    def _cut(self, load: Load) -> deque[_Task]:
        records = self.options.records_per_request
        return deque((kind, chunk) for kind in TIPO_LOTE for chunk in chunks(load.entries(kind), records))

    def _through_one_lote(
        self, todo: deque[_Task], delivered: Delivered, with_files: list[Entry]
    ) -> deque[_Task]:
        """Open a lote, send as much of `todo` as its time allows, close it; return what is left.

        Accepted clientes that bring files along go to `with_files`.
        """
        code = self._open(sorted({TIPO_LOTE[kind] for kind, _ in todo}))
        fates = Fates()
        error: Exception | None = None
        left: deque[_Task] = deque()
        try:
            left = self._send_all(todo, code, fates)
        except Exception as trouble:  # noqa: BLE001 - raised again below, once the lote is closed
            error = trouble
        try:
            self.closing_api.close_lote(code)
        except Exception as trouble:  # noqa: BLE001 - raised again below, unless another came first
            # The error that ends the sync may be another one, or speak of no lote.
            self.reporter.log("WARN", f"Lote {code} may still be open: closing it failed. {trouble}")
            raise error or trouble from None
        bringing = [entry for entry in fates.accepted if entry.attachments]
        with_files.extend(bringing)
        delivered.fates.accepted.extend(
            [entry for entry in fates.accepted if not entry.attachments] if bringing else fates.accepted
        )
        delivered.fates.rejected.extend(fates.rejected)
        delivered.carried[code] = fates.accepted
        if error is not None:
            raise error
        return left

    def _attach(self, clientes: Sequence[Entry], rows: Sequence[Entry], delivered: Delivered) -> None:
        """Attach what the rows of an anexo stream and the clientes of closed lotes ask for."""
        if not clientes and not rows:
            return
        if self.attacher is None:
            raise FatalError("Files came for which no customers API is configured.")
        missing = {id(entry): len(entry.attachments) for entry in clientes}

        def settle(entry: Entry, outcome: Outcome) -> None:
            if id(entry) in missing:
                delivered.attachments.append((entry, outcome))
                missing[id(entry)] -= 1
            elif isinstance(outcome, Rejection):
                delivered.fates.rejected.append((entry, outcome))
            else:
                delivered.fates.accepted.append(entry)

        wanted: list[Anexo] = []
        for entry in (*clientes, *rows):
            for anexo in read_inline(entry) if id(entry) in missing else [read_anexo(entry)]:
                if isinstance(anexo, Rejection):
                    settle(entry, anexo)
                else:
                    wanted.append(anexo)
        try:
            self.attacher.attach(
                wanted,
                lambda anexo, outcome: settle(anexo.entry, outcome),
                lambda: not self.stop.requested,
                self._grace_is_over,
            )
        finally:
            whole = [entry for entry in clientes if not missing[id(entry)]]
            delivered.fates.accepted.extend(whole)
            left_halfway = {id(entry) for entry in clientes} - {id(entry) for entry in whole}
            # Their clientes come again, and with them every file; what is attached by then is left alone.
            delivered.attachments = [
                pair for pair in delivered.attachments if id(pair[0]) not in left_halfway
            ]
        self.stop.check()

    def _send_all(self, todo: deque[_Task], code: str, fates: Fates) -> deque[_Task]:
        """Send one kind after the other, the chunks of each at the same time; return what was not begun in time."""
        deadline = self.clock.monotonic() + self.options.max_open_seconds

        def in_time() -> bool:
            return not self.stop.requested and self.clock.monotonic() < deadline

        left: deque[_Task] = deque()
        for kind in TIPO_LOTE:

            def send(chunk: list[Entry], kind: str = kind) -> Iterable[list[Entry]]:
                return self._send_chunk(kind, chunk, code, fates)

            crew = Crew(deque(chunk for task_kind, chunk in todo if task_kind == kind), send, in_time)
            if not crew.run(min(self.options.concurrent_requests, len(crew.tasks)), self._grace_is_over):
                self.stop.check()
            left.extend((kind, chunk) for chunk in crew.tasks)
        return left

    def _send_chunk(self, kind: str, chunk: list[Entry], code: str, fates: Fates) -> Iterable[list[Entry]]:
        """Send records, note the fate of those for whom the answer proves it, and return the chunks that must be sent to know more.

        A request refused as a whole is halved, until the records at fault stand alone. Where the answer names the refused ones,
        the others are sent once more: that they were taken is only inferred, and sending again is an upsert. When the version of
        a cliente that was sent is refused, the version it replaced is sent.
        """
        retorno = self.api.send(kind, encode_request(chunk, code), code)
        if retorno is Verdict.ACCEPTED:
            fates.accept(chunk)
            return []
        if isinstance(retorno, LoteRefused):
            self._must_be_open(code, TIPO_LOTE[kind])
            retorno = WholeRefused(retorno.words, retorno.status)
        refused, again = _judge(chunk, retorno, code)
        fates.rejected.extend(refused)
        return [*again, *([entry.earlier] for entry, _ in refused if entry.earlier is not None)]

    def _must_be_open(self, code: str, tipo: int) -> None:
        """Raise `TransientError` unless our lote is open. A refusal may speak of a lote and mean a record: lote is a word of addresses.

        PDVSync opens no lote while another is open, and says which; so asking for one tells.
        """
        answer = self.api.open_lote([tipo])
        if answer.code == code:
            return
        if isinstance(answer, Opened):
            self.closing_api.close_lote(answer.code)
        raise TransientError(
            f"Lote {code} is no longer open although we did not close it: another integration did, or it expired. Its records "
            "count as not delivered; run the sync again.",
        )

    def _grace_is_over(self) -> bool:
        return self.stop.seconds_since > GRACE_SECONDS

    def _open(self, tipos: Sequence[int]) -> str:
        """Open a lote, dealing with one that is in the way as `open_lote_policy` says; return its code."""
        started = self.clock.monotonic()
        blocking, since, closed = "", started, 0
        while True:
            answer = self.api.open_lote(tipos)
            if isinstance(answer, Opened):
                return answer.code
            if answer.doubtful and answer.code != blocking:
                self.reporter.log(
                    "INFO",
                    f"Lote {answer.code} is ours: the answer to opening it was lost. Going on with it.",
                )
                return answer.code
            now = self.clock.monotonic()
            if answer.code != blocking:
                blocking, since = answer.code, now
                self._announce(answer)
            if now - started > _LONGEST_WAIT_SECONDS or closed >= _MOST_FOREIGN_LOTES:
                raise TransientError(
                    f"Other integrations of this inquilino keep lotes open (now {blocking}). Run the sync when they are done.",
                )
            if now - since >= self._patience():
                self.reporter.log(
                    "WARN",
                    f"Closing lote {blocking}, which somebody left open; what it holds goes to the stores.",
                )
                self._close_foreign(blocking)
                closed += 1
            else:
                self._wait_for(blocking, self._patience() - (now - since))

    def _close_foreign(self, code: str) -> None:
        """Close a lote that is in the way. Should its owner be quicker, the refusal does no harm: opening ours tells."""
        try:
            self.closing_api.close_lote(code)
        except Interrupted:
            raise
        except TransientError as trouble:
            self.reporter.log(
                "WARN", f"Lote {code} was not closed by us; seeing whether it still is open. {trouble}"
            )

    def _patience(self) -> float:
        """Seconds a foreign lote may stay open before it counts as an orphan."""
        return (
            self.options.open_lote_wait_seconds if self.options.open_lote_policy == "wait_then_close" else 0.0
        )

    def _announce(self, answer: AlreadyOpen) -> None:
        code = answer.code
        if self.options.open_lote_policy == "fail":
            raise ConfigError(
                f"Lote {code} of this inquilino is open, opened by another integration or left behind by a crash, and PDVSync "
                "allows one at a time. Nothing was sent. Let its owner close it, or choose another lote.open_lote_policy.",
            )
        if self.options.open_lote_policy == "wait_then_close":
            self.reporter.log(
                "WARN",
                f"Lote {code} of this inquilino is open, and PDVSync allows one at a time. Waiting up to "
                f"{self._patience() / 60:.1f} minutes for its owner to close it; then it counts as left behind and is closed.",
            )

    def _wait_for(self, code: str, remaining: float) -> None:
        self.reporter.log(
            "INFO", f"Lote {code} is still open; closing it in {remaining:.0f} s unless its owner does."
        )
        self.clock.sleep(max(0.05, min(15.0, remaining, max(1.0, self._patience() / 20))))


def _judge(
    part: list[Entry],
    retorno: Retorno,
    code: str,
) -> tuple[list[tuple[Entry, Rejection]], list[list[Entry]]]:
    """Who is refused for certain, and which lists must be sent again to know more."""
    if isinstance(retorno, Named):
        named = [entry for entry in part if entry.key in retorno.refused]
        if named:
            rest = [entry for entry in part if entry.key not in retorno.refused]
            bad = [
                (entry, _rejection(entry, code, retorno.status, retorno.refused[entry.key]))
                for entry in named
            ]
            return bad, [rest] if rest else []
    if len(part) > 1:
        first, second = halves(part)
        return [], [first, second]
    entry = part[0]
    return [(entry, _rejection(entry, code, *_words(retorno, entry)))], []


def _words(retorno: Retorno, entry: Entry) -> tuple[int, str]:
    if isinstance(retorno, WholeRefused):
        return retorno.status, retorno.words
    if isinstance(retorno, Named):
        return retorno.status, "; ".join(retorno.refused.values())
    if isinstance(retorno, TooLarge):
        return retorno.status, f"the record alone has {len(entry.body)} bytes, more than the server takes"
    raise FatalError(f"An answer was left without a verdict ({type(retorno).__name__}).")


def _rejection(entry: Entry, code: str, status: int, words: str) -> Rejection:
    return Rejection(
        stage=Stage.API,
        reason=Reason.REFUSED_BY_API,
        message=f"PDVSync refused the record (HTTP {status}); its own words are in raw.",
        key=entry.key,
        lote=code,
        http_status=status,
        raw=words,
    )
