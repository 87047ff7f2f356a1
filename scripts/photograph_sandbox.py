"""Take the pictures of the sandbox's page that docs/sandbox.md shows.

    python -m scripts.photograph_sandbox

Needs chromium and chromedriver (`apt-get install chromium chromium-driver`).
"""

import tempfile
from pathlib import Path
from typing import Final

from integration_tests.browser import Browser
from integration_tests.harness import good, record, state, write
from integration_tests.sandbox_client import Sandbox

IMAGES: Final = Path(__file__).resolve().parent.parent / "docs" / "images"
NAMES: Final = ("Ana Souza", "João Pereira", "Márcia Oliveira", "Caio Nunes", "Lívia Rocha", "Davi Martins")
VIEWS: Final = {
    "sandbox.png": ("pt-BR", 1280, 1000, False),
    "sandbox-dark.png": ("en", 1280, 1000, True),
    "sandbox-narrow.png": ("pt-BR", 400, 1000, False),
}
"""Language, width, height, and whether it is dark."""


def main() -> None:
    """Send some invented clientes, with faults on the way, then photograph."""
    with Sandbox(store_delay_seconds=0.5, latency_ms=20) as sandbox, tempfile.TemporaryDirectory() as folder:
        sandbox.fault("send", "status", status=503, times=2)
        sandbox.fault("close", "reset")
        config = sandbox.config(lote={"records_per_lote": 900, "records_per_request": 100})
        result = write(Path(folder), config, [*map(record, clientes(2000)), state(1)])
        assert result.code == 0, result.everything
        sandbox.fault("send", "stall", seconds=5, after=1)
        for name, (language, width, height, dark) in VIEWS.items():
            with Browser(language=language) as browser:
                browser.resize(width, height, dark=dark)
                browser.open(sandbox.url)
                browser.wait_for("#lotes", "0102")
                (IMAGES / name).write_bytes(browser.screenshot())
                print(f"docs/images/{name}: {width} x {height}")


def clientes(count: int) -> list[dict[str, object]]:
    """Invented people; the API refuses one, a shop another."""
    special = {count - 10: " RECUSADO PELA API", count - 20: " RECUSADO NA LOJA"}
    return [
        good(
            number,
            nome=NAMES[number % len(NAMES)] + special.get(number, ""),
            cidade="São Paulo",
            estado="SP",
        )
        for number in range(count)
    ]


if __name__ == "__main__":
    main()
