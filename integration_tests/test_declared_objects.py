"""Objects that no Python knows: shipped as manifest only, or declared in a config."""

import json
from pathlib import Path
from typing import Any

import pytest

from integration_tests.harness import catalog, command, dead_letter, good, record, state, write
from integration_tests.sandbox_client import Sandbox

PLANO = """\
- type: StaticCatalogOperation
  object_name: plano
  title: Plans
  destination_import_modes: [{type: Append}, {type: Dedupe}, {type: SoftDelete, field: situacao, value: 0}]
  matching_keys: [[idRetaguarda]]
  schema:
    properties:
      $ref: "#/definitions/identity"
      descricao: {reader: text, required: true, max_length: 40}
      taxa: {reader: number}
      nivel: {reader: code, codes: {1: basic, 2: gold}, misfit: reject}
      desde: {reader: date}
      situacao: {$ref: "#/definitions/situacao"}
- type: BatchRequestWriter
  objects: [{name: plano}]
  lote: {tipo: 777, before: [cliente]}
  requester: {service: dadosbasicos, path: v3/dadosdinamicos/down/777/1}
- type: AdditionalFields
  object_name: cliente
  properties: {idRetaguardaPlano: {reader: text, max_length: 100}}
"""


def plano(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "idRetaguarda": f"P-{number}",
        "descricao": f"Plano {number}",
        "taxa": "1,5",
        "nivel": 2,
        "desde": "2026-01-31T10:00:00Z",
        **changes,
    }


PLANOS = [
    *(plano(number) for number in range(120)),
    plano(200, descricao=None, nome_do_plano="Ouro"),
    plano(201, nivel=7),
    plano(202, descricao="x" * 41),
    plano(203, descricao="RECUSADO PELA API"),
]
REASONS = ["missing_field", "not_in_list", "refused_by_api", "too_long"]


def declaring(sandbox: Sandbox, folder: Path, **overrides: Any) -> dict[str, Any]:
    storage = {"storage_type": "Local", "path": str(folder / "letters")}
    streams = [{"stream": "plans", "object": "plano"}]
    values = {"overlong": "reject"}
    config = {"objects": PLANO, "streams": streams, "values": values, "object_storage_config": storage}
    return sandbox.config(**{**config, **overrides})


def written(folder: Path, config: dict[str, Any]) -> str:
    path = folder / "declaring.json"
    path.write_text(json.dumps(config))
    return str(path)


def test_check_takes_a_config_that_declares_an_object(sandbox: Sandbox, tmp_path: Path) -> None:
    config = written(tmp_path, declaring(sandbox, tmp_path))
    (message,) = command("check", "--config", config).of("CONNECTION_STATUS")
    assert message["connectionStatus"]["status"] == "SUCCEEDED", message


def test_discover_lists_it_with_its_fields(sandbox: Sandbox, tmp_path: Path) -> None:
    config = written(tmp_path, declaring(sandbox, tmp_path))
    (message,) = command("discover", "--config", config).of("DESTINATION_CATALOG")
    operations = message["destination_catalog"]["operations"]
    planos = {each["sync_mode"]: each for each in operations if each["object_name"] == "plano"}
    assert set(planos) == {"append_dedup", "soft_delete"}
    schema = planos["append_dedup"]["json_schema"]
    assert schema["required"] == ["idRetaguarda", "descricao"]
    assert list(schema["properties"])[3:] == ["descricao", "taxa", "nivel", "desde", "situacao"]


def test_preview_says_what_would_be_sent_of_it(sandbox: Sandbox, tmp_path: Path) -> None:
    data = tmp_path / "plans.jsonl"
    data.write_text("".join(json.dumps(each) + "\n" for each in PLANOS))
    config = written(tmp_path, declaring(sandbox, tmp_path))
    result = command("preview", "--config", config, "--input", str(data), "--json", "--reveal")
    assert result.code == 0, result.everything
    numbers = json.loads(result.stdout)
    assert (numbers["received"], numbers["would_send"], numbers["would_reject"]) == (124, 121, 3)
    assert numbers["payloads"][0] == {
        "idInquilino": "inq-1",
        "idProprietario": "matriz",
        "situacao": 1,
        "idRetaguarda": "P-0",
        "descricao": "Plano 0",
        "taxa": 1.5,
        "nivel": 2,
        "desde": "2026-01-31",
        "loteOrigem": "<the lote's code>",
    }


