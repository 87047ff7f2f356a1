"""What goes to stdout."""

import html
import io
import json
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from source_destination_clientes.errors import ConfigError, FatalError, Interrupted, TransientError
from source_destination_clientes.protocol.output import Level, Output, level_of
from source_destination_clientes.runtime.legible import MOST_SHOWN


class Stdout(io.BytesIO):
    """Remembers what was flushed."""

    flushed = b""

    def flush(self) -> None:
        self.flushed = self.getvalue()


def make(level: Level = "INFO") -> tuple[Output, Stdout]:
    stdout = Stdout()
    return Output(stdout, level), stdout


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


@pytest.mark.parametrize(
    ("asked", "said_of"),
    [
        ("debug", ["ERROR", "WARN", "INFO", "DEBUG"]),
        ("TRACE", ["ERROR", "WARN", "INFO", "DEBUG"]),
        ("", ["ERROR", "WARN", "INFO"]),
        ("loud", ["ERROR", "WARN", "INFO"]),
        ("warning", ["ERROR", "WARN"]),
        ("Fatal", ["ERROR"]),
    ],
)
def test_lines_of_the_level_asked_for_and_of_graver_ones_are_logged(asked: str, said_of: list[str]) -> None:
    output, stdout = make(level_of(asked))
    levels: tuple[Level, ...] = ("ERROR", "WARN", "INFO", "DEBUG")
    for level in levels:
        output.log(level, "detail")
    assert [message["log"]["level"] for message in said(stdout)] == said_of


def test_a_word_that_nobody_reads_stops_no_work() -> None:
    class Gone(io.BytesIO):
        def flush(self) -> None:
            raise BrokenPipeError

    output = Output(Gone())
    output.log("INFO", "detail")
    with pytest.raises(BrokenPipeError):
        output.write(b"{}")


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
    assert trace["error"]["internal_message"] == "Change it."
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


@pytest.mark.parametrize(
    "quoted",
    [
        lambda secret: secret,
        json.dumps,
        lambda secret: json.dumps(secret, ensure_ascii=False),
        lambda secret: json.dumps({"text": json.dumps(secret)}),
        lambda secret: json.dumps(secret).replace("/", "\\/"),
        quote,
        lambda secret: quote(secret, ""),
        lambda secret: quote_plus(secret).lower(),
        repr,
        html.escape,
    ],
)
def test_a_secret_is_masked_in_whatever_form_it_is_quoted(quoted: Callable[[str], str]) -> None:
    output, stdout = make()
    secret = 'p/ass"wörd\\&\n+x'
    output.learn_secret(secret)
    output.log("WARN", f"It refused {quoted(secret)}.")
    (message,) = said(stdout)
    assert "wörd" not in message["log"]["message"]
    assert "****" in message["log"]["message"]
    assert not any(part in message["log"]["message"] for part in ("ass", "rd"))


def test_a_secret_is_masked_before_a_text_is_cut() -> None:
    output, stdout = make()
    output.learn_secret("token-" + "7" * 70)
    output.log("WARN", "x" * 1_470 + "token-" + "7" * 70 + "x" * 2_000)
    (message,) = said(stdout)
    assert "token-" not in message["log"]["message"]
    assert len(message["log"]["message"]) == MOST_SHOWN


def test_what_others_wrote_stays_on_its_line_in_every_message() -> None:
    output, stdout = make()
    output.log("WARN", "stream a\nERROR b\x1b[2J")
    output.connection_status(["lote \u202e7", "x\x85y"])
    output.error(ConfigError("stream a\nERROR b"))
    log, status, trace = said(stdout)
    assert log["log"]["message"] == "stream a ERROR b\ufffd[2J"
    assert status["connectionStatus"]["message"] == "lote \ufffd7 x y"
    assert trace["trace"]["error"]["message"] == "stream a ERROR b"


def test_the_summary_for_machines_is_not_cut() -> None:
    output, stdout = make()
    summary = json.dumps({"summary": ["shop"] * 2_000})
    output.log("INFO", summary)
    (message,) = said(stdout)
    assert message["log"]["message"] == summary


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
