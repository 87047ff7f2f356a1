"""What the log says before the first record."""

from typing import Any

from source_destination_clientes.protocol.catalog import ConfiguredStream
from source_destination_clientes.settings import Settings
from source_destination_clientes.sync.opening import opening_words
from source_destination_clientes.sync.routes import make_routes


def said(*catalog: ConfiguredStream, **changes: Any) -> list[tuple[str, str]]:
    config = {
        "environment": {"environment_type": "production"},
        "credentials": {"auth_type": "bearer_token", "token": "t"},
        "id_inquilino": "inq",
        "id_proprietario": "matriz",
    }
    settings = Settings.parse({**config, **changes})
    return list(opening_words(settings, catalog, make_routes(settings, catalog)))


def stream(*columns: str, mode: str = "append", cleared: bool = False) -> ConfiguredStream:
    return ConfiguredStream("clientes", None, mode, None, 7, columns=columns, refreshed=cleared)


def test_one_line_says_who_writes_what_and_where() -> None:
    ((level, text),) = said(stream())
    assert level == "INFO"
    assert text.startswith("destination-clientes ")
    assert text.endswith(
        " writes to pdvsync.varejo.totvs.com.br for inquilino inq. Stream clientes is cliente."
    )


def test_it_names_columns_that_fill_nothing_and_fields_that_get_a_default() -> None:
    entry = {"stream": "clientes", "fields": [{"field": "nome", "value": "{{ record.first ~ record.last }}"}]}
    columns = ("id_retaguarda", "first", "last", "nome", "cidadee", "_ab_cdc_deleted_at", "situacao")
    ((_, text),) = said(stream(*columns), streams=[entry])
    assert "these columns fill no field: nome, cidadee;" in text
    assert "these fields get a default: idInquilino, idProprietario." in text


def test_a_long_list_of_columns_is_cut() -> None:
    ((_, text),) = said(stream(*(f"x{n}" for n in range(40))))
    assert ", x29 and 10 more;" in text


def test_a_reset_says_that_nothing_is_removed_at_the_tills() -> None:
    for reset in (said(), said(stream(mode="overwrite", cleared=True))):
        _, (level, text) = reset
        assert level == "INFO"
        assert "Nothing is removed at the tills" in text


def test_a_refresh_that_would_truncate_warns_once_that_nothing_is_removed() -> None:
    _, (level, text) = said(stream(cleared=True))
    assert level == "WARN"
    assert "clientes. Nothing is removed at the tills" in text
