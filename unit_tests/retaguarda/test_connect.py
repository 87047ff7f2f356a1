"""PDVSync as the settings describe it."""

from dataclasses import replace
from typing import Any

import pytest

from source_destination_clientes.errors import ConfigError
from source_destination_clientes.http.connect import CHECK_POLICY
from source_destination_clientes.http.retry import RetryPolicy
from source_destination_clientes.http.transport import Answer, NoAnswerError, Request
from source_destination_clientes.protocol.context import RunContext
from source_destination_clientes.retaguarda.connect import connect, for_closing, for_status
from source_destination_clientes.retaguarda.credential import RacCredential, StaticToken
from source_destination_clientes.runtime.deadlines import LEAST_CLOSING_SECONDS, STOP_ATTEMPT_SECONDS
from source_destination_clientes.runtime.stopping import Stop
from source_destination_clientes.settings import Settings
from unit_tests.kit.fakes import FakeReporter, answer

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


@pytest.mark.parametrize("host", ["pdvsync.varejo.totvs.com.br", "my-company.rac.totvs.app"])
def test_the_proxy_of_the_environment_serves_pdvsync_and_rac_alike(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    api = connect(settings(), context())
    told: Any = api.caller.transport
    transport = told.transport
    urls = {
        "pdvsync.varejo.totvs.com.br": f"{api.bases['controle']}/api/retaguarda/v2/inquilinolotesexternos",
        "my-company.rac.totvs.app": "https://my-company.rac.totvs.app/totvs.rac/connect/token",
    }
    assert transport._proxies_for(urls[host])["https"] == "http://proxy.example:3128"


def test_the_credential_is_the_one_of_the_config() -> None:
    assert isinstance(connect(settings(), context()).caller.credential, RacCredential)
    bearer = settings(credentials={"auth_type": "bearer_token", "token": "t"})
    assert isinstance(connect(bearer, context()).caller.credential, StaticToken)


def test_the_three_forms_share_the_connections_and_the_credential() -> None:
    policy, run = RetryPolicy(budget=600, timeout=60), context()
    api = connect(settings(), run, policy)
    closing, status = for_closing(api, run.stop), for_status(api)
    assert api.caller.transport is status.caller.transport
    assert api.caller.credential is closing.caller.credential is status.caller.credential
    assert (api.caller.policy, status.caller.policy) == (policy, CHECK_POLICY)
    assert closing.caller.policy == replace(policy, stubborn=True)


def test_closing_a_lote_has_half_a_minute_however_short_the_patience_with_other_calls_is() -> None:
    run = context()
    api = connect(settings(), run, RetryPolicy(budget=1, timeout=60))
    assert for_closing(api, run.stop).caller.policy.budget == LEAST_CLOSING_SECONDS


def test_after_a_request_to_stop_a_server_that_hangs_leaves_time_for_another_attempt_to_close() -> None:
    run = context()
    timeouts: list[float] = []

    def hang(_request: Request, timeout: float) -> Answer:
        timeouts.append(timeout)
        if len(timeouts) < 3:
            run.stop.request()
            raise NoAnswerError("no whole answer within the time-out", doubtful=True)
        return answer(b"")

    bearer = settings(credentials={"auth_type": "bearer_token", "token": "t"})
    api = connect(bearer, run, RetryPolicy(budget=600, timeout=60))
    closing = for_closing(replace(api, caller=replace(api.caller, transport=hang)), run.stop)
    closing.close_lote("L-1")
    assert timeouts == [60, STOP_ATTEMPT_SECONDS, STOP_ATTEMPT_SECONDS]


@pytest.mark.parametrize("odd", [".", ".."])
def test_an_id_inquilino_that_would_lead_to_another_address_is_a_config_error(odd: str) -> None:
    with pytest.raises(ConfigError, match="id_inquilino"):
        connect(settings(id_inquilino=odd), context())
