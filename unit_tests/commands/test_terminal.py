"""What the commands for people share."""

from argparse import Namespace

import pytest

from source_destination_clientes.commands.terminal import INTERRUPTED, PlainReporter, plural, run_command
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
