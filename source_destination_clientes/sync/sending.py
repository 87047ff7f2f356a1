"""Sending the chunks of one open lote, so that only the record at fault pays.

A chunk that fails again and again while others go well is halved, whatever the form of the failure, until the record at fault stands
alone; that one is rejected. Where nothing goes well, it is an outage: the chunk is tried until the time for that is over.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Final

from source_destination_clientes.errors import ConfigError, FatalError, Interrupted, TransientError
from source_destination_clientes.http.retry import OutOfTimeError, Wait
from source_destination_clientes.lote.load import Entry, encode_request, halves
from source_destination_clientes.manifest.objects import Sending
from source_destination_clientes.protocol.output import Reporter
from source_destination_clientes.rejection.outcome import Rejection
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
from source_destination_clientes.runtime.health import Health

_HALVED_AFTER: Final = 3
_REJECTED_AFTER: Final = 5
"""Failures of one chunk; a record alone is given longer, since its rejection is final."""

_LONGEST_NAP: Final = 1.0
"""Seconds after which a wait looks whether it is still worth it."""


@dataclass(slots=True, eq=False)
class Chunk:
    """Records for one request, and how that has gone.

    `known` counts the successes of the run when the chunk began to fail, or was cut from a larger one. `failing_since` and
    `not_before` are in seconds of the monotonic clock.
    """

    entries: list[Entry]
    failures: int = 0
    known: int | None = None
    failing_since: float | None = None
    not_before: float = 0.0
    trouble: str = ""
    status: int | None = None
    deferred: bool = False

    def note(self, wait: Wait, now: float, successes: int) -> None:
        """Note a failure."""
        self.failures += 1
        self.trouble, self.status = wait.trouble, wait.status
        self.known = successes if self.known is None else self.known
        self.failing_since = now if self.failing_since is None else self.failing_since


@dataclass(slots=True)
class Outcomes:
    """The records that have an outcome. Threads may append at the same time."""

    accepted: list[Entry] = field(default_factory=list)
    rejected: list[tuple[Entry, Rejection]] = field(default_factory=list)

    def accept(self, chunk: list[Entry]) -> None:
        """Note that records were accepted, and with each the versions that it replaced."""
        self.accepted.extend(chunk)
        for earlier in filter(None, map(attrgetter("replaced"), chunk)):
            self.accepted.extend(reversed(earlier))

    def copy(self) -> "Outcomes":
        """What is known by now: an answer that comes late adds nothing to it."""
        return Outcomes(list(self.accepted), list(self.rejected))


class _PutBackError(Exception):
    """The chunk is for another lote."""


class _CutError(Exception):
    """The chunk has failed often enough."""


class _DeferError(Exception):
    """The others go first: how they fare tells what the failures of this chunk mean."""


@dataclass(slots=True)
class Sender:
    """Sends chunks within the open lote `code` until `deadline`, in seconds of the monotonic clock.

    `left` takes the chunks that this lote does not wait for, `deferred` those that come again after the others; an answer against the
    config is kept with them.
    `assert_open` raises when the lote is no longer open. `api` is that of the run; its waits end with the lote.
    """

    api: Retaguarda
    code: str
    deadline: float
    health: Health[Entry]
    clock: Clock
    reporter: Reporter
    objects: Mapping[str, Sending]
    assert_open: Callable[[str], None]
    keys: frozenset[str]
    outcomes: Outcomes = field(default_factory=Outcomes)
    left: deque[Chunk] = field(default_factory=deque)
    deferred: list[tuple[Chunk, ConfigError | None]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def send(self, chunk: Chunk) -> Iterable[Chunk]:
        """Send a chunk, note each outcome that is proved, and return the chunks to send in order to know more."""
        waits = _Waits(self, chunk)
        try:
            try:
                if chunk.not_before > self.clock.monotonic():
                    waits.sleep(chunk.not_before - self.clock.monotonic())
                retorno = waits.api().send(
                    self.objects[chunk.entries[0].kind], encode_request(chunk.entries, self.code), self.code
                )
            except _CutError:
                return self._cut(chunk)
            except _DeferError:
                self.deferred.append((chunk, None))
                return []
            except OutOfTimeError as error:
                # Without a failure of its own it is the credential, or a pause of the whole API.
                if waits.failures and self._is_at_fault(chunk, last=True):
                    chunk.status = error.status
                    return self._cut(chunk)
                raise
            except ConfigError as error:
                return self._doubt(chunk, error)
            return self._read(chunk, retorno)
        except _PutBackError:
            self.left.append(chunk)
            return []
        except Exception:
            # Those that wait for another attempt must not keep the lote open.
            self.over.set()
            raise

    def _read(self, chunk: Chunk, retorno: Retorno) -> list[Chunk]:
        """Note what the answer says.

        A request that is refused as a whole is halved. Where the answer names the refused records, the others are sent once more:
        that they were accepted is only inferred, and sending again is an upsert.
        """
        if retorno is Verdict.ACCEPTED:
            self.health.succeeded(chunk.entries[-1])
            self.outcomes.accept(chunk.entries)
            return []
        if isinstance(retorno, LoteRefused):
            self.assert_open(chunk.entries[0].kind)
            retorno = WholeRefused(retorno.words, retorno.status)
        refused, again = _judge(chunk.entries, retorno, self.code)
        return [*map(Chunk, again), *self._reject(refused)]

    def _reject(self, refused: list[tuple[Entry, Rejection]]) -> list[Chunk]:
        """Note rejections. When the latest version of a cliente is refused, the version before it is sent."""
        self.outcomes.rejected.extend(refused)
        earlier = (entry.step_back() for entry, _ in refused)
        return [Chunk([entry]) for entry in earlier if entry is not None]

    def is_at_fault(self, chunk: Chunk) -> bool:
        """The failures of this chunk have their reason in its records, as far as anybody can tell."""
        return self._is_at_fault(chunk, last=False)

    def _is_at_fault(self, chunk: Chunk, *, last: bool) -> bool:
        """`last`: there is no time for another attempt."""
        if len(chunk.entries) > 1:
            often = chunk.failures >= _HALVED_AFTER
            return (self._others_go_well(chunk) and (often or last)) or (
                often and not last and self.health.may_guess()
            )
        if chunk.failures < (_HALVED_AFTER - 1 if last else _REJECTED_AFTER):
            return False
        if self._others_go_well(chunk) and self.health.may_condemn():
            return True
        return self._witness_is_accepted() and self.health.may_condemn()

    def _others_go_well(self, chunk: Chunk) -> bool:
        return chunk.known is not None and self.health.successes > chunk.known

    def _witness_is_accepted(self) -> bool:
        """A record that was accepted is accepted once more. It is the latest version of its cliente, so sending it again is an upsert."""
        witness = self.outcomes.accepted[-1] if self.outcomes.accepted else self.health.witness
        if witness is None or (not self.outcomes.accepted and witness.key in self.keys):
            return False
        body = encode_request([witness], self.code)
        once = _Waits(self, Chunk([witness])).once()
        try:
            if once.send(self.objects[witness.kind], body, self.code) is not Verdict.ACCEPTED:
                return False
        except Interrupted:
            raise
        except TransientError:
            # It fails as well: an outage, which is waited for.
            return False
        self.health.succeeded(witness)
        return True

    def _cut(self, chunk: Chunk) -> list[Chunk]:
        """Halve a chunk that fails, or reject the record that fails alone."""
        entries, number = chunk.entries, len(chunk.entries)
        if number > 1:
            self.reporter.log(
                "WARN",
                f"A request with {number} records failed {chunk.failures} times ({chunk.trouble}): sending it in halves.",
            )
            known = self.health.successes
            return [Chunk(half, known=known) for half in halves(entries)]
        entry = entries[0]
        rejection = Rejection.by_failure(
            key=entry.key, lote=self.code, http_status=chunk.status, raw=chunk.trouble
        )
        return self._reject([(entry, rejection)])

    def _doubt(self, chunk: Chunk, error: ConfigError) -> list[Chunk]:
        """An answer against the config, before anything was accepted: it may be about one of the records all the same."""
        if not self.health.may_doubt():
            raise error
        if len(chunk.entries) > 1:
            return [*map(Chunk, halves(chunk.entries))]
        self.deferred.append((chunk, error))
        return []

    def reconsider(self) -> deque[Chunk]:
        """The deferred chunks, now that the others had their turn. Raises an answer against the config when nothing was accepted."""
        deferred, self.deferred = self.deferred, []
        for _, error in deferred:
            if error is not None and not self.health.successes:
                raise error
        return deque(chunk for chunk, _ in deferred)


class _Waits:
    """The waits of one chunk between its attempts. They end early when the lote must be closed, or the chunk is to be cut."""

    def __init__(self, sender: Sender, chunk: Chunk) -> None:
        self._sender = sender
        self._chunk = chunk
        self.failures = 0

    def api(self) -> Retaguarda:
        """The API for this chunk; what it spent in earlier lotes counts."""
        caller, now = self._sender.api.caller, self._sender.clock.monotonic()
        since = self._chunk.failing_since
        spent = 0.0 if since is None else now - since
        policy = replace(caller.policy, budget=max(0.0, caller.policy.budget - spent))
        clock = replace(caller.clock, sleep=self.sleep)
        return replace(
            self._sender.api, caller=replace(caller, on_wait=self._on_wait, policy=policy, clock=clock)
        )

    def once(self) -> Retaguarda:
        """The API for a single attempt. Raises `OutOfTimeError` when that fails."""
        api = self._sender.api
        return replace(api, caller=replace(api.caller, policy=replace(api.caller.policy, budget=0)))

    def _on_wait(self, wait: Wait) -> None:
        sender, chunk = self._sender, self._chunk
        self.failures += 1
        chunk.note(wait, sender.clock.monotonic(), sender.health.successes)
        if sender.is_at_fault(chunk):
            raise _CutError
        if chunk.failures >= _HALVED_AFTER and not chunk.deferred:
            chunk.deferred = True
            chunk.not_before = sender.clock.monotonic() + wait.seconds
            raise _DeferError
        sender.api.caller.on_wait(wait)

    def sleep(self, seconds: float) -> None:
        """Wait; raises `_PutBackError` when the lote does not wait so long, or not any more."""
        clock, sender = self._sender.clock, self._sender
        until = clock.monotonic() + seconds
        if until > sender.deadline:
            self._chunk.not_before = until
            raise _PutBackError
        while True:
            if sender.over.is_set():
                raise _PutBackError
            left = until - clock.monotonic()
            clock.sleep(max(0.0, min(left, _LONGEST_NAP)))
            if left <= _LONGEST_NAP:
                return


def _judge(
    chunk: list[Entry], retorno: Retorno, code: str
) -> tuple[list[tuple[Entry, Rejection]], list[list[Entry]]]:
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
