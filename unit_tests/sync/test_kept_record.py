"""What the dead letter keeps of a record."""

import base64
import json
from hashlib import sha256
from typing import Any

import msgspec
import pytest

from source_destination_clientes.cliente.mapping import MapperOptions, compile_mapping
from source_destination_clientes.protocol.messages import Record
from source_destination_clientes.rejection.outcome import Reason, Rejection, Stage
from source_destination_clientes.settings import FieldMapping, StreamSettings
from source_destination_clientes.sync.kept_record import NOTHING, Keep, RecordKeeper

REFUSED = Rejection(Stage.MAPPING, Reason.TOO_LONG, "Too long.", key="C-1")
CONTENT = base64.b64encode(b"an identity document").decode()
ENTRY = StreamSettings(
    stream="clientes",
    fields=(
        FieldMapping(field="telefone", value="fone"),
        FieldMapping(field="numero", value="{{ record['Nr Casa'] }}"),
    ),
)


def kept(data: Any, keep: Keep = "record", rejection: Rejection = REFUSED) -> bytes:
    mapping = compile_mapping(MapperOptions(id_inquilino="i", id_proprietario="p", entry=ENTRY))
    raw = data if isinstance(data, bytes) else msgspec.json.encode(data)
    return RecordKeeper(keep, lambda _record: mapping)(Record("clientes", msgspec.Raw(raw)), rejection)


@pytest.mark.parametrize(
    "data", [b'{"n": 12345678901234567890123, "p":1.10, "o":[{}]}', b"[1]", b"{x", b'"text"']
)
def test_a_record_is_kept_to_the_byte(data: bytes) -> None:
    assert kept(data) == data


def test_only_columns_that_fill_a_field_are_kept_where_that_is_asked_for() -> None:
    record = {
        "NOME": "Ana",
        "fone": "1133334444",
        "Nr Casa": 7,
        "_ab_cdc_deleted_at": None,
        "senha_hash": "x",
        "religiao": "y",
        "diagnostico": "z",
    }
    assert list(json.loads(kept(record, "mapped_columns"))) == [
        "NOME",
        "fone",
        "Nr Casa",
        "_ab_cdc_deleted_at",
    ]


def test_the_key_alone_leaves_nothing_of_the_record() -> None:
    assert kept({"nome": "Ana"}, "key_only") == NOTHING
    assert kept({"a": 1}, "key_only", msgspec.structs.replace(REFUSED, instead=b'{"b":1}')) == NOTHING


@pytest.mark.parametrize(
    "record",
    [
        {"attachments": [{"fileContent": CONTENT}]},
        {"fileContent": CONTENT},
        {"scan": CONTENT * 50},
        {"scan": f"data:image/png;base64,{CONTENT * 50}"},
        {"deep": [{"scan": CONTENT * 50}]},
    ],
)
@pytest.mark.parametrize("keep", ["record", "mapped_columns"])
def test_bytes_of_files_are_never_kept(record: dict[str, Any], keep: Keep) -> None:
    left = kept({"nome": "Ana", **record}, keep)
    assert CONTENT not in left.decode()
    assert json.loads(left)["nome"] == "Ana"


def test_length_and_hash_tell_which_file_it_was() -> None:
    (file,) = json.loads(kept({"attachments": [{"fileContent": CONTENT, "fileName": "rg.png"}]}))[
        "attachments"
    ]
    assert file == {
        "fileContent": {"length": len(CONTENT), "sha256": sha256(CONTENT.encode()).hexdigest()},
        "fileName": "rg.png",
    }


def test_a_long_text_of_a_language_is_no_file() -> None:
    record = msgspec.json.encode({"observacao": "Cliente antigo, " * 100})
    assert kept(record) == record


def test_a_refused_file_keeps_itself_and_not_the_record() -> None:
    refused = msgspec.structs.replace(REFUSED, instead=b'{"idRetaguarda":"C-1","attachments":["file_7"]}')
    assert kept({"nome": "Ana"}, "record", refused) == refused.instead
    assert kept({"nome": "Ana"}, "mapped_columns", refused) == refused.instead
