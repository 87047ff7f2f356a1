"""Putting a run together."""

from typing import Any

import pytest

from source_destination_clientes.assemble import Edges, make_announcer, make_identity, make_retaguarda
from source_destination_clientes.clock import Clock
from source_destination_clientes.http.retry import Wait
from source_destination_clientes.protocol.catalog import ConfiguredStream
from source_destination_clientes.rejection.row import JobIdentity
from source_destination_clientes.retaguarda.credential import RacCredential, StaticToken
from source_destination_clientes.settings import Settings
from source_destination_clientes.stopping import Stop
from unit_tests.fakes import FakeReporter, FakeTime

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


def edges() -> Edges:
    return Edges(reporter=FakeReporter(), stop=Stop())


def stream(name: str, sync_id: int | None = None) -> ConfiguredStream:
    return ConfiguredStream(name, None, "append", None, sync_id, ())


@pytest.mark.parametrize("host", ["pdvsync.varejo.totvs.com.br", "my-company.rac.totvs.app"])
def test_the_proxy_of_the_environment_serves_pdvsync_and_rac_alike(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    api = make_retaguarda(settings(), edges(), Clock())
    transport: Any = api.caller.transport
    urls = {
        "pdvsync.varejo.totvs.com.br": f"{api.control_base}/api/retaguarda/v2/inquilinolotesexternos",
        "my-company.rac.totvs.app": "https://my-company.rac.totvs.app/totvs.rac/connect/token",
    }
    assert transport._proxies_for(urls[host])["https"] == "http://proxy.example:3128"


def test_the_credential_is_the_one_of_the_config() -> None:
    assert isinstance(make_retaguarda(settings(), edges(), Clock()).caller.credential, RacCredential)
    bearer = settings(credentials={"auth_type": "bearer_token", "token": "t"})
    assert isinstance(make_retaguarda(bearer, edges(), Clock()).caller.credential, StaticToken)


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


def test_a_wait_is_told_and_a_rate_limit_shows_in_airbyte_as_well() -> None:
    reporter, time = FakeReporter(), FakeTime()
    announce = make_announcer(reporter, time.clock(), [(None, "clientes")])
    announce(Wait("open a lote", 1.5, "it answered 503", rate_limited=False))
    announce(Wait("open a lote", 30, "it answered 429", rate_limited=True))
    assert [text for _, text in reporter.lines] == [
        "Waiting 1.5 s to open a lote again: it answered 503.",
        "Waiting 30.0 s to open a lote again: it answered 429.",
    ]
    assert reporter.limited == [(None, "clientes")]
