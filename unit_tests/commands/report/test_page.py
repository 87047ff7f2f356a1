"""The page: what is in it, and what a real browser makes of it."""

import io
import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from source_destination_clientes.commands.report.page import write_page
from source_destination_clientes.commands.report.rows import ShownRow
from source_destination_clientes.commands.report.texts import LANGUAGES
from source_destination_clientes.records.report import RunReport
from unit_tests.kit.browser import CHROMIUM, WHY_NOT, open_page
from unit_tests.kit.reports import make_report

NASTY = "</script><script>document.title='taken'</script><!-- \u2028 & 'quoted'"


def make_row(number: int, words: str = "") -> ShownRow:
    reason = "bad_document" if number % 3 else "refused_by_api"
    field = "cpfCnpj" if number % 3 else ""
    return ShownRow(
        "clientes", "mapping", reason, field, f"C-{number:06d}", f"cpfCnpj has {number} digits.", words, "lote-1", None,
        "2026-01-01T00:00:00Z", 1, {"nome": "Xxxx Xx"},
    )  # fmt: skip


def write(
    path: Path | None,
    rows: Sequence[ShownRow],
    language: str = "en",
    report: RunReport | None = None,
    *,
    reveal: bool = False,
) -> str:
    file = io.StringIO()
    write_page(file, report or make_report(), rows, LANGUAGES[language], reveal=reveal)
    if path:
        path.write_text(file.getvalue(), encoding="utf-8")
    return file.getvalue()


def test_it_names_nothing_that_is_elsewhere() -> None:
    page = write(None, [make_row(1)])
    assert not re.search(r"(src|href|url|@import)\s*[=(]\s*[\"']?(https?:)?//", page)
    assert "default-src 'none'" in page


def test_counts_are_written_as_people_write_them_there() -> None:
    assert "21,250" in write(None, [])
    page = write(None, [], "pt-BR")
    assert "21.250" in page
    assert '<html lang="pt-BR">' in page
    assert "Corrija na origem." in page


def test_a_run_without_rejections_says_so() -> None:
    assert "No record was rejected." in write(None, [], report=make_report(streams=()))


def test_a_failed_run_says_why_and_words_are_shown_as_they_are() -> None:
    report = make_report(ending="failed", failure="config_error", message=f"Broken: {NASTY}")
    page = write(None, [], report=report)
    assert "taken'</script>" not in page
    assert "Broken: &lt;/script&gt;" in page


def test_words_of_others_stay_data() -> None:
    page = write(None, [make_row(1, NASTY)])
    data = page.split('id="data">')[1].split("</script>")[0]
    assert json.loads(data)[0][6] == NASTY
    assert page.count("<script") == 3


@pytest.mark.skipif(CHROMIUM is None, reason=WHY_NOT)
class TestInABrowser:
    def test_it_renders_and_asks_for_nothing(self, tmp_path: Path) -> None:
        page = tmp_path / "report.html"
        write(page, [make_row(number, NASTY) for number in range(1, 1_001)])
        log = tmp_path / "net.json"
        seen = open_page(page, "--dump-dom", f"--log-net-log={log}")
        assert seen.stdout.count("<td>C-0") == 200
        assert ">200 of 1,000<" in seen.stdout
        assert "bad_document, cpfCnpj (667)" in seen.stdout
        assert "<title>Job 42, attempt 1: completed</title>" in seen.stdout
        asked = {
            url
            for url in re.findall(r'"url":"([^"]+)"', log.read_text())
            if str(tmp_path) in url or ".example" in url
        }
        assert all(url.startswith("file:") for url in asked)

    def test_its_search_finds_one_of_many_by_key(self, tmp_path: Path) -> None:
        page = tmp_path / "report.html"
        text = write(None, [make_row(number) for number in range(1, 5_001)], "pt-BR")
        # What a person does: type, and choose from the list.
        person = """<script>
          const input = document.getElementById("words");
          input.value = "c-004711"; input.dispatchEvent(new Event("input"));
          document.body.dataset.byKey = document.getElementById("rows").rows.length + "/" + document.getElementById("rows").innerText;
          input.value = "nobody"; input.dispatchEvent(new Event("input"));
          document.body.dataset.none = document.getElementById("shown").textContent;
          input.value = ""; const select = document.getElementById("reason");
          select.selectedIndex = 2; select.dispatchEvent(new Event("change"));
          document.body.dataset.group = document.getElementById("shown").textContent;
        </script></body>"""
        page.write_text(text.replace("</body>", person), encoding="utf-8")
        seen = open_page(page, "--dump-dom").stdout
        assert 'data-by-key="1/C-004711' in seen
        assert 'data-none="0 de 0"' in seen
        assert 'data-group="200 de 1.666"' in seen
