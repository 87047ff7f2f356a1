import pytest

from source_destination_clientes.cli.terminal import PlainReporter


def test_secrets_are_masked_but_one_too_short_to_be_one_garbles_no_sentence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    reporter = PlainReporter(["t", "s3cret"])
    reporter.learn_secret("")
    reporter.learn_secret("token-1")
    reporter.log("WARN", "The store said s3cret and token-1.")
    assert capsys.readouterr().err == "The store said **** and ****.\n"
