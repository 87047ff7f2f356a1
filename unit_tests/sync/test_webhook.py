"""Who is told of a run, what he gets, and what it costs when he does not answer."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from source_destination_clientes.errors import TransientError
from source_destination_clientes.protocol.context import RunContext
from source_destination_clientes.records.report import RunReport
from source_destination_clientes.runtime.stopping import Stop
from source_destination_clientes.settings import Settings, Webhook
from source_destination_clientes.sync.webhook import Teller, is_trouble, make_teller, signature
from unit_tests.kit.fakes import FakeReporter
from unit_tests.kit.reports import make_report

PRODUCTION: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "integration_tests" / "configs" / "production.json").read_text()
)
SECRET = "a secret of the two"


def make_webhook(**changes: Any) -> Webhook:
    raw = {"notify": "webhook", "url": "https://hooks.example/clientes", "secret": SECRET}
    return Webhook.model_validate({**raw, **changes})


def quiet(**changes: Any) -> RunReport:
    """A run without any trouble: 100 records, all accepted."""
    (stream,) = make_report().streams
    calm = {"accepted": 100, "rejected": 0, "rejections": (), "rejected_later": ()}
    fields = {name: getattr(stream, name) for name in stream.__struct_fields__}
    return make_report(streams=(type(stream)(**{**fields, **calm, **changes}),))


class Receiver:
    """Takes what is posted."""

    def __init__(self, trouble: Exception | None = None) -> None:
        self.got: list[tuple[bytes, str, float]] = []
        self.trouble = trouble

    def __call__(self, body: bytes, signed: str, seconds: float) -> None:
        self.got.append((body, signed, seconds))
        if self.trouble:
            raise self.trouble


def tell(
    report: RunReport, receiver: Receiver, webhook: Webhook | None = None, stop: Stop | None = None
) -> list[str]:
    reporter = FakeReporter()
    context = RunContext(reporter, stop or Stop())
    Teller(webhook or make_webhook(when="always"), context, receiver).tell(report)
    return [text for _, text in reporter.lines]


def test_the_receiver_gets_the_report_and_a_signature_of_its_very_bytes() -> None:
    receiver = Receiver()
    assert tell(make_report(), receiver) == []
    ((body, signed, _),) = receiver.got
    assert json.loads(body)["job"] == "42"
    assert signed == signature(body, SECRET)
    assert signed != signature(body + b" ", SECRET)


@pytest.mark.parametrize(
    ("report", "limits", "trouble"),
    [
        (quiet(), {}, False),
        (quiet(rejected=1), {}, True),
        (quiet(accepted=95, rejected=5), {"rejected_above_percent": 4}, True),
        (quiet(accepted=95, rejected=5), {"rejected_above_percent": 5}, False),
        (quiet(accepted=95, rejected=5), {"rejected_above_percent": 6}, False),
        (quiet(accepted=0), {}, False),
        (quiet(accepted=0), {"fewer_than_records": 1}, True),
        (quiet(accepted=99), {"fewer_than_records": 100}, True),
        (quiet(), {"fewer_than_records": 100}, False),
        (quiet(rejected_later=make_report().streams[0].rejected_later), {}, True),
        (make_report(ending="failed", failure="transient_error", streams=()), {}, True),
        (make_report(ending="stopped", streams=()), {}, True),
    ],
)
def test_trouble_is_what_the_config_says(report: RunReport, limits: dict[str, Any], *, trouble: bool) -> None:
    webhook = make_webhook(**limits)
    assert is_trouble(report, webhook) is trouble
    receiver = Receiver()
    tell(report, receiver, webhook)
    assert len(receiver.got) == trouble


def test_always_tells_of_a_run_without_trouble_too() -> None:
    receiver = Receiver()
    tell(quiet(), receiver)
    assert len(receiver.got) == 1


def test_a_receiver_that_fails_costs_a_warning() -> None:
    said = tell(quiet(), Receiver(TransientError("hooks.example answered 500")))
    assert said == ["The receiver of on_finish could not be told: hooks.example answered 500."]


def test_of_an_error_that_nobody_expected_only_the_name_is_told() -> None:
    said = tell(quiet(), Receiver(KeyError("52998224725")))
    assert said == ["The receiver of on_finish could not be told: KeyError."]


def test_nobody_waits_for_a_receiver_beyond_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    never = threading.Event()

    class Hanging(Receiver):
        def __call__(self, body: bytes, signed: str, seconds: float) -> None:
            never.wait()

    monkeypatch.setattr("source_destination_clientes.sync.webhook.WEBHOOK_SECONDS", 0.0)
    said = tell(quiet(), Hanging())
    never.set()
    assert said == ["The receiver of on_finish could not be told: no answer within 0 s."]


def test_after_a_request_to_stop_there_is_less_time() -> None:
    stop = Stop()
    stop.request()
    hasty, patient = Receiver(), Receiver()
    tell(quiet(), hasty, stop=stop)
    tell(quiet(), patient)
    assert hasty.got[0][2] < patient.got[0][2] <= 10


@pytest.mark.parametrize(
    ("url", "resolved", "said"),
    [
        ("https://hooks.example/x", ["10.1.2.3"], "hooks.example is an address of a private network"),
        ("https://hooks.example/x", ["127.0.0.1"], "hooks.example is an address of a private network"),
        ("https://hooks.example/x", ["200.160.2.3", "10.1.2.3"], "hooks.example is an address of a private"),
        (
            "https://169.254.169.254/x",
            ["169.254.169.254"],
            "169.254.169.254 is an address of a private network",
        ),
        ("https://hooks.example/x", [], "hooks.example is an address of a private network"),
        ("https://a..b/x", ["200.160.2.3"], "the host of on_finish.url cannot be resolved"),
    ],
)
def test_what_leads_into_a_private_network_is_not_connected_to(
    url: str, resolved: list[str], said: str
) -> None:
    settings = Settings.parse(
        {**PRODUCTION, "on_finish": {"notify": "webhook", "url": url, "secret": SECRET, "when": "always"}}
    )
    reporter = FakeReporter()
    teller = make_teller(settings, RunContext(reporter, Stop()), lambda _host, _port: resolved)
    assert teller is not None
    teller.tell(make_report())
    ((level, text),) = reporter.lines
    assert level == "WARN"
    assert said in text


def test_without_a_webhook_in_the_config_nobody_is_told() -> None:
    assert make_teller(Settings.parse(PRODUCTION), RunContext(FakeReporter(), Stop())) is None
