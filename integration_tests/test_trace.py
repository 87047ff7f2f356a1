"""What became of one cliente, asked with the installed command."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from integration_tests.harness import command, cpf, good, record, state, write
from integration_tests.sandbox_client import Sandbox

AT_THE_STORE = "Fulano RECUSADO NA LOJA"
BY_THE_API = "Beltrano RECUSADO PELA API"


class Nights:
    """Two nights: all but one of the clientes that fit are the same in the second."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.config = folder / "config.json"
        people = {
            "unchanged": good(1),
            "delivered": good(2),
            "mapping": good(3, nome=None),
            "store": good(4, nome=AT_THE_STORE),
            "api": good(5, nome=BY_THE_API),
            "document as key": good(6, idRetaguarda=cpf(6)),
        }
        config = sandbox.config(
            api_version="v3",
            lote={"store_status": {"mode": "poll", "wait_minutes": 1}},
            object_storage_config={"storage_type": "Local", "path": str(folder / "kept")},
            delivery_index={"mode": "skip_unchanged"},
        )
        for night in (1, 2):
            people["delivered"]["nome"] = f"Nome {night}"
            result = write(
                folder,
                config,
                [*map(record, people.values()), state(night)],
                environment={"WORKER_JOB_ID": str(night)},
            )
            assert result.code == 0, result.everything

    def trace(self, *who: str) -> dict[str, Any]:
        result = command("trace", "--config", str(self.config), "--json", *who)
        assert result.stderr == ""
        (cliente,) = json.loads(result.stdout)["clientes"]
        assert result.code == (cliente["fate"] == "never_seen")
        found: dict[str, Any] = cliente
        return found


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nights]:
    with Sandbox(store_delay_seconds=0.2) as sandbox:
        yield Nights(sandbox, tmp_path_factory.mktemp("nights"))


def test_one_that_was_delivered_last_night_names_its_lote_and_the_stores(nights: Nights) -> None:
    found = nights.trace("--key", "C-000002")
    assert (found["fate"], found["delivery"]["job"], found["rejections"]) == ("delivered", "2", [])
    assert found["delivery"]["lote"]
    assert {(store["store"], store["name"], *store["words"]) for store in found["stores"]} >= {
        ("0101", "BaixadoComSucesso")
    }


def test_one_that_is_unchanged_names_the_lote_of_the_night_before(nights: Nights) -> None:
    found = nights.trace("--key", "C-000001")
    assert (found["fate"], found["delivery"]["job"]) == ("unchanged", "1")
    assert found["delivery"]["unchanged_at"] > found["delivery"]["at"]


def test_one_that_was_rejected_by_the_mapping_says_why(nights: Nights) -> None:
    found = nights.trace("--key", "C-000003")
    assert (found["fate"], found["delivery"]) == ("rejected_by_mapping", None)
    assert {(row["reason"], row["field"], row["job"]) for row in found["rejections"]} == {
        ("missing_field", "nome", "1"),
        ("missing_field", "nome", "2"),
    }


def test_one_that_the_api_refused_says_so(nights: Nights) -> None:
    found = nights.trace("--key", "C-000005")
    assert found["fate"] == "rejected_by_api"
    assert found["rejections"][-1]["words"] is None


def test_one_that_a_store_refused_has_its_words(nights: Nights) -> None:
    found = nights.trace("--key", "C-000004")
    assert found["fate"] == "refused_by_store"
    assert found["rejections"][-1]["stage"] == "store"
    assert any(store["words"] for store in found["stores"])


def test_one_that_never_came_is_never_seen(nights: Nights) -> None:
    found = nights.trace("--key", "C-999999")
    assert (found["fate"], found["delivery"], found["rejections"], found["stores"]) == (
        "never_seen",
        None,
        [],
        [],
    )


def test_a_document_leads_to_the_key_of_a_rejected_row_or_is_the_key(nights: Nights) -> None:
    assert nights.trace("--document", cpf(5))["key"] == "C-000005"
    found = nights.trace("--document", cpf(6))
    assert (found["fate"], found["key"]) == ("unchanged", f"***{cpf(6)[-2:]}")


def test_a_person_is_shown_only_on_request(nights: Nights) -> None:
    for who in (("--key", "C-000004"), ("--key", "C-000005"), ("--document", cpf(6))):
        shown = command("trace", "--config", str(nights.config), *who).everything
        for personal in (AT_THE_STORE, BY_THE_API, cpf(4), cpf(5), cpf(6)):
            assert personal not in shown
    revealed = command("trace", "--config", str(nights.config), "--document", cpf(6), "--reveal")
    assert cpf(6) in revealed.stdout.decode()


def test_without_a_storage_it_says_what_is_missing(nights: Nights, tmp_path: Path) -> None:
    config = json.loads(nights.config.read_text())
    del config["object_storage_config"], config["delivery_index"]
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config))
    result = command("trace", "--config", str(path), "--key", "C-000001")
    assert result.code == 1
    assert "Set object_storage_config" in result.stderr
