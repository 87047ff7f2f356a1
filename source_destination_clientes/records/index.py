"""The delivery index: what each cliente was like when it was last delivered, as keyed hashes.

    index = open_index(objects, options, run, clock, warn)
    mask = index.unchanged(keys, bodies)       # block by block, in the order of the source
    index.pending(keys)                        # durable before the lote opens
    index.done(keys, bodies, lote)             # after it closed, before its states leave
    index.close()

Its files:

    log       pending and done, one object each, as they happen
    deltas    the log of a while, in one object
    parts     the base: every key once, cut by the first byte of the payload's hash
    manifest  names the deltas and parts that count; each claim and each change makes a new one

A key that is pending and not done is unknown, and an unknown key is sent. So is every key whenever there is a doubt.
A wrong skip is worse than any resend. So a key that is not unchanged once is sent for the rest of the run, whatever it is like when it
comes again: A, B, A works in any order, in one lote and across lotes. A refused record stays pending, and so unknown.

Two runs at once: whoever opens the index later owns it. The earlier run sees that before its next lote, and at least every
`LOOK_SECONDS` while it skips. From then on it sends everything, and leaves word of it before each lote; whoever sees that does the
same. Nobody opens a lote before the other has had `GRACE_SECONDS` to see it.
"""

import threading
from array import array
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import msgspec

from source_destination_clientes.errors import ClientesError, TransientError
from source_destination_clientes.records import index_base
from source_destination_clientes.records.digests import DigestSet
from source_destination_clientes.records.hashing import DIGEST, Hasher, short_lote
from source_destination_clientes.records.index_log import Log, generation_of, read_log
from source_destination_clientes.records.index_manifest import (
    LOG,
    PARTS,
    AnotherFormat,
    Manifest,
    generations,
    manifest_path,
    newest,
    publish,
    read_manifest,
    said_before,
    tell_unindexed,
    unindexed,
)
from source_destination_clientes.records.index_sheet import Damaged, make_rows
from source_destination_clientes.records.objects import Objects
from source_destination_clientes.runtime.clock import Clock

LOOK_SECONDS: Final = 5.0
"""How often a run that skips looks whether it is still alone."""

GRACE_SECONDS: Final = 15.0
"""How long a run waits before it delivers what another may not know of: three looks."""

_WORD_HOURS: Final = 6
"""How long a delivery without the index can take at the most, a lote's longest time three times over."""

_MOST_SEGMENTS: Final = 64
_MOST_LOGGED: Final = 50_000
"""Objects and keys of the log before they become a delta."""

_TOUCHED: Final = 8
_CLAIMS: Final = 5
_MANIFESTS_KEPT: Final = 4


@dataclass(frozen=True, slots=True)
class IndexOptions:
    """`scope` names environment, inquilino and object.

    Everything is sent once after a new `resend` text, and in each run with `anew`; an entry again that is older than `max_age_days`.
    """

    secret: bytes
    scope: str
    max_age_days: int = 30
    resend: str = ""
    anew: bool = False


