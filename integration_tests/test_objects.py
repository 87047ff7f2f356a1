"""What a source may send besides plain clientes: addresses, deletions, several streams, changed records; and what can be written."""

import json
from pathlib import Path
from typing import Any

import pytest

from integration_tests.harness import catalog, command, cpf, dead_letter, good, record, state, write
from integration_tests.sandbox_client import Sandbox


def endereco(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "idRetaguarda": f"E-{number}",
        "idClienteRetaguarda": good(number)["idRetaguarda"],
        "endereco": "Rua das Flores",
        "cep": "01310-100",
        **changes,
    }


@pytest.mark.parametrize("version", ["v2", "v3"])
def test_addresses_are_sent_in_the_lote_of_their_clientes_and_after_them(
    version: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    messages = [
        *(record(endereco(n), "cliente_enderecos") for n in range(150)),
        *(record(good(n)) for n in range(150)),
        state(1),
        state(2, "cliente_enderecos"),
    ]
    result = write(
        tmp_path, sandbox.config(api_version=version), messages, catalog("clientes", "cliente_enderecos")
    )
    assert (result.code, result.counts) == (0, (300, 0)), result.log
    assert (len(sandbox.clientes()), len(sandbox.enderecos())) == (150, 150)
    assert sandbox.enderecos()["E-7"]["cep"] == "01310100"
    (lote,) = sandbox.state()["lotes"]
    assert sorted(lote["tipoLote"]) == [0, 56]
    sends = sandbox.requests("send")
    kinds = [entry["object"] for entry in sorted(sends, key=lambda entry: entry["started"])]
    assert kinds == sorted(kinds)


def test_addresses_alone_open_a_lote_of_their_own_type(sandbox: Sandbox, tmp_path: Path) -> None:
    write(
        tmp_path,
        sandbox.config(),
        [record(endereco(1), "clienteenderecos"), state(1, "clienteenderecos")],
        catalog("clienteenderecos"),
    )
    assert [lote["tipoLote"] for lote in sandbox.state()["lotes"]] == [[56]]


def test_a_deletion_makes_the_cliente_inactive_and_one_with_only_the_key_is_rejected(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    storage = {"storage_type": "Local", "path": str(tmp_path / "letters")}
    messages = [
        record(good(1)),
        record(good(2, _ab_cdc_deleted_at="2026-11-23T10:00:00Z")),
        record({"idRetaguarda": "C-3", "_ab_cdc_deleted_at": "2026-11-23T10:00:00Z"}),
        state(1),
    ]
    result = write(tmp_path, sandbox.config(object_storage_config=storage), messages)
    assert result.counts == (2, 1)
    assert {key: cliente["situacao"] for key, cliente in sandbox.clientes().items()} == {
        "C-000001": 1,
        "C-000002": 0,
    }
    (row,) = dead_letter(tmp_path / "letters")
    assert (row["reason"], row["key"]) == ("missing_field", "C-3")


def test_soft_delete_streams_make_every_cliente_inactive(sandbox: Sandbox, tmp_path: Path) -> None:
    write(tmp_path, sandbox.config(), [record(good(1)), state(1)], catalog(mode="soft_delete"))
    assert sandbox.clientes()["C-000001"]["situacao"] == 0


@pytest.mark.parametrize("mode", ["append", "append_dedup", "update"])
def test_every_other_mode_upserts(mode: str, sandbox: Sandbox, tmp_path: Path) -> None:
    messages = [record(good(1, nome="Ana")), record(good(1, nome="Ana Maria")), state(1)]
    assert write(tmp_path, sandbox.config(), messages, catalog(mode=mode)).counts == (2, 0)
    assert sandbox.clientes()["C-000001"]["nome"] == "Ana Maria"


def test_several_streams_have_mappings_counts_and_dead_letters_of_their_own(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    fields = [
        {"field": "idRetaguarda", "value": "{{ 'CRM-' ~ record.id }}"},
        {"field": "nome", "value": "name"},
        {"field": "cpfCnpj", "value": "tax_id"},
    ]
    streams = [
        {"stream": "crm_*", "object": "cliente", "fields": fields},
        {"stream": "erp", "namespace": "loja", "preset": "protheus_sa1"},
    ]
    configured = catalog("crm_people", "erp")
    configured["streams"][1]["stream"]["namespace"] = "loja"
    erp = {"A1_COD": "000001", "A1_LOJA": "01", "A1_NOME": "Bia", "A1_PESSOA": "F", "A1_CGC": cpf(2)}
    erp_state = state(2, "erp")
    erp_state["state"]["stream"]["stream_descriptor"]["namespace"] = "loja"
    messages = [
        record({"id": 1, "name": "Ana", "tax_id": cpf(1)}, "crm_people"),
        record({"id": 2, "name": None, "tax_id": cpf(3)}, "crm_people"),
        record(erp, "erp", "loja"),
        record({**erp, "A1_COD": "000002", "A1_CGC": "1"}, "erp", "loja"),
        record({**erp, "A1_COD": "000003", "A1_CGC": cpf(4)}, "erp", "loja"),
        state(1, "crm_people"),
        erp_state,
    ]
    storage = {"storage_type": "Local", "path": str(tmp_path / "letters")}
    result = write(
        tmp_path, sandbox.config(streams=streams, object_storage_config=storage), messages, configured
    )
    counts = {
        s["stream"]["stream_descriptor"]["name"]: (
            s["destinationStats"]["recordCount"],
            s["destinationStats"]["rejectedRecordCount"],
        )
        for s in result.states
    }
    assert counts == {"crm_people": (1, 1), "erp": (2, 1)}, result.log
    assert {"CRM-1"} < set(sandbox.clientes())
    assert len(sandbox.clientes()) == 3
    rows = {(row["stream"], row["namespace"]): row["reason"] for row in dead_letter(tmp_path / "letters")}
    assert rows == {("crm_people", None): "missing_field", ("erp", "loja"): "bad_document"}
    assert {path.parent.name for path in (tmp_path / "letters").rglob("*.jsonl")} == {"crm_people", "erp"}


def test_what_the_source_changed_in_a_record_shows_in_the_dead_letter_and_is_not_sent_as_empty(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    changes = [{"field": "nome", "change": "NULLED", "reason": "SOURCE_FIELD_SIZE_LIMITATION"}]
    nulled = record(good(1, nome=None))
    nulled["record"]["meta"] = {"changes": changes}
    fine = record(good(2, email=None))
    fine["record"]["meta"] = {"changes": [{**changes[0], "field": "email"}]}
    storage = {"storage_type": "Local", "path": str(tmp_path / "letters")}
    write(tmp_path, sandbox.config(object_storage_config=storage), [nulled, fine, state(1)])
    (row,) = dead_letter(tmp_path / "letters")
    assert row["changes"] == changes
    assert "email" not in sandbox.clientes()["C-000002"]


def test_the_objects_name_in_the_catalog_decides(sandbox: Sandbox, tmp_path: Path) -> None:
    configured = catalog("people", "places")
    configured["streams"][0]["destination_object_name"] = "cliente"
    configured["streams"][1]["destination_object_name"] = "cliente_endereco"
    messages = [
        record(good(1), "people"),
        record(endereco(1), "places"),
        state(1, "people"),
        state(2, "places"),
    ]
    assert write(tmp_path, sandbox.config(), messages, configured).counts == (2, 0)
    assert (len(sandbox.clientes()), len(sandbox.enderecos())) == (1, 1)


@pytest.mark.parametrize("version", ["v2", "v3"])
def test_discover_lists_each_object_with_its_modes_keys_and_fields(
    version: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(sandbox.config(api_version=version, attachments=sandbox.attach_config())))
    (message,) = command("discover", "--config", str(path)).of("DESTINATION_CATALOG")
    operations = message["destination_catalog"]["operations"]
    assert [(each["object_name"], each["sync_mode"]) for each in operations] == [
        *(
            (name, mode)
            for name in ("cliente", "cliente_endereco", "ramo_atividade", "regiao")
            for mode in ("append_dedup", "soft_delete")
        ),
        ("anexo", "append"),
    ]
    cliente = operations[0]
    assert cliente["matching_keys"] == [["idRetaguarda"]]
    assert "idRetaguarda" in cliente["json_schema"]["required"]
    assert cliente["json_schema"]["properties"]["nome"]["maxLength"] == (200 if version == "v2" else 250)
    assert cliente["json_schema"]["properties"]["sexo"]["enum"] == [0, 1, 2]
