"""The command: which report, which rows, which form."""

import json
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from source_destination_clientes.commands.report import main
from source_destination_clientes.records.report import write_report
from source_destination_clientes.rejection.row import Row
from source_destination_clientes.rejection.storage.folder import FolderStorage
from unit_tests.kit.fakes import START
from unit_tests.kit.reports import make_report


class Desk:
    """A config, a storage and the command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.storage = FolderStorage(folder / "kept")
        config = {
            "environment": {"environment_type": "production"},
            "credentials": {"auth_type": "bearer_token", "token": "t"},
            "id_inquilino": "inq",
            "id_proprietario": "p",
            "object_storage_config": {"storage_type": "Local", "path": str(folder / "kept")},
        }
        (folder / "config.json").write_text(json.dumps(config))

    def keep(self, job: str | None, key: str, *, folder: str | None = None, minutes: int = 1) -> None:
        row = Row(
            id=key,
            rejected_at=(START + timedelta(minutes=minutes)).isoformat(),
            stream="clientes",
            stage="mapping",
            reason="bad_document",
            field="cpfCnpj",
            message="cpfCnpj has 10 digits.",
            key=key,
            job_id=job,
            record=msgspec.Raw(b'{"cpf":"05299822472","nome":"Maria"}'),
        )
        self.storage.put(f"{folder or job or 'no-job'}/clientes/{key}.jsonl", row.encode())

    def report(self, *options: str) -> int:
        return main(["--config", str(self.folder / "config.json"), *options])

    def keys(self, *options: str) -> list[str]:
        """The keys in the sheet."""
        path = self.folder / "r.csv"
        assert self.report("--output", str(path), *options) == 0
        return [line.split(";")[3] for line in path.read_text().splitlines()[1:]]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_the_table_has_counts_causes_and_advice(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    write_report(desk.storage, make_report(), "42")
    assert desk.report("--language", "pt-BR") == 0
    shown = capsys.readouterr().out
    for words in ("Job 42, tentativa 1: concluída", "20.000", "bad_document", "Corrija na origem", "lote-1"):
        assert words in " ".join(shown.split())


def test_a_script_gets_the_report_as_it_is(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    write_report(desk.storage, make_report(), "42")
    assert desk.report("--json") == 0
    assert json.loads(capsys.readouterr().out)["streams"][0]["rejected"] == 1_250


def test_a_job_shows_its_own_rows_and_what_a_replay_rejected_of_them_again(desk: Desk) -> None:
    write_report(desk.storage, make_report(), "42")
    desk.keep("42", "C-1")
    desk.keep("43", "C-2")
    desk.keep("42", "C-3", folder="replay-ab")
    assert sorted(desk.keys()) == ["C-1", "C-3"]


def test_a_replay_shows_what_it_rejected_again_whatever_job_it_was_of(desk: Desk) -> None:
    write_report(desk.storage, make_report(job="replay-ab"), "replay-ab")
    desk.keep("42", "C-1")
    desk.keep("42", "C-3", folder="replay-ab")
    assert desk.keys() == ["C-3"]


def test_a_run_outside_of_a_job_shows_no_rows_of_the_runs_before(desk: Desk) -> None:
    write_report(desk.storage, make_report(job=None), "no-job")
    desk.keep(None, "C-1", minutes=-10)
    desk.keep(None, "C-2", minutes=1)
    assert desk.keys() == ["C-2"]


@pytest.mark.parametrize("name", ["r.html", "r.csv"])
def test_a_file_is_for_its_owner_and_shows_nobody_unless_asked(desk: Desk, name: str) -> None:
    write_report(desk.storage, make_report(), "42")
    desk.keep("42", "52998224725")
    path = desk.folder / name
    assert desk.report("--output", str(path)) == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text()
    assert "***25" in text
    assert not any(word in text for word in ("52998224725", "Maria", "05299822472"))
    assert desk.report("--output", str(path), "--reveal") == 0
    assert all(word in path.read_text() for word in ("52998224725", "Maria", "05299822472"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--output", "r.pdf"], "as .html or as .csv"),
        (["--job", "7"], "no report of job 7"),
    ],
)
def test_what_cannot_be_shown_is_told(
    desk: Desk, options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write_report(desk.storage, make_report(), "42")
    assert desk.report(*options) == 1
    assert words in capsys.readouterr().err


def test_without_a_storage_there_is_no_report(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    path = desk.folder / "config.json"
    config: dict[str, Any] = json.loads(path.read_text())
    del config["object_storage_config"]
    path.write_text(json.dumps(config))
    assert desk.report() == 1
    assert "object_storage_config" in capsys.readouterr().err
