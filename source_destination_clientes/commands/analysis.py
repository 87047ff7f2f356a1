"""What a sync would do with records, without sending any."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from source_destination_clientes.cliente.mapped import Change, Mapped
from source_destination_clientes.protocol.catalog import ConfiguredStream
from source_destination_clientes.protocol.messages import Message, Record, State, StreamKey
from source_destination_clientes.rejection.outcome import Rejection
from source_destination_clientes.rejection.privacy import mask_key
from source_destination_clientes.rejection.thresholds import Thresholds
from source_destination_clientes.settings import Settings
from source_destination_clientes.sync.routes import Route, Routes, make_routes

_EXAMPLES: Final = 3
_LOTE: Final = "<the lote's code>"


class Router:
    """Finds the route of a record: by the catalog if there is one, else by the streams seen so far."""

    def __init__(self, settings: Settings, catalog: Sequence[ConfiguredStream] | None) -> None:
        self._settings = settings
        self._catalog = catalog
        self._configured = make_routes(settings, catalog) if catalog else Routes([])
        self._seen: dict[StreamKey, Route] = {}

    def find(self, record: Record) -> Route:
        """The route of a record. Raises `ConfigError` as a sync would."""
        if self._catalog:
            return self._configured.find(record)
        route = self._seen.get(record.key)
        if route is None:
            streams = [bare_stream(*key) for key in (*self._seen, record.key)]
            route = self._seen[record.key] = make_routes(self._settings, streams).find(record)
        return route


def bare_stream(namespace: str | None, name: str) -> ConfiguredStream:
    """A stream of which only the name is known."""
    return ConfiguredStream(
        name=name, namespace=namespace, sync_mode="append_dedup", object_name=None, sync_id=None
    )


@dataclass(slots=True)
class RefusedGroup:
    """The rejections of one reason and field. `message` is that of the first; `examples` are keys, masked where they are personal."""

    message: str
    count: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass(slots=True)
class StreamAnalysis:
    """The counts of one stream. `columns` and `fields` count values that are not empty."""

    route: Route
    received: int = 0
    accepted: int = 0
    columns: Counter[str] = field(default_factory=Counter)
    fields: Counter[str] = field(default_factory=Counter)
    refused: dict[tuple[str, str | None], RefusedGroup] = field(default_factory=dict)

    @property
    def rejected(self) -> int:
        """Records that would be rejected before anything is sent."""
        return self.received - self.accepted

    def most_refused(self) -> list[tuple[tuple[str, str | None], RefusedGroup]]:
        """Reasons and fields, the most frequent first."""
        return sorted(self.refused.items(), key=lambda item: -item[1].count)

    def numbers(self) -> dict[str, Any]:
        """The counts as JSON. Fill rates of columns are shares of the records received, those of fields of the records to be sent."""
        return {
            "stream": self.route.stream.name,
            "namespace": self.route.stream.namespace,
            "object": self.route.object,
            "received": self.received,
            "would_send": self.accepted,
            "would_reject": self.rejected,
            "rejections": [
                {
                    "reason": reason,
                    "field": name,
                    "count": refused.count,
                    "message": refused.message,
                    "examples": refused.examples,
                }
                for (reason, name), refused in self.most_refused()
            ],
            "truncated": self.route.mapper.counts.by_field(Change.TRUNCATED),
            "left_out_values": self.route.mapper.counts.by_field(Change.NULLED),
            "columns": {name: share(count, self.received) for name, count in self.columns.items()},
            "fields": {name: share(self.fields[name], self.accepted) for name in self.route.fields},
        }


@dataclass(slots=True)
class Analysis:
    """Maps records as a sync would, and counts. `payloads` are the first `limit` that would be sent."""

    router: Router
    thresholds: Thresholds
    limit: int
    streams: dict[StreamKey, StreamAnalysis] = field(default_factory=dict)
    payloads: list[dict[str, Any]] = field(default_factory=list)
    states: int = 0
    ignored: Counter[str] = field(default_factory=Counter)
    received: int = 0

    def take_all(self, messages: Iterable[Message]) -> None:
        """Map every record among the messages."""
        for message in messages:
            if isinstance(message, Record):
                self._take(message)
            elif isinstance(message, State):
                self.states += 1
            else:
                self.ignored[message.kind] += 1

    def _take(self, record: Record) -> None:
        self.received += 1
        route = self.router.find(record)
        stream = self.streams.get(record.key)
        if stream is None:
            stream = self.streams[record.key] = StreamAnalysis(route)
        stream.received += 1
        stream.columns.update(_filled(record.data))
        mapped = route.map(record)
        if isinstance(mapped, Rejection):
            self.thresholds.rejected(mapped)
            self._refuse(stream, mapped)
        else:
            self.thresholds.accepted()
            self._accept(stream, mapped)

    def _accept(self, stream: StreamAnalysis, mapped: Mapped) -> None:
        stream.accepted += 1
        payload = msgspec.json.decode(mapped.body + b"}")
        stream.fields.update(_filled_fields(payload))
        if len(self.payloads) < self.limit:
            self.payloads.append({**payload, "loteOrigem": _LOTE} if mapped.key else payload)

    def _refuse(self, stream: StreamAnalysis, rejection: Rejection) -> None:
        refused = stream.refused.setdefault(
            (rejection.reason.value, rejection.field), RefusedGroup(rejection.message)
        )
        refused.count += 1
        if len(refused.examples) < _EXAMPLES:
            key = mask_key(rejection.key) if rejection.key else None
            refused.examples.append(key or f"record {self.received}")


def share(count: int, total: int) -> float:
    """A share between 0 and 1, to four places; 0 when `total` is 0."""
    return round(count / total, 4) if total else 0.0


def _filled(data: bytes) -> dict[str, int]:
    """The columns of a record, 1 for those that are not empty; none for a record that cannot be read."""
    try:
        record = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return _filled_fields(record) if isinstance(record, dict) else {}


def _filled_fields(values: Mapping[str, Any]) -> dict[str, int]:
    return {name: int(value is not None and value != "") for name, value in values.items()}
