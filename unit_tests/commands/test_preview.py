import json
from pathlib import Path
from typing import Any

import pytest

from source_destination_clientes.commands import preview

CONFIG = {
    "environment": {
        "environment_type": "custom",
        "control_url": "http://127.0.0.1:1/controle",
        "clientes_url": "http://127.0.0.1:1/cliente",
    },
    "credentials": {"auth_type": "bearer_token", "token": "a-secret-token"},
    "id_inquilino": "inq-1",
    "id_proprietario": "matriz",
}
GOOD = {"idRetaguarda": "C-1", "nome": "Ana Sá", "cpfCnpj": "529.982.247-25", "email": "ana@example.com"}
BAD_DOCUMENT = {"idRetaguarda": "C-2", "nome": "Beto", "cpfCnpj": "123"}
NO_KEY = {"nome": "Caio", "cpfCnpj": "52998224725"}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return write_config(tmp_path)


def write_config(folder: Path, **changes: Any) -> Path:
    path = folder / "config.json"
    path.write_text(json.dumps({**CONFIG, **changes}))
    return path


def look_at(
    config: Path,
    content: str | bytes,
    capsys: pytest.CaptureFixture[str],
    *options: str,
    name: str = "clientes.txt",
) -> dict[str, Any]:
    path = config.parent / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    status = preview.main(["--config", str(config), "--input", str(path), "--json", *options])
    said = capsys.readouterr()
    assert status == 0, said.err
    result: dict[str, Any] = json.loads(said.out)
    return result


def lines(*records: object) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def message(data: object, stream: str = "clientes", namespace: str | None = None) -> object:
    record = {"stream": stream, "namespace": namespace, "data": data, "emitted_at": 1}
    return {"type": "RECORD", "record": record}