@pytest.mark.parametrize("version", ["v2", "v3"])
def test_its_good_records_arrive_and_the_others_are_kept_and_replayed(
    version: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    config = declaring(sandbox, tmp_path, api_version=version)
    clientes = [good(number, idRetaguardaPlano="P-1") for number in range(60)]
    messages = [
        *(record(each) for each in clientes),
        *(record(each, "plans") for each in PLANOS),
        state(1),
        state(2, "plans"),
    ]
    result = write(tmp_path, config, messages, catalog("clientes", "plans"))
    assert (result.code, result.counts) == (0, (180, 4)), result.log
    arrived = sandbox.records("tipo_777")
    assert set(arrived) == {f"P-{number}" for number in range(120)}
    assert (arrived["P-7"]["taxa"], arrived["P-7"]["nivel"], arrived["P-7"]["situacao"]) == (1.5, 2, 1)
    assert sandbox.clientes()["C-000003"]["idRetaguardaPlano"] == "P-1"
    (lote,) = sandbox.state()["lotes"]
    assert sorted(lote["tipoLote"]) == [0, 777]
    kinds = [each["object"] for each in sorted(sandbox.requests("send"), key=lambda each: each["started"])]
    assert kinds == sorted(kinds, reverse=True), "plans before the clientes that point at them"
    rows = dead_letter(tmp_path / "letters")
    assert sorted(row["reason"] for row in rows) == REASONS
    assert {row["stream"] for row in rows} == {"plans"}

    fields = [{"field": "descricao", "value": "{{ record.descricao or record.nome_do_plano }}"}]
    better = [{"stream": "plans", "object": "plano", "fields": fields}]
    better_config = written(tmp_path, declaring(sandbox, tmp_path, api_version=version, streams=better))
    replayed = command("replay", "--config", better_config, "--json")
    assert replayed.code == 0, replayed.everything
    numbers = json.loads(replayed.stdout)
    assert (numbers["rows"], numbers["accepted"], numbers["rejected"]) == (4, 1, 3)
    assert sandbox.records("tipo_777")["P-200"]["descricao"] == "Ouro"


def test_a_deletion_is_sent_as_it_is_declared(sandbox: Sandbox, tmp_path: Path) -> None:
    config = declaring(sandbox, tmp_path)
    configured = catalog("plans", mode="soft_delete")
    assert write(tmp_path, config, [record(plano(1), "plans"), state(1, "plans")], configured).counts == (
        1,
        0,
    )
    assert sandbox.records("tipo_777")["P-1"]["situacao"] == 0


def test_what_a_cliente_points_at_arrives_in_its_lote_and_before_it(sandbox: Sandbox, tmp_path: Path) -> None:
    ramo = {"idRetaguarda": "R-1", "descricao": "Padarias", "percentual_taxa": 2}
    regiao = {"idRetaguarda": "S", "descricao": "Sul"}
    messages = [
        record(good(1, IdRetaguardaRamoAtividade="R-1", IdRetaguardaRegiao="S")),
        record(regiao, "regioes"),
        record(ramo, "ramo_atividade"),
        *(state(number, name) for number, name in enumerate(("clientes", "regioes", "ramo_atividade"), 1)),
    ]
    result = write(tmp_path, sandbox.config(), messages, catalog("clientes", "regioes", "ramo_atividade"))
    assert (result.code, result.counts) == (0, (3, 0)), result.log
    assert sandbox.records("tipo_58")["R-1"]["percentualTaxa"] == 2
    assert sandbox.records("tipo_100")["S"]["descricao"] == "Sul"
    assert [each["object"] for each in sandbox.requests("send")] == ["tipo_58", "tipo_100", "cliente"]


@pytest.mark.parametrize(
    ("objects", "said"),
    [
        ("- [", "objects, line 2, column 1: "),
        ("- type: Stream", "objects[0].type must be one of "),
        ("[" * 100_000, "objects, line 1, column 51: nested too deeply; at most 50 levels are taken."),
        (PLANO.replace("taxa: {reader: number}", "taxa: {}"), "objects[0].schema.properties.taxa.reader is missing."),
        (PLANO.replace("tipo: 777", "tipo: 58"), "objects[1].lote.tipo: 58 is the tipoLote of 'ramo_atividade' already."),
    ],
)  # fmt: skip
def test_a_mistake_in_a_declaration_is_a_config_error_with_its_place(
    objects: str, said: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    config = declaring(sandbox, tmp_path, objects=objects)
    (message,) = command("check", "--config", written(tmp_path, config)).of("CONNECTION_STATUS")
    assert message["connectionStatus"]["status"] == "FAILED"
    assert said in message["connectionStatus"]["message"]
    result = write(tmp_path, config, [state(1)], catalog("plans"))
    (trace,) = result.of("TRACE")
    assert result.code == 1
    assert trace["trace"]["error"]["failure_type"] == "config_error"
    assert said in trace["trace"]["error"]["message"]


def test_a_service_without_an_address_is_a_config_error(sandbox: Sandbox, tmp_path: Path) -> None:
    config = declaring(sandbox, tmp_path)
    del config["environment"]["dados_basicos_url"]
    (message,) = command("check", "--config", written(tmp_path, config)).of("CONNECTION_STATUS")
    assert "environment.dados_basicos_url" in message["connectionStatus"]["message"]
