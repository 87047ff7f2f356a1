"""The sandbox's page, in a real browser, with the real connector writing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from integration_tests.browser import CHROMEDRIVER, CHROMIUM, Browser
from integration_tests.harness import good, record, state, write
from integration_tests.sandbox_client import Sandbox

pytestmark = pytest.mark.skipif(
    not (CHROMIUM and CHROMEDRIVER),
    reason="needs a browser: apt-get install chromium chromium-driver",
)


@pytest.fixture(scope="module")
def running() -> Iterator[Browser]:
    with Browser(language="pt-BR") as browser:
        browser.resize(1280, 900)
        yield browser


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(store_delay_seconds=0) as sandbox:
        yield sandbox


@pytest.fixture
def browser(running: Browser, sandbox: Sandbox) -> Browser:
    # The page of the test before asks for a sandbox that has ended.
    running.open("about:blank")
    running.requested()
    running.complaints()
    running.open(sandbox.url)
    running.wait_for("#live", "ao vivo")
    return running


def deliver(sandbox: Sandbox, folder: Path, **changes: str) -> None:
    messages = [record(good(1, **changes)), record(good(2)), state(1)]
    assert write(folder, sandbox.config(), messages).counts == (2, 0)


def test_the_page_renders_and_asks_nobody_else_for_anything(browser: Browser, sandbox: Sandbox) -> None:
    browser.wait_for("#lotes", "Ainda não há lotes")
    asked = browser.requested()
    assert f"{sandbox.url}/page.css" in asked
    assert [url for url in asked if not url.startswith(f"{sandbox.url}/")] == []
    assert browser.complaints() == []


def test_the_language_is_the_browsers_and_a_click_changes_it(browser: Browser) -> None:
    assert "Falhas" in browser.text("main")
    browser.click("#language")
    assert "Faults" in browser.text("main")
    assert browser.run("return document.documentElement.lang") == "en"


def test_every_text_is_there_in_both_languages(browser: Browser) -> None:
    script = "return import('/words.js').then(({WORDS}) => Object.values(WORDS).map((words) => Object.keys(words).sort()))"
    portuguese, english = browser.run(script)
    assert portuguese == english
    nameless = "return [...document.querySelectorAll('[data-word]')].filter((e) => e.textContent === e.dataset.word).length"
    for _ in range(2):
        assert browser.run(nameless) == 0
        browser.click("#language")


def test_a_fault_is_planned_by_a_click_and_a_write_shows_up_with_it(
    browser: Browser, sandbox: Sandbox, tmp_path: Path
) -> None:
    browser.click("#kind-503")
    browser.wait_for("#faults", "0 de 1")
    deliver(sandbox, tmp_path)
    sandbox.assert_all_faults_fired()
    browser.wait_for("#faults", "1 de 1")
    browser.wait_for("#lotes", "encerrado")
    browser.wait_for("#lotes", "baixado")
    assert "2 registros" in browser.text("#lotes")
    assert "503" in browser.text("#calls")
    assert sandbox.state()["lotes"][0]["loteOrigem"] in browser.text("#lotes")


def test_another_integrations_lote_is_opened_by_a_click(browser: Browser, sandbox: Sandbox) -> None:
    browser.click("#kind-lote")
    browser.wait_for("#lotes", "aberto")
    assert sandbox.state()["open_lotes"] == 1


def test_records_are_masked_until_somebody_asks(browser: Browser, sandbox: Sandbox, tmp_path: Path) -> None:
    deliver(sandbox, tmp_path, nome="Filomena Quintela")
    browser.wait_for("#records", "F••••••• Q•••••••")
    assert "ilomena" not in browser.run("return document.documentElement.outerHTML")
    browser.click("#reveal")
    browser.wait_for("#records", "Filomena Quintela")
    browser.click("#reveal")
    browser.wait_for("#records", "F••••••• Q•••••••")


def test_markup_in_a_record_is_text(browser: Browser, sandbox: Sandbox, tmp_path: Path) -> None:
    name = "<img id=planted src=x onerror=document.title=1>"
    deliver(sandbox, tmp_path, nome=name)
    browser.click("#reveal")
    browser.wait_for("#records", name)
    assert browser.run("return document.querySelector('#planted')") is None
    assert browser.complaints() == []


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("dark", [False, True])
def test_nothing_is_wider_than_the_screen(
    browser: Browser, sandbox: Sandbox, tmp_path: Path, width: int, *, dark: bool
) -> None:
    deliver(sandbox, tmp_path, nome="N" * 200)
    browser.click("#reveal")
    browser.resize(width, 900, dark=dark)
    browser.wait_for("#records", "NNN")
    try:
        assert browser.run("return document.documentElement.scrollWidth") <= width
        ground = browser.run("return getComputedStyle(document.body).backgroundColor")
        assert (ground == "rgb(17, 23, 27)") is dark
    finally:
        browser.resize(1280, 900)
