"""What goes to stdout."""

import io
import json

from source_destination_clientes.errors import ConfigError
from source_destination_clientes.protocol.output import Output


def said(stream: io.BytesIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_half_of_a_surrogate_pair_does_not_silence_the_error_that_quotes_it() -> None:
    stream = io.BytesIO()
    Output(stream).error(ConfigError("streams, entry '\ud800': wrong"))
    (message,) = said(stream)
    assert message["type"] == "TRACE"


def test_an_unexpected_error_shows_where_it_happened_and_never_its_text() -> None:
    stream = io.BytesIO()
    Output(stream).error(ValueError("Maria das Dores"))
    text = stream.getvalue().decode()
    assert "ValueError at" in text
    assert "Maria" not in text


def test_a_secret_is_masked_wherever_it_appears() -> None:
    stream = io.BytesIO()
    output = Output(stream, debug=True)
    output.learn_secret("s3cret")
    output.log("DEBUG", "with s3cret inside")
    output.error(ConfigError("and s3cret here"))
    assert "s3cret" not in stream.getvalue().decode()
