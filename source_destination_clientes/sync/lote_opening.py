"""Opening a lote when others may have one open, and closing ours.

PDVSync allows one open lote per inquilino. `open_lote_policy` says what happens to one that is open already.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from source_destination_clientes.errors import ConfigError, Interrupted, TransientError
from source_destination_clientes.protocol.output import Reporter
from source_destination_clientes.retaguarda.api import AlreadyOpen, Opened, Retaguarda
from source_destination_clientes.runtime.clock import Clock
from source_destination_clientes.runtime.deadlines import FOREIGN_LOTES_SECONDS
from source_destination_clientes.settings import Lote

_MOST_FOREIGN_LOTES: Final = 5
"""After closing this many in a row, somebody else keeps opening them."""


@dataclass(slots=True)
class LoteOpener:
    """Opens and closes lotes.

    The waits of `api` end when the sync is asked to stop. Those of `closing_api` go on for a while, so that no lote stays open.
    """

    api: Retaguarda
    closing_api: Retaguarda
    lote: Lote
    clock: Clock
    reporter: Reporter

    def open(self, tipos: Sequence[int]) -> str:
        """Open a lote for these types and return its code; one that is in the way is treated as `open_lote_policy` says.

        Raises `ConfigError` where that is `fail`, `TransientError` when other integrations keep lotes open for too long.
        """
        started = self.clock.monotonic()
        blocking, since, closed = "", started, 0
        while True:
            answer = self.api.open_lote(tipos)
            if isinstance(answer, Opened):
                return answer.code
            if answer.doubtful and answer.code != blocking:
                self.reporter.log(
                    "INFO",
                    f"Lote {answer.code} is ours: the answer to opening it was lost. The sync goes on with it.",
                )
                return answer.code
            now = self.clock.monotonic()
            if answer.code != blocking:
                blocking, since = answer.code, now
                self._announce(answer)
            if now - started > FOREIGN_LOTES_SECONDS or closed >= _MOST_FOREIGN_LOTES:
                raise TransientError(
                    f"Other integrations of this inquilino keep lotes open (now {blocking}). Run the sync when they are done.",
                )
            if now - since >= self._patience():
                self.reporter.log(
                    "WARN",
                    f"Closing lote {blocking}, which somebody left open. The records in it go to the shops.",
                )
                self._close_foreign(blocking)
                closed += 1
            else:
                self._wait_for(blocking, self._patience() - (now - since))

    def close(self, code: str) -> None:
        """Close our lote; raises, after a warning, when it is not known to be closed."""
        try:
            self.closing_api.close_lote(code)
        except Exception as error:
            # The error that ends the sync may be an earlier one, which does not mention the lote.
            self.reporter.log("WARN", f"Lote {code} may still be open: closing it failed. {error}")
            raise

    def assert_ours_is_open(self, code: str, tipo: int) -> None:
        """Raise `TransientError` unless our lote is open.

        A refusal that mentions a lote may mean the record: lote is a word of addresses too. PDVSync opens no lote while another is
        open, and names that one; so asking for one tells.
        """
        answer = self.api.open_lote([tipo])
        if answer.code == code:
            return
        if isinstance(answer, Opened):
            self.closing_api.close_lote(answer.code)
        raise TransientError(
            f"Lote {code} is no longer open although we did not close it: another integration did, or it expired. Its records "
            "count as not delivered. Run the sync again.",
        )

    def _close_foreign(self, code: str) -> None:
        """Close a lote that is in the way. A refusal does no harm: its owner may have closed it, and opening ours tells."""
        try:
            self.closing_api.close_lote(code)
        except Interrupted:
            raise
        except TransientError as error:
            self.reporter.log(
                "WARN", f"We could not close lote {code}. Checking whether it is still open. {error}"
            )

    def _patience(self) -> float:
        """Seconds another integration's lote may stay open before it counts as left behind."""
        waits = self.lote.open_lote_policy == "wait_then_close"
        return self.lote.open_lote_wait_minutes * 60 if waits else 0.0

    def _announce(self, answer: AlreadyOpen) -> None:
        code = answer.code
        if self.lote.open_lote_policy == "fail":
            raise ConfigError(
                f"Lote {code} of this inquilino is open, opened by another integration or left behind by a crash, and PDVSync "
                "allows one at a time. Nothing was sent. Let its owner close it, or choose another lote.open_lote_policy.",
            )
        if self.lote.open_lote_policy == "wait_then_close":
            self.reporter.log(
                "WARN",
                f"Lote {code} of this inquilino is open, and PDVSync allows one at a time. Waiting up to "
                f"{self._patience() / 60:.1f} minutes for its owner to close it. After that it counts as left behind and is closed.",
            )

    def _wait_for(self, code: str, remaining: float) -> None:
        self.reporter.log(
            "INFO", f"Lote {code} is still open. We close it in {remaining:.0f} s unless its owner does."
        )
        self.clock.sleep(max(0.05, min(15.0, remaining, max(1.0, self._patience() / 20))))
