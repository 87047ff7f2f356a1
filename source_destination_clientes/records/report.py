"""The report of one run, however it ended: `runs/<job>-<attempt>.json`, in the form of `run_report.schema.json` beside this module.

Numbers and names of fields only: no key, no value, no word of a person's data.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal, cast

import msgspec
from msgspec import Meta

from source_destination_clientes.errors import ClientesError, ConfigError, FailureKind
from source_destination_clientes.records.objects import Readable, Writable

VERSION: Final = 1
SCHEMA_PATH: Final = Path(__file__).with_name("run_report.schema.json")

MOST_LOTES: Final = 10_000
"""Lotes that a report lists; `lotes_closed` counts all."""

_RUNS: Final = "runs/"
_LATEST: Final = "journal/latest-run"
NO_JOB: Final = "no-job"

Count = Annotated[int, Meta(ge=0)]
Moment = Annotated[datetime, Meta(tz=True)]
Ending = Literal["completed", "failed", "stopped"]


class RejectedCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many records were refused at one stage for one reason; `field` is the field at fault, if it is one field."""

    stage: str
    reason: str
    field: str | None = None
    count: Count


class StreamReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the records of one stream.

    accepted + rejected are the records that were settled; `unchanged` and `left_out` are part of accepted. `rejected_later` counts
    refusals of what belongs to accepted records: at the shops, and of files. `truncated` and `omitted` count values by field.
    """

    stream: str
    namespace: str | None = None
    object: str
    accepted: Count
    rejected: Count
    unchanged: Count = 0
    left_out: Count = 0
    attached: Count = 0
    rejections: tuple[RejectedCount, ...] = ()
    rejected_later: tuple[RejectedCount, ...] = ()
    truncated: Mapping[str, Count] = {}
    omitted: Mapping[str, Count] = {}


class LoteReport(msgspec.Struct, frozen=True, kw_only=True):
    """One lote that was closed; `records` is how many it brought."""

    code: str
    records: Count
    closed_at: Moment


class Waits(msgspec.Struct, frozen=True, kw_only=True):
    """How often and how long a call was waited with before it was made again, and how often because PDVSync asked for it (429)."""

    count: Count = 0
    seconds: Annotated[float, Meta(ge=0)] = 0.0
    rate_limited: Count = 0


class RunReport(msgspec.Struct, frozen=True, kw_only=True):
    """One run.

    `ending` is `completed`, `failed` (then `failure` says of what kind and `message` why) or `stopped`. `states` counts the states that
    left. `rejected_rows_in` is where rejected rows are, None when there are none.
    """

    version: Literal[1] = 1
    connector: str
    job: str | None
    attempt: Annotated[int, Meta(ge=1)] = 1
    sync_id: int | None = None
    inquilino: str
    host: str
    started_at: Moment
    ended_at: Moment
    ending: Ending
    failure: FailureKind | None = None
    message: str | None = None
    states: Count = 0
    streams: tuple[StreamReport, ...] = ()
    lotes_closed: Count = 0
    lotes: tuple[LoteReport, ...] = ()
    waits: Waits = Waits()
    rejected_rows_in: str | None = None

    @property
    def accepted(self) -> int:
        """Records that were accepted, those that are unchanged or left out included."""
        return sum(stream.accepted for stream in self.streams)

    @property
    def rejected(self) -> int:
        """Records that were rejected."""
        return sum(stream.rejected for stream in self.streams)

    @property
    def rejected_later(self) -> int:
        """Refusals of what belongs to accepted records."""
        return sum(each.count for stream in self.streams for each in stream.rejected_later)


def report_schema() -> dict[str, Any]:
    """The JSON schema of a report, as `run_report.schema.json` publishes it."""
    (reference,), components = msgspec.json.schema_components([RunReport], ref_template="#/$defs/{name}")
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Run report of destination-clientes",
        **reference,
        "$defs": components,
    }
    # Defaults are tuples and structs in Python, and lists and objects in JSON.
    return cast("dict[str, Any]", msgspec.json.decode(msgspec.json.encode(schema)))


def encode_report(report: RunReport) -> bytes:
    """The report as JSON for machines and eyes."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"


def write_report(objects: Writable, report: RunReport, job_folder: str) -> str:
    """Keep the report of a run and return its path. `job_folder` is the name of the job's folder among the rejected rows.

    Outside of a job nothing else tells the runs apart, so the time does.
    """
    job = job_folder if report.job else f"{NO_JOB}.{report.started_at:%Y%m%dT%H%M%S%fZ}"
    path = f"{_RUNS}{job}-{report.attempt}.json"
    objects.put(path, encode_report(report))
    objects.put(_LATEST, path.encode())
    return path


def read_report(objects: Readable, job: str | None = None) -> RunReport:
    """The report of the last attempt of a job; without a job, of the last run. Raises `ConfigError` when there is none."""
    paths = _paths(objects)
    if job is not None:
        mine = [path for path in paths if path.removeprefix(_RUNS).rpartition("-")[0] == job]
        if not mine:
            jobs = ", ".join(sorted({path.removeprefix(_RUNS).rpartition("-")[0] for path in paths})[-10:])
            raise ConfigError(
                f"There is no report of job {job} in {objects.location}. "
                + (f"The last ones there: {jobs}." if jobs else "There is no report at all.")
            )
        return _read(objects, max(mine, key=_order))
    if not paths:
        raise ConfigError(
            f"There is no report in {objects.location}{_RUNS}. A sync leaves one when object_storage_config is set."
        )
    return _read(objects, _latest(objects, paths))


def read_reports(objects: Readable) -> Iterator[RunReport]:
    """The reports of all runs, the latest first as far as their names tell. One that cannot be read is passed over."""
    for path in sorted(_paths(objects), key=_order, reverse=True):
        with suppress(ClientesError):
            yield _read(objects, path)


def _paths(objects: Readable) -> list[str]:
    return [path for path in objects.list(_RUNS) if path.endswith(".json")]


def _latest(objects: Readable, paths: list[str]) -> str:
    try:
        path = objects.get(_LATEST).decode()
    except (ClientesError, UnicodeDecodeError):
        path = ""
    return path if path in paths else max(paths, key=_order)


def _order(path: str) -> tuple[int, str, int]:
    """Jobs of the platform are numbered; others are named, and an attempt is a number."""
    job, _, attempt = path.removeprefix(_RUNS).removesuffix(".json").rpartition("-")
    return int(job) if job.isdecimal() else -1, job, int(attempt) if attempt.isdecimal() else 0


@cache
def _decoder() -> "msgspec.json.Decoder[RunReport]":
    return msgspec.json.Decoder(RunReport)


def _read(objects: Readable, path: str) -> RunReport:
    try:
        return _decoder().decode(objects.get(path))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{path} in {objects.location} is not a report that this version can read: {error}."
        ) from None
