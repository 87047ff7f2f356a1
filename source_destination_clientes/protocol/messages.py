"""Airbyte messages, as much of them as we need.

A record's data and a state stay the bytes they arrived as, so that big integers, long decimals and unknown keys are kept. Message shapes: https://docs.airbyte.com/understanding-airbyte/airbyte-protocol.

>>> read_line(b'{"type":"STATE","state":{"type":"GLOBAL","id":7}}')
State(stream=None, raw=b'{"type":"GLOBAL","id":7}')
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, TypeAlias, TypeVar

import msgspec

from source_destination_clientes.errors import FatalError

T = TypeVar("T")

StreamKey: TypeAlias = tuple[str | None, str]
"""Namespace and name."""

_ABSENT: Final = msgspec.Raw(b"")
"""A value that is absent. `null` stays `null`: msgspec has no optional raw values."""


class Record(msgspec.Struct, gc=False):
    """One record; `data` is its JSON object as it arrived. `replay_of` is the id of the dead-letter row it comes from, if any."""

    stream: str
    data: msgspec.Raw
    namespace: str | None = None
    emitted_at: int | float | None = None
    meta: msgspec.Raw = _ABSENT
    file_reference: msgspec.Raw = _ABSENT
    replay_of: str | None = None

    @property
    def key(self) -> StreamKey:
        """The stream it belongs to."""
        return (self.namespace, self.stream)


class State(msgspec.Struct, gc=False):
    """One state message. `stream` is the stream of a STREAM state; None, as in GLOBAL and LEGACY ones, means all streams."""

    stream: StreamKey | None
    raw: bytes


class Ignored(msgspec.Struct, gc=False):
    """A message that a destination need not act on, or a line that is not a message."""

    kind: str


Message: TypeAlias = Record | State | Ignored


class _Descriptor(msgspec.Struct):
    name: str
    namespace: str | None = None


class _StreamState(msgspec.Struct):
    stream_descriptor: _Descriptor


class _StateBody(msgspec.Struct):
    type: str | None = None
    stream: _StreamState | None = None


class _Envelope(msgspec.Struct, gc=False):
    type: str
    record: Record | None = None
    state: msgspec.Raw = _ABSENT


_HALF_A_CHARACTER: Final = re.compile("[\ud800-\udfff]")

_DEEPEST: Final = 200
_NESTING: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
"""Strings, which are passed over, and brackets."""

_ENVELOPE: Final = msgspec.json.Decoder(_Envelope)
_STATE: Final = msgspec.json.Decoder(_StateBody)


def read_record(line: bytes) -> Record:
    """Read a line that is known to be a RECORD."""
    record = read_line(line)
    assert isinstance(record, Record)
    return record


def record_reader(stream: StreamKey, data: type[T]) -> Callable[[bytes], T]:
    """A function that reads the data of a RECORD line of this stream as this type.

    For every other line it raises `msgspec.DecodeError` or `UnicodeDecodeError`: what `read_line` does not read as a record of this
    stream is never read as one here. Parts of the line outside `data` need not be UTF-8.
    """
    namespace, name = stream
    # A stream without a namespace has records without one; where there is one, an empty one included, it has to be there.
    within: Any = ("namespace", None, None) if namespace is None else ("namespace", Literal[namespace])
    record = msgspec.defstruct(
        "_TypedRecord",
        [("stream", Literal[name]), ("data", data), within, ("emitted_at", int | float | None, None)],
        gc=False,
    )
    message = msgspec.defstruct("_TypedMessage", [("type", Literal["RECORD"]), ("record", record)], gc=False)
    decode = msgspec.json.Decoder(message).decode

    def read(line: bytes) -> T:
        return decode(line).record.data  # type: ignore[attr-defined,no-any-return] # the struct made above

    return read


def read_line(line: bytes) -> Message:
    """Read one line of stdin.

    Raises `FatalError` when a line that could be a record cannot be understood: skipping it could lose a customer. The
    error gives the length and what is wrong, never content.
    """
    try:
        envelope = _ENVELOPE.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _read_odd_line(line)
    return _understand(envelope, line)


def _understand(envelope: _Envelope, line: bytes) -> Message:
    if envelope.type == "RECORD":
        if envelope.record is None:
            raise _unreadable(line, "a RECORD without record")
        if not line.isascii():
            _must_be_utf8(line)
        return envelope.record
    if envelope.type == "STATE":
        if not bytes(envelope.state):
            raise _unreadable(line, "a STATE without state")
        return _read_state(bytes(envelope.state), line)
    if envelope.record is not None:
        raise _unreadable(line, "a record in a message of another type")
    return Ignored(envelope.type)


def _must_be_utf8(line: bytes) -> None:
    """Check the whole line: the decoder skips a record's data without looking into its strings."""
    try:
        line.decode()
    except UnicodeDecodeError:
        raise _unreadable(line, "not UTF-8") from None


