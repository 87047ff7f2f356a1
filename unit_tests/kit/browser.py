"""A real browser without a window: Debian's chromium, where there is one."""

import shutil
import subprocess
import tempfile
from pathlib import Path

CHROMIUM = shutil.which("chromium")
WHY_NOT = "there is no chromium on this machine (Debian: apt-get install chromium)"


def open_page(page: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the browser on a file. Its network is a proxy that nobody answers, and what it asks for is in its log."""
    assert CHROMIUM, WHY_NOT
    with tempfile.TemporaryDirectory() as profile:
        return subprocess.run(
            [
                CHROMIUM,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--no-first-run",
                "--proxy-server=127.0.0.1:9",
                f"--user-data-dir={profile}",
                "--virtual-time-budget=20000",
                *options,
                page.resolve().as_uri(),
            ],
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
