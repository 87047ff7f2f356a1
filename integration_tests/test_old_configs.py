"""A config of version 0.1 that nobody touched since still does what it did."""

import base64
import json
from pathlib import Path
from typing import Any

from integration_tests.harness import catalog, cpf, record, state, write
from integration_tests.sandbox_client import Sandbox

OLD = Path(__file__).parent / "configs" / "0.1.0" / "everything.json"


def config_for(sandbox: Sandbox, folder: Path) -> dict[str, Any]:
    """The old config; only what names a place, or waits for one, is of this test."""
    old: dict[str, Any] = json.loads(OLD.read_text())
    here = sandbox.config()
    old |= {name: here[name] for name in ("environment", "credentials")}
    old["attachments"] |= sandbox.attach_config()
    for name in ("file_field", "purpose_field"):
        # The sandbox takes the names that were the defaults of version 0.1.
        del old["attachments"]["upload"][name]
    old["object_storage_config"] = {"storage_type": "Local", "path": str(folder / "letters")}
    old["lote"]["store_status"]["wait_minutes"] = 0
    del old["network"]["ca_bundle"]
    return old


def configured() -> dict[str, Any]:
    streams = catalog("crm_customers", "addresses", "files")
    streams["streams"][0]["stream"]["namespace"] = "sales"
    return streams


def test_a_config_of_version_0_1_still_writes_clientes_and_files(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.seed_customers([{"document": cpf(1)}])
    person = {"id": 1, "first": "Ana", "last": "Souza", "email": "ana@example.com", "cpf": cpf(1)}
    picture = base64.b64encode(b"picture").decode()
    messages = [
        record(person, "crm_customers", "sales"),
        record({"cpfCnpj": cpf(1), "fileContent": picture, "fileName": "rg.png"}, "files"),
        state(1, "files"),
    ]
    result = write(tmp_path, config_for(sandbox, tmp_path), messages, configured())
    assert (result.code, result.errors) == (0, []), result.log
    (cliente,) = sandbox.clientes().values()
    assert (cliente["nome"], cliente["numero"]) == ("Ana Souza", "S/N")
    assert cliente["pessoaFisica"] == 0, "the number that it was in version 0.1"
    (made,) = sandbox.attachments()["files"]
    assert (made["size"], made["purpose"]) == (7, "identity_document_front")