def _read_state(raw: bytes, line: bytes) -> State:
    try:
        body = _STATE.decode(raw)
    except msgspec.DecodeError:
        raise _unreadable(line, "a STATE of unknown form") from None
    if body.type == "STREAM" or (body.type is None and body.stream is not None):
        if body.stream is None:
            raise _unreadable(line, "a STREAM state without stream_descriptor")
        descriptor = body.stream.stream_descriptor
        return State((descriptor.namespace, descriptor.name), raw)
    return State(None, raw)


def _read_odd_line(line: bytes) -> Message:
    """Read a line that the strict decoder refuses: noise, a message of unknown shape, or a record in loose JSON (NaN, half a character)."""
    text = line.strip()
    if not text:
        return Ignored("blank")
    try:
        message = json.loads(text, parse_constant=str)
    except RecursionError:
        return _read_deep_record(line)
    except (ValueError, UnicodeDecodeError):
        if text.startswith(b"{") or _speaks_of_records(text):
            raise _unreadable(line, "not JSON in UTF-8") from None
        return Ignored("noise")
    if not isinstance(message, dict):
        if _speaks_of_records(text):
            raise _unreadable(line, "JSON, but not a message")
        return Ignored("noise")
    kind = message.get("type")
    if not isinstance(kind, str) or kind not in {"RECORD", "STATE"}:
        return Ignored(kind if isinstance(kind, str) else "noise")
    return _read_again(message, line)


def _read_deep_record(line: bytes) -> Record:
    """Read a record that is nested too deeply for any reader, with null for what is below `_DEEPEST` levels.

    A field that such a column fills does not fit it, so that the record is rejected and not the sync ended. A state must leave as it
    came.
    """
    pieces, depth, kept = [], 0, 0
    for token in _NESTING.finditer(line):
        opens, closes = token[0] in {b"[", b"{"}, token[0] in {b"]", b"}"}
        if opens and depth == _DEEPEST:
            pieces.append(line[kept : token.start()])
        depth += opens - closes
        if closes and depth == _DEEPEST:
            pieces.append(b"null")
            kept = token.end()
    try:
        message = _ENVELOPE.decode(b"".join([*pieces, line[kept:]]))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        message = None
    if message is None or message.type != "RECORD" or message.record is None:
        raise _unreadable(line, "nested too deeply")
    return message.record


def _speaks_of_records(text: bytes) -> bool:
    """Whether the line could be a record in any encoding: UTF-16 has a zero byte beside every letter."""
    return b"RECORD" in text.replace(b"\x00", b"")


def _read_again(message: dict[str, Any], line: bytes) -> Message:
    """Read a message again as strict JSON: NaN and Infinity become texts, which the mapping then judges.

    Half a surrogate pair (an emoji that was cut in two) becomes U+FFFD in a record. A state must leave as it came.
    """
    text = json.dumps(message, allow_nan=False, ensure_ascii=False)
    if message["type"] == "RECORD":
        text = _HALF_A_CHARACTER.sub("\ufffd", text)
    try:
        envelope = _ENVELOPE.decode(text.encode())
    except (msgspec.DecodeError, ValueError):
        raise _unreadable(line, f"a {message['type']} of unknown form") from None
    return _understand(envelope, line)


def _unreadable(line: bytes, trouble: str) -> FatalError:
    return FatalError(
        f"A line of {len(line)} bytes on stdin cannot be read: {trouble}. It could be a record, so the sync stops rather than "
        "lose it. Look at what the source or platform writes.",
    )


def state_message(state: State, accepted: int, rejected: int, further: Mapping[str, int]) -> bytes:
    """The STATE message that acknowledges `state`: as it came, plus what became of its records.

    `further` are counts by name. All counts are floats, as the protocol wants them.
    """
    body = msgspec.json.decode(state.raw, type=dict[str, msgspec.Raw])
    stats: dict[str, Any] = {"recordCount": float(accepted), "rejectedRecordCount": float(rejected)}
    if further:
        stats["additionalStats"] = {name: float(count) for name, count in further.items()}
    body["destinationStats"] = msgspec.Raw(msgspec.json.encode(stats))
    return msgspec.json.encode({"type": "STATE", "state": body})
