"""Erasing one person from the storage."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from source_destination_clientes.commands.forget import Receipt, erase, main
from source_destination_clientes.commands.person import Person
from source_destination_clientes.errors import ConfigError
from source_destination_clientes.protocol.context import RunContext
from source_destination_clientes.records.index import open_index
from source_destination_clientes.records.objects import Below
from source_destination_clientes.rejection.archive import RowFilter, Unreadable, open_archive
from source_destination_clientes.rejection.storage.folder import FolderStorage
from source_destination_clientes.runtime.clock import Clock
from source_destination_clientes.runtime.stopping import Stop
from source_destination_clientes.settings import Settings
from source_destination_clientes.sync.unchanged import index_folder, index_options
from unit_tests.kit.fakes import FakeReporter

CPF = "52998224725"
KEY = "C-000017"
PLAIN = "42/clientes/20260101T000000Z-1-abcd1234-00000.jsonl"
ZIPPED = "42/enderecos/20260102T000000Z-1-abcd1234-00001.jsonl.gz"
ODD = "42/clientes/20260103T000000Z-1-abcd1234-00002.jsonl"


def line(name: str, key: str | None, record: dict[str, Any], stream: str = "clientes", **more: Any) -> bytes:
    row = {
        "version": 1,
        "id": name,
        "rejected_at": "2026-01-01T00:00:00Z",
        "stream": stream,
        "stage": "api",
        "reason": "refused_by_api",
        "message": "m",
        "key": key,
        "unknown_to_this_version": 1.50,
        "record": record,
        **more,
    }
    return json.dumps(row).encode() + b"\n"


OTHERS = [
    line("o1", "C-000018", {"idRetaguarda": "C-000018", "cpfCnpj": "11144477735", "valor": 10.00}),
    line("o2", None, {"nome": "Ana"}),
    line("o3", "C-0000171", {"idRetaguarda": "C-0000171", "tel": "5299822472", "x": f"1{CPF}"}),
    b"not a row, and of nobody\n",
]
HERS = [
    line("h1", KEY, {"idRetaguarda": KEY, "cpfCnpj": "529.982.247-25"}),
    line("h2", None, {"ID_RETAGUARDA": KEY, "CPF": CPF}),
    line("h3", KEY, {}),
    line("h4", "A-1", {"idRetaguarda": "A-1", "idClienteRetaguarda": KEY}, "cliente_enderecos"),
]


def settings_of(folder: Path) -> Settings:
    return Settings.parse(
        {
            "environment": {
                "environment_type": "custom",
                "control_url": "https://control.example",
                "clientes_url": "https://clientes.example",
            },
            "credentials": {"auth_type": "bearer_token", "token": "c4nary.bearer.token"},
            "id_inquilino": "inq",
            "id_proprietario": "prop",
            "object_storage_config": {"storage_type": "Local", "path": str(folder)},
        }
    )


def fill(storage: FolderStorage) -> None:
    storage.put(PLAIN, OTHERS[0] + HERS[0] + OTHERS[1] + HERS[1] + OTHERS[3])
    storage.put(f"{PLAIN}.replay-1-00000.settled", b"h1\no2\n")
    storage.put(ZIPPED, gzip.compress(HERS[3] + OTHERS[2] + HERS[2]))
    storage.put(ODD, OTHERS[0].replace(b'"o1"', b'"o4"'))
    report = {"message": f"All failed (for example {KEY}, C-000018).", "accepted": 17}
    storage.put("runs/42-1.json", json.dumps(report).encode())
    storage.put("journal/inq/lotes/r.json", json.dumps({"run": "r", "lote": "L-1"}).encode())


def run(storage: Any, person: Person, *, dry_run: bool = False) -> Receipt:
    context = RunContext(FakeReporter(), Stop())
    return erase(settings_of(Path(storage.location)), storage, context, person, dry_run=dry_run)


def by_key() -> Person:
    return Person({KEY})


def by_document() -> Person:
    return Person(set(), "529.982.247-25")


def everything(storage: FolderStorage) -> str:
    contents = ((path, storage.get(path)) for path in storage.list(""))
    return "".join(
        path + (gzip.decompress(content) if path.endswith(".gz") else content).decode()
        for path, content in contents
    )


def lines(storage: FolderStorage) -> list[bytes]:
    parts = [path for path in storage.list("") if path.endswith((".jsonl", ".jsonl.gz"))]
    return sorted(
        each
        for path in parts
        for each in (
            gzip.decompress(storage.get(path)) if path.endswith(".gz") else storage.get(path)
        ).splitlines(keepends=True)
    )


def rows(storage: FolderStorage) -> list[str]:
    found = open_archive(storage, "r").rows(RowFilter())
    return sorted(each[1].id for each in found if not isinstance(each, Unreadable))


@pytest.fixture
def storage(tmp_path: Path) -> FolderStorage:
    storage = FolderStorage(tmp_path / "letters")
    fill(storage)
    return storage


@pytest.mark.parametrize("who", [by_key, by_document])
def test_a_person_is_gone_and_all_other_rows_are_there_byte_for_byte(
    storage: FolderStorage, who: Any
) -> None:
    receipt = run(storage, who())
    assert (receipt.rows, receipt.parts, receipt.reports, receipt.journal) == (4, 2, 1, 0)
    assert lines(storage) == sorted([*OTHERS, OTHERS[0].replace(b'"o1"', b'"o4"')])
    assert not any(
        name in everything(storage) for name in ("529.982.247-25", f'"{CPF}"', f'"{KEY}"', f" {KEY},")
    )
    assert json.loads(storage.get("runs/42-1.json")) == {
        "message": "All failed (for example ***, C-000018).",
        "accepted": 17,
    }


def test_rows_that_were_settled_stay_settled_and_no_mark_names_hers(storage: FolderStorage) -> None:
    run(storage, by_key())
    assert rows(storage) == ["o1", "o3", "o4"]
    marks = [storage.get(path) for path in storage.list("") if path.endswith(".settled")]
    assert marks == [b"o2\n"]


def test_a_dry_run_counts_the_same_and_changes_nothing(storage: FolderStorage) -> None:
    before = {path: storage.get(path) for path in storage.list("")}
    told = run(storage, by_document(), dry_run=True)
    assert {path: storage.get(path) for path in storage.list("")} == before
    done = run(storage, by_document())
    assert (told.rows, told.parts, told.reports) == (done.rows, done.parts, done.reports)


def test_words_about_others_stay_without_the_person(storage: FolderStorage) -> None:
    other = line(
        "o9", "C-9", {"idRetaguarda": "C-9"}, raw=f"CPF 529.982.247-25 e {CPF} repetidos", lote="L-1"
    )
    storage.put("43/clientes/20260104T000000Z-1-abcd1234-00003.jsonl", other)
    assert run(storage, by_document()).mentions == 1
    (left,) = [json.loads(each) for each in lines(storage) if b'"o9"' in each]
    assert left == {**json.loads(other), "raw": "CPF *** e *** repetidos"}


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Mortal:
    """A storage that is killed before its write number `lives`."""

    inner: FolderStorage
    lives: int

    @property
    def location(self) -> str:
        return self.inner.location

    @property
    def roll_seconds(self) -> float:
        return self.inner.roll_seconds

    def _live(self) -> None:
        if not self.lives:
            raise Killed
        self.lives -= 1

    def put(self, path: str, content: bytes) -> None:
        self._live()
        self.inner.put(path, content)

    def put_if_absent(self, path: str, content: bytes) -> bool:
        self._live()
        return self.inner.put_if_absent(path, content)

    def delete(self, path: str) -> None:
        self._live()
        self.inner.delete(path)

    def get(self, path: str) -> bytes:
        return self.inner.get(path)

    def list(self, prefix: str) -> Iterator[str]:
        return self.inner.list(prefix)


def test_whenever_it_is_killed_no_other_row_is_lost_and_the_next_run_erases_the_rest(tmp_path: Path) -> None:
    killed = 0
    for lives in range(30):
        storage = FolderStorage(tmp_path / f"letters-{lives}")
        fill(storage)
        try:
            run(Mortal(storage, lives), by_key())
        except Killed:
            killed += 1
            assert {"o1", "o3", "o4"} <= set(rows(storage)) <= {"o1", "o3", "o4", "h2", "h3", "h4"}
            run(storage, by_key())
        else:
            break
        assert rows(storage) == ["o1", "o3", "o4"]
        assert lines(storage) == sorted([*OTHERS, OTHERS[0].replace(b'"o1"', b'"o4"')])
        assert f'"{KEY}"' not in everything(storage)
    assert killed >= 6


def test_the_delivery_index_knows_the_key_no_longer_and_the_others_still(storage: FolderStorage) -> None:
    settings = settings_of(storage.folder)
    objects, options = Below(storage, index_folder(settings, "cliente")), index_options(settings, "cliente")
    index = open_index(objects, options, "r1", Clock(), print)
    index.pending([KEY, "C-2"])
    index.done([KEY, "C-2"], [b"{1", b"{2"], "L-1")
    index.close()
    assert run(storage, by_key()).index == 1
    assert run(storage, by_key()).index == 0
    index = open_index(objects, options, "r2", Clock(), print)
    assert index.unchanged([KEY, "C-2"], [b"{1", b"{2"]) == [False, True]
    index.close()


def test_a_part_that_cannot_be_read_is_named_instead_of_passed_over(storage: FolderStorage) -> None:
    storage.put("44/clientes/20260105T000000Z-1-abcd1234-00004.jsonl.gz", b"no gzip")
    with pytest.raises(ConfigError, match=r"44/clientes/.*cannot be read"):
        run(storage, by_key())


@pytest.mark.parametrize("document", ["", "123", "5299822472", "529982247250"])
def test_what_is_no_document_is_refused_before_anything_is_searched(document: str) -> None:
    with pytest.raises(ConfigError, match="neither a CPF"):
        Person(set(), document)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("CPF 529.982.247-25", True),
        (f'"{CPF}"', True),
        ("５２９９８２２４７２５", True),
        (f"1{CPF}", False),
        (f"{CPF}0", False),
        ("529982247", False),
    ],
)
def test_a_document_is_found_in_any_writing_and_not_within_longer_numbers(text: str, found: bool) -> None:
    assert by_document().is_in(text) == found


def test_a_document_that_lost_its_leading_zero_is_found_too() -> None:
    assert Person(set(), "01234567890").is_in('{"cpf":1234567890}')
    assert not Person(set(), "00000000191").is_in('{"situacao":191}')


def test_the_receipt_has_numbers_alone(
    storage: FolderStorage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.json"
    config.write_text(
        json.dumps(
            {
                "environment": {
                    "environment_type": "custom",
                    "control_url": "https://control.example",
                    "clientes_url": "https://clientes.example",
                },
                "credentials": {"auth_type": "bearer_token", "token": "c4nary.bearer.token"},
                "id_inquilino": "inq",
                "id_proprietario": "prop",
                "object_storage_config": {"storage_type": "Local", "path": str(storage.folder)},
            }
        )
    )
    assert main(["--config", str(config), "--document", CPF, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    receipt = storage.get(said["receipt"]).decode()
    assert json.loads(receipt)["rows"] == 4
    assert not any(each in receipt for each in (CPF, KEY, "529"))
    assert main(["--config", str(config), "--key", KEY, "--dry-run"]) == 0
    assert "Would be erased: 0 rows" in " ".join(capsys.readouterr().out.split())
