"""Which files of an index count, and whose turn it is.

Each manifest is an object of its own, with a number one higher than the last, and only one writer can make it. So whoever makes one
has taken the index over, and whoever held it before finds a higher number than his own.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from source_destination_clientes.records.index_sheet import FORMAT, Damaged, checksum
from source_destination_clientes.records.objects import Objects, Readable, Writable

STATE: Final = "state/"
PARTS: Final = "parts/"
LOG: Final = "log/"

_MANIFEST: Final = f"{STATE}manifest-"
_UNINDEXED: Final = f"{STATE}unindexed-"


class Listed(msgspec.Struct, frozen=True):
    """A file that counts; its `seal` tells it from every other. `low` and `high` bound the first byte of its hashes, `high` excluded; days as in `Sheet`."""

    name: str
    seal: str
    entries: int
    first_day: int = 0
    last_day: int = 0
    low: int = 0
    high: int = 256


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What the index consists of.

    `owner` is the run at work on it, None once that has ended well. Logs of a generation below `log_from` count no longer.
    """

    format: str = FORMAT
    generation: int
    owner: str | None
    fingerprint: str
    resend: str
    log_from: int
    parts: tuple[Listed, ...] = ()
    deltas: tuple[Listed, ...] = ()


class _Envelope(msgspec.Struct):
    checksum: str
    manifest: msgspec.Raw


class _Version(msgspec.Struct):
    format: str = ""


def publish(objects: Objects, manifest: Manifest) -> bool:
    """Write a manifest; False when another run has made one of this number, or a higher one."""
    content = msgspec.json.encode(manifest)
    envelope = _Envelope(checksum(content).hex(), msgspec.Raw(content))
    path = f"{_MANIFEST}{manifest.generation:010d}.json"
    if objects.put_if_absent(path, msgspec.json.encode(envelope)):
        return newest(objects) == manifest.generation
    # The answer to our own attempt may have been lost, and the attempt made again by the client of the bucket.
    try:
        return (
            read_manifest(objects, manifest.generation) == manifest and newest(objects) == manifest.generation
        )
    except (Damaged, AnotherFormat):
        return False


class AnotherFormat(Exception):
    """The index is of another version of this program, or of another kind of machine."""


def read_manifest(objects: Readable, generation: int) -> Manifest:
    """Read a manifest. Raises `Damaged` or `AnotherFormat`."""
    try:
        envelope = msgspec.json.decode(objects.get(f"{_MANIFEST}{generation:010d}.json"), type=_Envelope)
        content = bytes(envelope.manifest)
        if checksum(content).hex() != envelope.checksum:
            raise Damaged("the manifest does not fit its checksum")
        if msgspec.json.decode(content, type=_Version).format != FORMAT:
            raise AnotherFormat
        return msgspec.json.decode(content, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Damaged("the manifest cannot be read") from None


def generations(objects: Readable) -> list[int]:
    """The numbers of the manifests there are, in order."""
    names = (path.removeprefix(_MANIFEST).removesuffix(".json") for path in objects.list(STATE))
    return sorted(int(name) for name in names if name.isdecimal())


def newest(objects: Readable) -> int:
    """The highest number of a manifest; 0 when there is none."""
    return max(generations(objects), default=0)


def manifest_path(generation: int) -> str:
    """Where the manifest of this number is."""
    return f"{_MANIFEST}{generation:010d}.json"


def tell_unindexed(objects: Writable, run: str, number: int, now: datetime) -> None:
    """Leave word that a run delivers without the index: what the index says is not to be relied on."""
    objects.put(f"{_UNINDEXED}{now:%Y%m%dT%H%M%S}-{run}-{number:06d}", b"")


def unindexed(objects: Readable) -> Sequence[str]:
    """The words left by `tell_unindexed`, the oldest first. Their names have the time."""
    return [path for path in objects.list(STATE) if path.startswith(_UNINDEXED)]


def said_before(path: str, moment: datetime) -> bool:
    """Whether a word was left before that moment."""
    return path.removeprefix(_UNINDEXED) < f"{moment:%Y%m%dT%H%M%S}"