def test_a_record_that_fits_is_shown_as_it_would_be_sent(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = look_at(config, lines(GOOD), capsys, "--reveal")
    assert seen["would_send"] == 1
    assert seen["payloads"] == [
        {
            "idInquilino": "inq-1",
            "idProprietario": "matriz",
            "situacao": 1,
            "idRetaguarda": "C-1",
            "nome": "Ana Sá",
            "cpfCnpj": "52998224725",
            "email": "ana@example.com",
            "pessoaFisica": 1,
            "loteOrigem": "<the lote's code>",
        },
    ]


def test_personal_data_is_masked_unless_revealed(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key_is_a_cpf = {**GOOD, "idRetaguarda": "529.982.247-25"}
    path = config.parent / "clientes.jsonl"
    path.write_text(lines(GOOD, key_is_a_cpf, BAD_DOCUMENT, NO_KEY))
    for arguments in ([], ["--json"]):
        assert preview.main(["--config", str(config), "--input", str(path), *arguments]) == 0
        said = capsys.readouterr().out
        for personal in (
            "Ana Sá",
            "52998224725",
            "529.982.247-25",
            "ana@example",
            "Beto",
            "Caio",
            "a-secret-token",
        ):
            assert personal not in said
        assert "Xxx Xx" in said


def test_rejections_are_counted_by_reason_and_field_with_keys_as_examples(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    others = [{**BAD_DOCUMENT, "idRetaguarda": f"C-{number}"} for number in range(5)]
    seen = look_at(config, lines(GOOD, NO_KEY, *others), capsys)
    assert (seen["received"], seen["would_send"], seen["would_reject"]) == (7, 1, 6)
    by_reason = {entry["reason"]: entry for entry in seen["streams"][0]["rejections"]}
    assert (by_reason["bad_document"]["field"], by_reason["bad_document"]["count"]) == ("cpfCnpj", 5)
    assert by_reason["bad_document"]["examples"] == ["C-0", "C-1", "C-2"]
    assert by_reason["missing_field"]["examples"] == ["record 2"]


def test_fill_rates_tell_empty_columns_and_fields(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    second = {**GOOD, "idRetaguarda": "C-3", "email": "", "unknown": None}
    stream = look_at(config, lines(GOOD, second), capsys)["streams"][0]
    assert stream["columns"]["email"] == 0.5
    assert stream["columns"]["unknown"] == 0
    assert stream["fields"]["email"] == 0.5
    assert stream["fields"]["nome"] == 1
    assert stream["fields"]["cidade"] == 0


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_is_read_with_the_separator_of_its_header(
    config: Path, capsys: pytest.CaptureFixture[str], delimiter: str
) -> None:
    rows = [["ID_RETAGUARDA", "Nome", "CPF_CNPJ"], ["C-1", '"Ana\nSá"', "529.982.247-25"]]
    text = "\r\n".join(delimiter.join(row) for row in rows)
    seen = look_at(config, b"\xef\xbb\xbf" + text.encode(), capsys, "--reveal", name="x.csv")
    assert (seen["streams"][0]["stream"], seen["would_send"]) == ("x", 1)
    assert seen["payloads"][0]["nome"] == "Ana Sá"


def test_cells_beyond_the_header_are_reported(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seen = look_at(config, "idRetaguarda;nome;cpfCnpj\nC-1;Ana;52998224725;more;and more\n", capsys)
    assert seen["file"][0].startswith("More cells than headings: line 2.")
    assert seen["would_send"] == 1


def test_airbyte_messages_go_to_the_objects_of_their_streams(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    address = {"idRetaguarda": "E-1", "idClienteRetaguarda": "C-1", "cidade": "Bauru"}
    content = lines(message(GOOD), message(address, "clienteenderecos"), {"type": "LOG", "log": {}})
    seen = look_at(config, content, capsys)
    assert [(entry["stream"], entry["object"], entry["would_send"]) for entry in seen["streams"]] == [
        ("clientes", "cliente", 1),
        ("clienteenderecos", "cliente_endereco", 1),
    ]
    assert seen["ignored"] == {"LOG": 1}


def test_only_the_stream_asked_for_is_looked_at(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = lines(message(GOOD), message(GOOD, "others"))
    seen = look_at(config, content, capsys, "--stream", "clientes")
    assert [entry["stream"] for entry in seen["streams"]] == ["clientes"]


def test_records_without_a_stream_belong_to_the_only_one_of_the_catalog(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = {"stream": "crm_*", "namespace": "crm", "fields": [{"field": "nome", "value": "name"}]}
    config = write_config(tmp_path, streams=[entry])
    catalog = tmp_path / "catalog.json"
    stream = {"stream": {"name": "crm_customers", "namespace": "crm"}, "destination_sync_mode": "append"}
    catalog.write_text(json.dumps({"streams": [stream]}))
    record = {"idRetaguarda": 7, "name": "Ana", "cpfCnpj": "52998224725"}
    seen = look_at(config, lines(record), capsys, "--catalog", str(catalog), "--reveal")
    assert (seen["streams"][0]["stream"], seen["streams"][0]["namespace"]) == ("crm_customers", "crm")
    assert seen["payloads"][0]["nome"] == "Ana"


def test_the_limit_bounds_what_is_shown_not_what_is_counted(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    records = [{**GOOD, "idRetaguarda": f"C-{number}"} for number in range(10)]
    seen = look_at(config, lines(*records), capsys, "--limit", "2")
    assert (len(seen["payloads"]), seen["would_send"]) == (2, 10)


def test_a_mapping_that_would_fail_the_sync_is_foretold(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = look_at(config, lines(*[NO_KEY] * 100), capsys)
    assert "missing_field" in seen["would_fail"]


def test_cut_texts_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = write_config(tmp_path, values={"overlong": "truncate"})
    seen = look_at(config, lines({**GOOD, "bairro": "A" * 300, "email": "naotem"}), capsys)
    assert seen["streams"][0]["truncated"] == {"bairro": 1}
    assert seen["streams"][0]["left_out_values"] == {"email": 1}


def test_nothing_comes_of_an_empty_input(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert look_at(config, "\n\n", capsys)["received"] == 0


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"[{}]", "JSON array"),
        (b'a,b\n"open', "comma-separated"),
        (b'{"type":"RECORD"}\n', "cannot be read"),
        (lines(message(GOOD), message(GOOD, "others")).encode(), "others"),
    ],
)
def test_input_that_cannot_be_read_is_one_sentence_and_status_1(
    config: Path, capsys: pytest.CaptureFixture[str], content: bytes, sentence: str
) -> None:
    path = config.parent / "input"
    path.write_bytes(content)
    assert preview.main(["--config", str(config), "--input", str(path)]) == 1
    said = capsys.readouterr()
    assert sentence in said.err
    assert said.err.count("\n") == 1
    assert not said.out


def test_a_config_that_is_wrong_is_one_sentence_and_status_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_config(tmp_path, api_version="v9")
    assert preview.main(["--config", str(config), "--input", "-"]) == 1
    assert "api_version" in capsys.readouterr().err


ERP = Path(__file__).parent / "files" / "samples" / "CLIENTES_ERP.csv"


def test_a_suggestion_is_pasted_and_the_file_of_an_erp_loads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    proposed = look_at(write_config(tmp_path), ERP.read_bytes(), capsys, "--suggest", name="CLIENTES_ERP.csv")
    (stream,) = proposed["streams"]
    assert stream["untaken"] == ["Limite Crédito", "Dt. Cadastro"]
    assert proposed["file"] == [
        f"The file {tmp_path / 'CLIENTES_ERP.csv'} is in cp1252.",
        "Nothing in lines 64, 125, 186.",
    ]
    for version, accepted in (("v2", 291), ("v3", 294)):
        config = write_config(tmp_path, streams=[stream["entry"]], api_version=version)
        seen = look_at(config, ERP.read_bytes(), capsys, name="CLIENTES_ERP.csv")
        assert seen["received"] == 300
        assert seen["would_send"] >= accepted


def test_a_suggestion_is_shown_with_its_reasons(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = config.parent / "x.csv"
    path.write_text("Código;Nome;Consentimento\n1;Ana;sim\n2;Bia;não\n")
    assert preview.main(["--config", str(config), "--input", str(path), "--suggest"]) == 0
    said = capsys.readouterr().out
    assert "is known" in said
    assert "Columns that fill nothing: Consentimento." in said
    assert '"idRetaguarda"' in said


def test_a_suggestion_for_nothing_says_so(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = config.parent / "x.csv"
    path.write_text("")
    assert preview.main(["--config", str(config), "--input", str(path), "--suggest"]) == 0
    assert "no records" in capsys.readouterr().out
