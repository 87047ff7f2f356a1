from pathlib import Path

import pytest

from source_destination_clientes.errors import ConfigError
from source_destination_clientes.settings.read_config import read_config


def test_a_config_is_the_object_in_its_file(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text('{"id_inquilino": "ç"}', encoding="utf-8")
    assert read_config(path) == {"id_inquilino": "ç"}


@pytest.mark.parametrize(
    ("content", "trouble"),
    [
        (b"", "is not valid JSON: see line 1, column 1."),
        (b'{\n  "a": "secret",\n}', "is not valid JSON: see line 3, column 1."),
        (b'{"a": "secret"', "is not valid JSON: see line 1, column 15."),
        (b"\xff\xfe\x00", "is not text in UTF-8."),
        (b'{"a": "\xe7 secret"}', "is not text in UTF-8."),
        pytest.param(b'{"a": ' * 100_000, "is nested too deeply.", id="deep"),
        (b"[1]", "is not a JSON object."),
    ],
)
def test_what_is_no_config_is_told_without_showing_it(tmp_path: Path, content: bytes, trouble: str) -> None:
    path = tmp_path / "config.json"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=trouble) as caught:
        read_config(path)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("name", ["gone.json", "."])
def test_a_file_that_cannot_be_read_is_named_with_the_reason(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_config(tmp_path / name)
