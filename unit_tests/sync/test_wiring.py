"""Putting a run together."""

from typing import Any
from uuid import UUID

import pytest

from source_destination_clientes.errors import Interrupted, TransientError
from source_destination_clientes.http.retry import Wait
from source_destination_clientes.protocol.catalog import ConfiguredStream
from source_destination_clientes.protocol.context import RunContext
from source_destination_clientes.protocol.output import Level
from source_destination_clientes.protocol.stdin import MessageSource
from source_destination_clientes.rejection.row import JobIdentity
from source_destination_clientes.retaguarda.credential import RacCredential
from source_destination_clientes.runtime.stopping import Stop
from source_destination_clientes.settings import Settings
from source_destination_clientes.sync.sync import Sync
from source_destination_clientes.sync.wiring import assemble_sync, make_identity, make_row_ids
from unit_tests.kit.fakes import FakeReporter

RAC = {
    "auth_type": "rac_password",
    "username": "u",
    "password": "p",
    "client_id": "c",
    "client_secret": "s",
    "rac_tenant": "my-company",
}


def settings(**changes: Any) -> Settings:
    config = {
        "environment": {"environment_type": "production"},
        "credentials": RAC,
        "id_inquilino": "inq",
        "id_proprietario": "p",
    }
    return Settings.parse({**config, **changes})


def context() -> RunContext:
    return RunContext(FakeReporter(), Stop())


def whole(settings: Settings) -> Sync:
    return assemble_sync(settings, [stream("clientes")], MessageSource(iter([])), context())


def stream(name: str, sync_id: int | None = None) -> ConfiguredStream:
    return ConfiguredStream(name, None, "append", None, sync_id)


@pytest.mark.parametrize(
    ("environment", "identity"),
    [
        ({}, JobIdentity(None, 1, 7)),
        ({"WORKER_JOB_ID": "42", "WORKER_JOB_ATTEMPT": "3"}, JobIdentity("42", 3, 7)),
        ({"WORKER_JOB_ID": "", "WORKER_JOB_ATTEMPT": ""}, JobIdentity(None, 1, 7)),
        ({"WORKER_JOB_ATTEMPT": "²"}, JobIdentity(None, 1, 7)),
    ],
)
def test_the_platform_says_which_job_it_is(environment: dict[str, str], identity: JobIdentity) -> None:
    assert make_identity(environment, [stream("a"), stream("b", 7), stream("c", 8)]) == identity


@pytest.mark.parametrize(
    ("environment", "interval"),
    [
        ({"environment_type": "production"}, 30),
        (
            {
                "environment_type": "custom",
                "control_url": "http://127.0.0.1:1/controleprocesso",
                "clientes_url": "http://127.0.0.1:1/cliente",
            },
            1,
        ),
    ],
)
def test_shops_are_asked_gently_but_those_of_this_machine(
    environment: dict[str, str], interval: float
) -> None:
    polling = {"store_status": {"mode": "poll", "wait_minutes": 2}}
    sync = whole(settings(environment=environment, lote=polling))
    assert sync.shops is not None
    assert (sync.shops._interval, sync.shops._poll.wait_minutes) == (interval, 2)


def test_shops_are_not_asked_unless_somebody_wants_to_know() -> None:
    assert whole(settings()).shops is None


def test_files_are_attached_where_a_customers_api_is_configured() -> None:
    assert whole(settings()).courier._delivery.attacher is None
    attachments = {"attachments_type": "attach_api", "api_key": "k", "external_client_id": "c-1"}
    attacher = whole(settings(attachments=attachments)).courier._delivery.attacher
    assert attacher is not None
    assert (attacher.uploader, attacher.api.headers) == (None, {"base39-external-client-id": "c-1"})
    upload = {"path": "/v1/files", "purpose": "identity"}
    attacher = whole(settings(attachments={**attachments, "upload": upload})).courier._delivery.attacher
    assert attacher is not None
    assert attacher.uploader is not None


def test_closing_a_lote_may_go_on_after_a_request_to_stop() -> None:
    sync = whole(settings())
    delivery = sync.courier._delivery
    assert delivery.opener.closing_api.caller.clock.sleep == sync.stop.sleep_while_closing
    assert delivery.api.caller.clock.sleep == sync.stop.sleep


def test_neither_a_rate_limit_nor_a_new_token_keeps_a_lote_from_being_closed() -> None:
    sync = whole(settings(network={"requests_per_second": 0.01}))
    delivery = sync.courier._delivery
    credential = delivery.api.caller.credential
    assert isinstance(credential, RacCredential)
    assert delivery.opener.closing_api.caller.credential is credential
    assert credential._caller.clock.sleep == sync.stop.sleep_while_closing
    delivery.api.caller.throttle()
    sync.stop.request()
    with pytest.raises(Interrupted):
        delivery.api.caller.throttle()
    delivery.opener.closing_api.caller.throttle()
    credential._caller.throttle()


class NobodyListens(FakeReporter):
    def log(self, level: Level, text: str) -> None:
        super().log(level, text)
        raise BrokenPipeError


def test_a_lote_is_closed_although_nobody_is_left_to_be_told_of_a_wait() -> None:
    reporter = NobodyListens()
    clientes = [stream("clientes")]
    sync = assemble_sync(settings(), clientes, MessageSource(iter([])), RunContext(reporter, Stop()))
    wait = Wait("close the lote", 1, "it answered 503", rate_limited=False)
    sync.courier._delivery.opener.closing_api.caller.on_wait(wait)
    assert reporter.lines == [("WARN", "Waiting 1.0 s to close the lote again: it answered 503.")]


class UnhurriedStop(Stop):
    """Waits take no time."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.check()


def test_a_dead_letter_whose_storage_is_away_is_written_again_and_each_wait_is_told() -> None:
    stop, reporter, fails = UnhurriedStop(), FakeReporter(), [TransientError("away")] * 2

    def write() -> None:
        if fails:
            raise fails.pop()

    source = MessageSource(iter([]))
    sync = assemble_sync(settings(), [stream("clientes")], source, RunContext(reporter, stop))
    sync.settlement.dead_letter.attempt(write)
    assert (fails, len(stop.slept)) == ([], 2)
    assert [level for level, _ in reporter.lines] == ["WARN", "WARN"]
    assert "to write the dead letter again" in reporter.lines[0][1]
    stop.request()
    fails.append(TransientError("away"))
    with pytest.raises(Interrupted):
        sync.settlement.dead_letter.attempt(write)


def test_the_lote_is_handled_as_the_config_says() -> None:
    lote = {
        "records_per_request": 7,
        "records_per_lote": 70,
        "concurrent_requests": 3,
        "max_open_seconds": 9,
        "open_lote_policy": "fail",
        "open_lote_wait_minutes": 2,
    }
    parsed = settings(lote=lote)
    sync = whole(parsed)
    delivery = sync.courier._delivery
    assert parsed.lote.records_per_lote == 70
    assert sync.lote is delivery.lote is delivery.opener.lote is parsed.lote


def test_ids_of_rows_are_uuids_and_no_two_runs_share_one() -> None:
    runs = [make_row_ids() for _ in range(3)]
    ids = [new_id() for new_id in runs for _ in range(100)]
    assert len(set(ids)) == 300
    assert {UUID(each).version for each in ids} == {4}
