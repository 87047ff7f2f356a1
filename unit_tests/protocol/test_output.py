"""What goes to stdout."""

import io
import json
import threading
from typing import Any

import pytest

from source_destination_clientes.errors import ConfigError, FatalError, Interrupted, TransientError
from source_destination_clientes.protocol.output import Output
from unit_tests.kit.fakes import START


class Stdout(io.BytesIO):
    """Remembers what was flushed."""

    flushed = b""

    def flush(self) -> None:
        self.flushed = self.getvalue()


def make(*, debug: bool = False) -> tuple[Output, Stdout]:
    stdout = Stdout()
    return Output(stdout, debug=debug), stdout


def said(stdout: Stdout) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stdout.flushed.splitlines()]


def test_a_message_is_flushed_as_one_line() -> None:
    output, stdout = make()
    output.write(b'{"type":"STATE"}')
    assert stdout.flushed == b'{"type":"STATE"}\n'


def test_threads_do_not_mix_their_lines() -> None:
    output, stdout = make()

    def talk(number: int) -> None:
        for _ in range(50):
            output.log("INFO", f"{number}" * 100)

    threads = [threading.Thread(target=talk, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    output.finish()
    texts = [message["log"]["message"] for message in said(stdout)]
    assert len(texts) == 200
    assert all(len(set(text)) == 1 for text in texts)


def test_debug_lines_are_for_those_who_ask() -> None:
    for debug in (False, True):
        output, stdout = make(debug=debug)
        output.log("DEBUG", "detail")
        assert bool(said(stdout)) == debug


def test_secrets_are_masked_in_whatever_is_said() -> None:
    output, stdout = make()
    for secret in ("s3cret", "s3cret-client", "", "s3cret"):
        output.learn_secret(secret)
    output.log("INFO", "s3cret-client and s3cret")
    output.connection_status(["s3cret-client is wrong."])
    output.error(ConfigError("s3cret-client"))
    assert b"s3cret" not in stdout.flushed
    assert b"-client" not in stdout.flushed
    assert said(stdout)[0]["log"] == {"level": "INFO", "message": "**** and ****"}


def test_a_longer_secret_is_masked_whole_whichever_was_learned_first() -> None:
    for order in (("abcd", "abcd-efg"), ("abcd-efg", "abcd")):
        output, stdout = make()
        for secret in order:
            output.learn_secret(secret)
        output.log("INFO", "abcd-efg")
        assert said(stdout)[0]["log"]["message"] == "****"


def test_a_secret_too_short_to_be_one_garbles_no_line() -> None:
    output, stdout = make()
    for secret in ("t", "str", "stre"):
        output.learn_secret(secret)
    output.log("INFO", "Settings of streams: stream t.")
    assert said(stdout)[0]["log"]["message"] == "Settings of ****ams: ****am t."


def test_a_check_says_yes_or_every_problem() -> None:
    output, stdout = make()
    output.connection_status([])
    output.connection_status(["One.", "Two."])
    assert [message["connectionStatus"] for message in said(stdout)] == [
        {"status": "SUCCEEDED"},
        {"status": "FAILED", "message": "One. Two."},
    ]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConfigError("Change it."), "config_error"),
        (TransientError("Change it."), "transient_error"),
        (Interrupted("Change it."), "transient_error"),
        (FatalError("Change it."), "system_error"),
    ],
)
def test_an_error_of_ours_says_what_to_do_and_whose_it_is(error: Exception, kind: str) -> None:
    output, stdout = make()
    output.error(error)
    trace = said(stdout)[0]["trace"]
    assert (trace["type"], trace["error"]["failure_type"], trace["error"]["message"]) == (
        "ERROR",
        kind,
        "Change it.",
    )
    assert trace["error"]["internal_message"] == type(error).__name__
    assert isinstance(trace["emitted_at"], float)


def test_an_unexpected_error_shows_where_it_was_but_not_what_it_says() -> None:
    output, stdout = make()
    names: dict[str, str] = {}
    try:
        names["Ana Maria"]
    except KeyError as error:
        output.error(error)
    body = said(stdout)[0]["trace"]["error"]
    assert body["failure_type"] == "system_error"
    assert body["internal_message"].startswith("KeyError at test_output.py:")
    assert b"Ana" not in stdout.flushed


def test_a_rate_limit_is_a_status_of_each_stream() -> None:
    output, stdout = make()
    output.rate_limited([(None, "clientes"), ("crm", "orders")], START)
    statuses = [message["trace"]["stream_status"] for message in said(stdout)]
    assert [status["stream_descriptor"] for status in statuses] == [
        {"name": "clientes"},
        {"name": "orders", "namespace": "crm"},
    ]
    assert {status["status"] for status in statuses} == {"RUNNING"}
    assert statuses[0]["reasons"] == [
        {"type": "RATE_LIMITED", "rate_limited": {"quota_reset": 1767225600000}}
    ]


class Blocked(Stdout):
    """Nobody reads it until `reading` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.reading = threading.Event()

    def write(self, content: Any) -> int:
        self.reading.wait()
        return super().write(content)


def test_who_delivers_does_not_wait_for_a_reader_who_does_not_read() -> None:
    stdout = Blocked()
    output = Output(stdout)

    def talk() -> None:
        for _ in range(20_000):
            output.log("WARN", "waiting")

    talker = threading.Thread(target=talk)
    talker.start()
    talker.join(30)
    assert not talker.is_alive()
    output.finish(0.01)
    assert stdout.getvalue() == b""
    stdout.reading.set()
    output.finish()


def test_a_reader_that_is_gone_is_found_out_by_the_next_state_and_not_by_a_log_line() -> None:
    class Gone(Stdout):
        def write(self, content: Any) -> int:
            raise BrokenPipeError

    output = Output(Gone())
    talker = threading.Thread(target=output.log, args=("WARN", "waiting"))
    talker.start()
    talker.join()
    output.finish()
    with pytest.raises(BrokenPipeError):
        output.write(b"{}")
