"""Opening a lote when others may have one open, and closing ours.

PDVSync allows one open lote per inquilino, and tells nobody whose it is. One that this process opened is ours, and so is one that,
by the journal, a run of ours opened that is dead. Any other is treated as `open_lote_policy` says, also when it may be ours because
the answer to opening it was lost: doubt proves nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from source_destination_clientes.errors import ClientesError, ConfigError, Interrupted, TransientError
from source_destination_clientes.protocol.output import Reporter
from source_destination_clientes.records.journal import Standing
from source_destination_clientes.retaguarda.api import AlreadyOpen, Opened, Retaguarda
from source_destination_clientes.runtime.clock import Clock
from source_destination_clientes.runtime.deadlines import FOREIGN_LOTES_SECONDS
from source_destination_clientes.settings import Lote
from source_destination_clientes.sync.lote_journal import LoteJournal

_MOST_FOREIGN_LOTES: Final = 5
"""After closing this many in a row, somebody else keeps opening them."""

_FIRST_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 5.0
"""Seconds for a close to take effect."""

_CLOSE_AGAIN_SECONDS: Final = 30.0
_FOREIGN_CLOSING_SECONDS: Final = 10.0
_SEARCH_SECONDS: Final = 10.0


@dataclass(slots=True)
class _Blocked:
    """The lote that is in the way, since when, and what was done about it. Seconds of the monotonic clock."""

    started: float
    code: str = ""
    since: float = 0.0
    closed: int = 0
    pause: float = _FIRST_PAUSE
    closed_at: float | None = None


@dataclass(slots=True)
class LoteOpener:
    """Opens and closes lotes. Used by one thread at a time.

    The waits of `api` end when the sync is asked to stop. Those of `closing_api` go on for a while, so that no lote stays open.
    `doubt` says in a sentence which lote may be open; it is empty when none of ours is.
    """

    api: Retaguarda
    closing_api: Retaguarda
    lote: Lote
    clock: Clock
    reporter: Reporter
    journal: LoteJournal = field(default_factory=lambda: LoteJournal(None))
    doubt: str = ""
    _own: set[str] = field(default_factory=set)

    def open(self, tipos: Sequence[int]) -> str:
        """Open a lote for these types and return its code; one that is in the way is treated as `open_lote_policy` says.

        Raises `ConfigError` where that is `fail`, `TransientError` when other integrations keep lotes open for too long.
        """
        self.journal.opening()
        blocked = _Blocked(self.clock.monotonic())
        while True:
            answer = self._ask(tipos)
            if isinstance(answer, Opened):
                return answer.code
            self._treat(answer, blocked)

    def close(self, code: str) -> None:
        """Close our lote; raises, after a warning, when it is not known to be closed."""
        try:
            self.closing_api.close_lote(code)
        except Exception as error:
            # The error that ends the sync may be an earlier one, which does not mention the lote.
            self.reporter.log("WARN", f"Closing lote {code} failed. {error}")
            raise
        self.doubt = ""
        self.journal.closed(code)

    def assert_ours_is_open(self, code: str, tipo: int) -> None:
        """Raise `TransientError` unless our lote is open.

        A refusal that mentions a lote may mean the record: lote is a word of addresses too. PDVSync opens no lote while another is
        open, and names that one; so asking for one tells.
        """
        answer = self.api.open_lote([tipo])
        if answer.code == code:
            return
        if isinstance(answer, Opened):
            self._own.add(answer.code)
            self.closing_api.close_lote(answer.code)
        raise TransientError(
            f"Lote {code} is no longer open although we did not close it: another integration did, or it expired. Its records "
            "count as not delivered. Run the sync again.",
        )

    def _ask(self, tipos: Sequence[int]) -> Opened | AlreadyOpen:
        """Ask for a lote. When that ends without an answer although one may be open, look for it and close it."""
        before, self.doubt = (
            self.doubt,
            self.doubt or "A lote may be open: the answer to opening it did not come.",
        )
        try:
            answer = self.api.open_lote(tipos)
        except ClientesError as error:
            if isinstance(error, TransientError) and error.doubtful:
                self._search(tipos)
            elif not before:
                self.doubt = ""
            if not self.doubt:
                self.journal.closed()
            raise
        if isinstance(answer, Opened):
            self._note_opened(answer.code)
        elif answer.doubtful:
            self.doubt = _perhaps_ours(answer.code)
        elif answer.code not in before:
            # Only one can be open, so none of ours is.
            self.doubt = ""
        return answer

    def _search(self, tipos: Sequence[int]) -> None:
        """An attempt to open a lote may have worked: ask once more, and close what is certainly ours."""
        api = self.closing_api.within(_SEARCH_SECONDS)
        try:
            answer = api.open_lote(tipos)
            if isinstance(answer, Opened):
                self._note_opened(answer.code)
            else:
                self.doubt = _perhaps_ours(answer.code)
            if (
                isinstance(answer, Opened)
                or self._is_ours(answer.code)
                or self.lote.open_lote_policy == "close"
            ):
                api.close_lote(answer.code)
                self.doubt = ""
                self.journal.closed(answer.code)
        except (TransientError, ConfigError):
            # The first error is the one to tell; what may be open is told with it.
            pass

    def _note_opened(self, code: str) -> None:
        self._own.add(code)
        self.doubt = f"Lote {code} may still be open."
        self.journal.opened(code)

    def _is_ours(self, code: str) -> bool:
        return code in self._own or self.journal.whose(code) is Standing.DEAD_RUN

    def _treat(self, answer: AlreadyOpen, blocked: _Blocked) -> None:
        """Do what is to be done about a lote that is in the way, or wait a little."""
        now, code = self.clock.monotonic(), answer.code
        first = code != blocked.code
        if first:
            blocked.code, blocked.since, blocked.closed_at, blocked.pause = code, now, None, _FIRST_PAUSE
        if now - blocked.started > FOREIGN_LOTES_SECONDS or blocked.closed >= _MOST_FOREIGN_LOTES:
            raise TransientError(
                f"Other integrations of this inquilino keep lotes open (now {code}). Run the sync when they are done.",
            )
        if code in self._own:
            self._wait_for_own(blocked, now)
        elif blocked.closed_at is not None and now - blocked.closed_at < _CLOSE_AGAIN_SECONDS:
            self._pause(blocked)
        else:
            self._treat_foreign(answer, blocked, self.journal.whose(code), first=first)

    def _wait_for_own(self, blocked: _Blocked, now: float) -> None:
        """A lote that we closed takes a moment to be closed; one that stays open is closed again."""
        since = blocked.since if blocked.closed_at is None else blocked.closed_at
        if now - since >= _CLOSE_AGAIN_SECONDS:
            self.reporter.log("INFO", f"PDVSync still has our lote {blocked.code} open: closing it again.")
            self._try_to_close(blocked.code)
            blocked.closed_at = self.clock.monotonic()
        self._pause(blocked)

    def _pause(self, blocked: _Blocked) -> None:
        self.clock.sleep(blocked.pause)
        blocked.pause = min(_LONGEST_PAUSE, 2 * blocked.pause)

    def _treat_foreign(self, answer: AlreadyOpen, blocked: _Blocked, whose: Standing, *, first: bool) -> None:
        code = answer.code
        if whose is Standing.DEAD_RUN:
            self.reporter.log(
                "INFO", f"Lote {code} was left open by a run of this connector that died. Closing it."
            )
            self._close(blocked, counts=False)
            return
        patience = self._patience() if whose is not Standing.ALIVE else FOREIGN_LOTES_SECONDS
        if first:
            self._announce(answer, whose)
        waited = self.clock.monotonic() - blocked.since
        if waited < patience or whose is Standing.ALIVE:
            self._wait_for(code, patience - waited, whose)
            return
        self.reporter.log(
            "WARN", f"Closing lote {code}, which somebody left open. The records in it go to the shops."
        )
        self._close(blocked, counts=True)

    def _close(self, blocked: _Blocked, *, counts: bool) -> None:
        """Close a lote that is in the way. That it cannot be proved does no harm: opening ours tells."""
        if self._try_to_close(blocked.code):
            self.doubt = ""
            self.journal.closed(blocked.code)
        blocked.closed += counts
        blocked.closed_at = self.clock.monotonic()

    def _try_to_close(self, code: str) -> bool:
        try:
            self.closing_api.within(_FOREIGN_CLOSING_SECONDS).close_lote(code)
        except Interrupted:
            raise
        except TransientError as error:
            self.reporter.log("WARN", f"Checking whether lote {code} is still open. {error}")
            return False
        return True

    def _patience(self) -> float:
        """Seconds another integration's lote may stay open before it counts as left behind."""
        waits = self.lote.open_lote_policy == "wait_then_close"
        return self.lote.open_lote_wait_minutes * 60 if waits else 0.0

    def _announce(self, answer: AlreadyOpen, whose: Standing) -> None:
        """Say whose lote is in the way, and what is done about it. Raises where that is `fail`."""
        code, policy = answer.code, self.lote.open_lote_policy
        if whose is Standing.ALIVE:
            owner = "by another run of this connector, which is still alive"
        elif answer.doubtful:
            owner = (
                "perhaps by us, since an answer to opening a lote was lost, perhaps by another integration"
            )
        else:
            owner = "by another integration or left behind by a crash"
        text = f"Lote {code} of this inquilino is open, opened {owner}, and PDVSync allows one at a time."
        if policy == "fail":
            kind = TransientError if answer.doubtful or whose is Standing.ALIVE else ConfigError
            raise kind(
                f"{text} Nothing was sent to it. Let its owner close it, close it with destination-clientes close-lote --lote {code}, "
                "or choose another lote.open_lote_policy.",
            )
        if whose is Standing.ALIVE:
            self.reporter.log("WARN", f"{text} Waiting for that run to close it.")
        elif policy == "wait_then_close":
            self.reporter.log(
                "WARN",
                f"{text} Waiting up to {self._patience() / 60:.1f} minutes for its owner to close it. After that it counts as left "
                "behind and is closed.",
            )
        elif answer.doubtful:
            self.reporter.log("WARN", text)

    def _wait_for(self, code: str, remaining: float, whose: Standing) -> None:
        end = (
            "It is left to its run."
            if whose is Standing.ALIVE
            else f"We close it in {remaining:.0f} s unless its owner does."
        )
        self.reporter.log("INFO", f"Lote {code} is still open. {end}")
        self.clock.sleep(max(0.05, min(15.0, remaining, max(1.0, self._patience() / 20))))


def _perhaps_ours(code: str) -> str:
    return f"Lote {code} is open. It may be ours: the answer to opening it was lost."