@dataclass(slots=True)
class Index:
    """What was delivered before, and what this run does about it.

    `unchanged` and `forget` may be called from one thread while another calls `pending` and `done`.
    """

    objects: Objects
    options: IndexOptions
    run: str
    clock: Clock
    warn: Callable[[str], None]
    manifest: Manifest
    alone: bool = True
    _hasher: Hasher = field(init=False)
    _log: Log = field(init=False)
    _delivered: DigestSet = field(init=False)
    _touched: DigestSet = field(init=False)
    _looked_at: float = 0.0
    _may_deliver_at: float = 0.0
    _words: int = 0
    _heard: frozenset[str] = frozenset()
    _memory: threading.Lock = field(default_factory=threading.Lock)
    _writing: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self._hasher = Hasher(self.options.secret, self.options.scope)
        self._log = Log(self.objects, self.manifest.generation)
        self._delivered = DigestSet(DIGEST)
        self._touched = DigestSet(_TOUCHED)

    def begin(self, looked_at: float, words: Collection[str], *, may_be_shared: bool) -> None:
        """Read what was delivered before.

        `words` are those of deliveries without the index that are known. `may_be_shared`: the run before did not end well, and may
        still be at work.
        """
        self._looked_at, self._heard = looked_at, frozenset(words)
        if may_be_shared:
            self._may_deliver_at = looked_at + GRACE_SECONDS
        self._load()

    @property
    def known(self) -> int:
        """Payloads that count as delivered before this run."""
        return self._delivered.count

    def unchanged(self, keys: Sequence[str], bodies: Sequence[bytes]) -> list[bool]:
        """For each record: its cliente was delivered just so, nothing was sent for it since, and it need not be sent."""
        if not self._delivered.count or not self._still_alone():
            return [False] * len(keys)
        digests = self._hasher.bodies(bodies)
        with self._memory:
            mask = self._delivered.holds(digests)
            if self._touched.count:
                touched = self._touched.holds(_for_this_run(keys))
                mask = [same and not again for same, again in zip(mask, touched, strict=True)]
            if not all(mask):
                changed = {key for key, same in zip(keys, mask, strict=True) if not same}
                mask = [same and key not in changed for key, same in zip(keys, mask, strict=True)]
                self._touch(changed)
        return mask

    def pending(self, keys: Sequence[str]) -> None:
        """Note, durably, that a lote will bring these keys something new. Call it before the lote opens; it may wait."""
        self.forget(keys)
        if self.alone:
            self._look()
        if not self.alone:
            # The name has the time, so the word is a new one for each lote and tells how long it is good for.
            tell_unindexed(self.objects, self.run, self._words, self.clock.now())
            self._words += 1
        wait = self._may_deliver_at - self.clock.monotonic()
        if wait > 0:
            self.clock.sleep(wait)

    def done(self, keys: Sequence[str], bodies: Sequence[bytes], lote: str) -> None:
        """Note, durably, what a closed lote brought. Each key once, with the payload that was accepted."""
        if not self.alone or not keys:
            return
        digests = self._hasher.bodies(bodies)
        hashes = self._hasher.keys(keys)
        rows = make_rows(digests, hashes, self._day(), short_lote(lote))
        with self._writing:
            self._log.known(hashes, rows)
            if self._log.segments >= _MOST_SEGMENTS or len(self._log.latest) >= _MOST_LOGGED:
                self.save()

    def forget(self, keys: Sequence[str]) -> None:
        """Note, durably, that nothing is known of these keys: they are sent, whatever they are like, until they are done again."""
        if not self.alone or not keys:
            return
        with self._memory:
            self._touch(keys)
        with self._writing:
            self._log.unknown(self._hasher.keys(keys))

    def save(self, *, merge: bool | None = None) -> None:
        """Make one delta of the log, and of many deltas, or with `merge` of any, new parts. What is no longer of use is deleted."""
        with self._writing:
            self._save(self.run, merge=merge)

    def close(self, *, in_haste: bool = False) -> None:
        """Leave the index in order, so that the next run need not wait for us to be gone. In haste nothing is merged."""
        self._delivered = DigestSet(DIGEST)
        with self._writing:
            self._save(None, merge=False if in_haste else None)

    def _save(self, owner: str | None, *, merge: bool | None) -> None:
        """`merge` None merges when there are many deltas."""
        if not self.alone:
            return
        generation = self.manifest.generation + 1
        deltas, parts = self.manifest.deltas, self.manifest.parts
        if self._log.latest:
            delta = index_base.write_sheet(self.objects, f"{generation:010d}.delta", self._log.sheet())
            deltas = (*deltas, delta)
        changed = msgspec.structs.replace(
            self.manifest, generation=generation, owner=owner, log_from=generation, deltas=deltas, parts=parts
        )
        if deltas and (index_base.has_many_deltas(changed) if merge is None else merge):
            try:
                parts = index_base.merge(self.objects, changed, generation, self._days())
            except Damaged as damage:
                self._begin_anew(str(damage))
                return
            changed = msgspec.structs.replace(changed, parts=parts, deltas=())
        self._publish(changed)

    def _touch(self, keys: Collection[str]) -> None:
        """Remember that something is under way for these keys; where nothing was delivered there is nothing to compare with."""
        if self._delivered.count:
            self._touched.add_new(_for_this_run(keys))

    def _publish(self, manifest: Manifest) -> None:
        if not publish(self.objects, manifest):
            self._not_alone()
            return
        self.manifest = manifest
        self._log.restart(manifest.generation)
        # What is left behind takes room and does no harm: no manifest names it.
        with suppress(ClientesError):
            _clean(self.objects, manifest)

    def _still_alone(self) -> bool:
        if self.alone and self.clock.monotonic() - self._looked_at >= LOOK_SECONDS:
            try:
                self._look()
            except ClientesError:
                # Who cannot look must not skip; the storage has more important things to fail at.
                return False
        return self.alone

    def _look(self) -> None:
        now = self.clock.monotonic()
        news = set(unindexed(self.objects)) - self._heard
        if news or newest(self.objects) != self.manifest.generation:
            self._not_alone()
        self._looked_at = now

    def _not_alone(self) -> None:
        self.alone = False
        self._delivered, self._touched = DigestSet(DIGEST), DigestSet(_TOUCHED)
        self._may_deliver_at = self.clock.monotonic() + GRACE_SECONDS
        self.warn(
            f"Another sync of this inquilino and object is at work with the delivery index in {self.objects.location}. Both send "
            "everything from now on, and so does the next sync."
        )

    def _day(self) -> int:
        return int(self.clock.now().timestamp() // 86_400)

    def _days(self) -> index_base.Days:
        # A day in the future was written by a wrong clock; one day may be the difference between two right ones.
        return index_base.Days(self._day() - self.options.max_age_days, self._day() + 1)

    def _load(self) -> None:
        try:
            self._log.latest = read_log(self.objects, self.manifest.log_from)
            self._delivered = index_base.load(self.objects, self.manifest, self._log.latest, self._days())
        except Damaged as damage:
            self._begin_anew(str(damage))

    def _begin_anew(self, why: str) -> None:
        """Forget everything: nothing the index says can be relied on."""
        self.warn(_everything_is_sent(self.objects, why))
        self._delivered = DigestSet(DIGEST)
        generation = self.manifest.generation + 1
        self._publish(
            msgspec.structs.replace(
                self.manifest, generation=generation, log_from=generation, parts=(), deltas=()
            )
        )


def open_index(
    objects: Objects, options: IndexOptions, run: str, clock: Clock, warn: Callable[[str], None]
) -> Index:
    """Take the index over and read it. Whatever is wrong with it costs a warning, and everything is sent.

    `run` is a name that no other run has. Raises what the storage raises.
    """
    for _ in range(_CLAIMS):
        looked_at = clock.monotonic()
        before, why = _newest_manifest(objects)
        words = unindexed(objects)
        if words:
            why = "another sync delivered without it"
        claim = _claim(before, options, run, anew=options.anew or why is not None)
        if before and before.fingerprint != claim.fingerprint and why is None:
            why = "the secret of the config that it was made with is another one now"
        if not publish(objects, claim):
            continue
        if why:
            warn(_everything_is_sent(objects, why))
        _forget_old_words(objects, words, clock)
        index = Index(objects, options, run, clock, warn, claim)
        index.begin(
            looked_at,
            words,
            may_be_shared=why is not None or (before is not None and before.owner is not None),
        )
        return index
    raise TransientError(
        f"Other syncs of this inquilino and object keep taking the delivery index in {objects.location} over. Run the sync when "
        "they are done."
    )


def _newest_manifest(objects: Objects) -> tuple[Manifest | None, str | None]:
    """The manifest that counts, and what is wrong with the index as far as that tells."""
    number = newest(objects)
    if not number:
        left = max(
            (generation_of(path) for folder in (PARTS, LOG) for path in objects.list(folder)), default=0
        )
        return (_of_nothing(left), "its manifest is lost") if left else (None, None)
    try:
        return read_manifest(objects, number), None
    except Damaged as damage:
        why = str(damage)
    except AnotherFormat:
        why = "another version of this program wrote it"
    return _of_nothing(number), why


def _of_nothing(generation: int) -> Manifest:
    """Stands for a manifest that cannot be read, so that the next has a higher number than anything there is."""
    return Manifest(generation=generation, owner="", fingerprint="", resend="", log_from=generation + 1)


def _claim(before: Manifest | None, options: IndexOptions, run: str, *, anew: bool) -> Manifest:
    """The manifest of a run that begins: what was there before, unless all is to be sent again."""
    hasher = Hasher(options.secret, options.scope)
    fingerprint, resend = hasher.fingerprint, hasher.text(options.resend)
    generation = before.generation + 1 if before else 1
    if before is None or anew or (before.fingerprint, before.resend) != (fingerprint, resend):
        return Manifest(
            generation=generation, owner=run, fingerprint=fingerprint, resend=resend, log_from=generation
        )
    return msgspec.structs.replace(before, generation=generation, owner=run)


def _forget_old_words(objects: Objects, words: Sequence[str], clock: Clock) -> None:
    old = clock.now() - timedelta(hours=_WORD_HOURS)
    for word in words:
        if said_before(word, old):
            objects.delete(word)


def _clean(objects: Objects, manifest: Manifest) -> None:
    """Delete what no manifest names any longer; what a run that came after us writes has a higher number."""
    named = {PARTS + listed.name for listed in (*manifest.parts, *manifest.deltas)}
    for path in list(objects.list(PARTS)):
        if path not in named and generation_of(path) <= manifest.generation:
            objects.delete(path)
    for path in list(objects.list(LOG)):
        if generation_of(path) < manifest.log_from:
            objects.delete(path)
    for generation in generations(objects):
        # A run that begins at this moment may be reading one of the last.
        if generation <= manifest.generation - _MANIFESTS_KEPT:
            objects.delete(manifest_path(generation))


def _for_this_run(keys: Iterable[str]) -> bytes:
    """Hashes of keys that hold for this process alone: Python has them ready."""
    return array("q", map(hash, keys)).tobytes()


def _everything_is_sent(objects: Objects, why: str) -> str:
    return (
        f"The delivery index in {objects.location} cannot be relied on: {why}. Everything is sent in this sync, and the index is "
        "built anew."
    )
