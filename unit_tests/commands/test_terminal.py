"""What the commands for people share."""

import json
import re
from argparse import Namespace

import pytest
from rich.table import Table

from source_destination_clientes.commands.terminal import (
    INTERRUPTED,
    PlainReporter,
    make_console,
    plural,
    print_json,
    run_command,
)
from source_destination_clientes.errors import ConfigError, Interrupted


def test_secrets_are_masked_but_one_too_short_to_be_one_garbles_no_sentence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    reporter = PlainReporter(["t", "s3cret"])
    reporter.learn_secret("")
    reporter.learn_secret("token-1")
    reporter.log("WARN", "The store said s3cret and token-1.")
    assert capsys.readouterr().err == "The store said **** and ****.\n"


def test_a_secret_within_another_leaves_nothing_of_the_longer_one(capsys: pytest.CaptureFixture[str]) -> None:
    for secrets in (["pass", "password-1"], ["password-1", "pass"]):
        PlainReporter(secrets).log("WARN", "It refused password-1.")
    assert capsys.readouterr().err == "It refused ****.\n" * 2


@pytest.mark.parametrize(
    ("trouble", "status", "said"),
    [
        (ConfigError("The config is wrong."), 1, "The config is wrong.\n"),
        (Interrupted("Asked to stop."), INTERRUPTED, "Asked to stop.\n"),
        (KeyboardInterrupt(), INTERRUPTED, "Stopped.\n"),
        (FileExistsError(17, "File exists", "out"), 1, "out: File exists.\n"),
        (OSError("odd"), 1, "OSError.\n"),
    ],
)
def test_trouble_is_one_sentence_and_a_status(
    trouble: BaseException, status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def command(_options: Namespace) -> int:
        raise trouble

    assert run_command(command, Namespace()) == status
    assert capsys.readouterr().err == said


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 lotes"), (1, "1 lote"), (2, "2 lotes"), (1234, "1,234 lotes")]
)
def test_a_count_has_the_number_of_its_noun(count: int, said: str) -> None:
    assert plural(count, "lote") == said


HOSTILE = "loja\x1b]0;owned\x07\x9b2J\u202e\u2028\r\nERROR"


def test_a_console_prints_others_text_as_text_wherever_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    console = make_console(force_terminal=True, width=120)
    table = Table(HOSTILE, title=HOSTILE)
    table.add_row(HOSTILE)
    console.print(HOSTILE)
    console.print(HOSTILE, style="red")
    console.print(table)
    printed = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)
    assert printed.count("owned") == 5
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2028]", printed)


def test_json_for_scripts_is_fit_for_a_terminal_too(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"store": HOSTILE})
    printed = capsys.readouterr().out
    assert json.loads(printed) == {"store": HOSTILE}
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2028]", printed)


def test_trouble_and_warnings_are_one_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    def command(_options: Namespace) -> int:
        raise ConfigError(HOSTILE)

    run_command(command, Namespace())
    PlainReporter().log("WARN", HOSTILE)
    printed = capsys.readouterr().err
    assert printed.count("\n") == 2
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2028]", printed)
