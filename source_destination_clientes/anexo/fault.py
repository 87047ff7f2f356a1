"""Whose fault it is when calls for one file fail again and again: told by how the other files fare.

A file is deferred first, so that the others have their turn. Where they succeed, or where the one that was attached last is taken
once more, the file is at fault and its row pays; where nothing goes well, it is an outage.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from source_destination_clientes.anexo.api import CustomersApi, Refused
from source_destination_clientes.errors import ConfigError, Interrupted, TransientError
from source_destination_clientes.http.retry import Wait
from source_destination_clientes.runtime.health import Health

_DEFERRED_AFTER: Final = 3
_REJECTED_AFTER: Final = 5
"""Failures of one file."""


@dataclass(slots=True)
class Trial:
    """How the calls for one file have gone. `known` counts the successes of the run when they began to fail, at `since`."""

    failures: int = 0
    known: int = 0
    since: float | None = None
    status: int | None = None
    deferred: bool = False


class CutError(Exception):
    """The calls for a file have failed often enough."""


class DeferError(Exception):
    """The other files go first. `cause` is an answer against the config, None for any other failure."""

    def __init__(self, cause: ConfigError | None = None) -> None:
        super().__init__()
        self.cause = cause


@dataclass(slots=True)
class FaultFinder:
    """Tells a file at fault from an outage. Safe to share between threads."""

    api: CustomersApi
    health: Health[tuple[str, str]] = field(default_factory=Health)

    def watched(self, trial: Trial) -> CustomersApi:
        """The API for the calls of one file: what it spent before it was deferred counts.

        A call raises `CutError` once the file is at fault, `DeferError` when the others are to go first.
        """
        caller = self.api.caller
        spent = 0.0 if trial.since is None else caller.clock.monotonic() - trial.since
        policy = replace(caller.policy, budget=max(0.0, caller.policy.budget - spent))
        return replace(self.api, caller=replace(caller, policy=policy, on_wait=self._watch(trial)))

    def defer(self, trial: Trial, cause: ConfigError) -> DeferError | ConfigError:
        """What to raise for an answer against the config, before any file was attached: it may be about one customer all the same."""
        if trial.deferred or not self.health.may_doubt():
            return cause
        trial.deferred = True
        return DeferError(cause)

    def is_at_fault(self, trial: Trial, *, last: bool = False) -> bool:
        """The failures have their reason in this file, as far as anybody can tell. `last`: there is no time for another attempt."""
        if trial.failures < (_DEFERRED_AFTER - 1 if last else _REJECTED_AFTER):
            return False
        if self.health.successes > trial.known and self.health.may_condemn():
            return True
        return self._witness_is_taken() and self.health.may_condemn()

    def _watch(self, trial: Trial) -> Callable[[Wait], None]:
        caller = self.api.caller

        def on_wait(wait: Wait) -> None:
            if trial.since is None:
                trial.since, trial.known = caller.clock.monotonic(), self.health.successes
            trial.failures += 1
            trial.status = wait.status
            if self.is_at_fault(trial):
                raise CutError
            if trial.failures >= _DEFERRED_AFTER and not trial.deferred and self.health.may_guess():
                trial.deferred = True
                raise DeferError
            caller.on_wait(wait)

        return on_wait

    def _witness_is_taken(self) -> bool:
        """The file that was attached last is taken once more; under the same Idempotency-Key that changes nothing."""
        witness, caller = self.health.witness, self.api.caller
        if witness is None:
            return False
        once = replace(caller, policy=replace(caller.policy, budget=0), on_wait=lambda _wait: None)
        try:
            if isinstance(replace(self.api, caller=once).attach(*witness), Refused):
                return False
        except Interrupted:
            raise
        except TransientError:
            return False
        self.health.succeeded(witness)
        return True
