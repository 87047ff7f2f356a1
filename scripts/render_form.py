"""Render the spec as a form and take pictures of it: the whole, and one of each group.

    python scripts/render_form.py

The form is react-jsonschema-form with templates that follow the rules of Airbyte's own form (scripts/form/form.jsx); it is not
Airbyte's program. Needs npm and a chromium (`apt-get install chromium`).
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
SOURCE: Final = ROOT / "scripts" / "form"
BUILD: Final = ROOT / "build" / "form"
IMAGES: Final = ROOT / "docs" / "images"
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "chrome")
WIDTH: Final = 860

EXAMPLE: Final[Mapping[str, Any]] = {
    "environment": {"environment_type": "production"},
    "credentials": {"auth_type": "rac_password"},
    "object_storage_config": {"storage_type": "S3"},
    "attachments": {"attachments_type": "attach_api"},
    "streams": [
        {
            "stream": "crm_customers",
            "object": "cliente",
            "fields": [{"field": "nome", "value": "{{ record.first ~ ' ' ~ record.last }}"}],
        }
    ],
}
"""Choices and an entry, so that the pictures show what an empty form hides."""


def main() -> None:
    """Build the page, then photograph it."""
    page = build_page(connection_specification())
    IMAGES.mkdir(parents=True, exist_ok=True)
    photograph(page, "", IMAGES / "form.png")
    for group in connection_specification()["groups"]:
        photograph(page, group["id"], IMAGES / f"form-{group['id']}.png")


def connection_specification() -> dict[str, Any]:
    """What the installed command says its config looks like."""
    command = [sys.executable, "-m", "source_destination_clientes", "spec"]
    said = subprocess.run(command, check=True, capture_output=True, cwd=ROOT).stdout
    messages = map(json.loads, said.splitlines())
    spec: dict[str, Any] = next(m for m in messages if m["type"] == "SPEC")["spec"]["connectionSpecification"]
    return spec


def build_page(spec: Mapping[str, Any]) -> Path:
    """One static page that needs no server; its path."""
    BUILD.mkdir(parents=True, exist_ok=True)
    wanted = (SOURCE / "package.json").read_text()
    installed = BUILD / "package.json"
    if not installed.exists() or installed.read_text() != wanted or not (BUILD / "node_modules").exists():
        installed.write_text(wanted)
        run("npm", "install", "--silent", "--no-fund", "--no-audit", "--no-package-lock")
    shutil.copy(SOURCE / "form.jsx", BUILD)
    run(
        "node_modules/.bin/esbuild",
        "form.jsx",
        "--bundle",
        "--minify",
        "--log-level=warning",
        "--outfile=form.js",
    )
    # The name of the draft is all that keeps rjsf's validator from taking the schema.
    shown = {key: value for key, value in spec.items() if key not in {"$schema", "title", "description"}}
    data = json.dumps({"spec": shown, "data": EXAMPLE}).replace("</", "<\\/")
    page = BUILD / "form.html"
    page.write_text(
        "<!doctype html><html lang=en><meta charset=utf-8><title></title>"
        f"<style>{(SOURCE / 'form.css').read_text()}</style>"
        f"<div id=form></div><script type=application/json id=spec>{data}</script><script src=form.js></script>"
    )
    return page


def run(*command: str) -> None:
    """Run a tool of the form's own folder."""
    subprocess.run(command, check=True, cwd=BUILD)


def photograph(page: Path, group: str, picture: Path) -> None:
    """A picture of the whole page, or of one group; the page has its height in its title."""
    address = f"{page.as_uri()}#{group}" if group else page.as_uri()
    dom = browse("--dump-dom", f"--window-size={WIDTH},200", address).decode()
    height = re.search(r"<title>(\d+)</title>", dom)
    if height is None:
        raise SystemExit(f"The form did not render: {dom[:500]}")
    browse(f"--screenshot={picture}", f"--window-size={WIDTH},{height[1]}", "--hide-scrollbars", address)
    print(f"{picture.relative_to(ROOT)}: {WIDTH} x {height[1]}")


def browse(*options: str) -> bytes:
    """Run the browser once, with a profile that is thrown away."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise SystemExit("No chromium found: apt-get install chromium")
    with tempfile.TemporaryDirectory() as profile:
        command = [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            f"--user-data-dir={profile}",
            "--virtual-time-budget=5000",
            *options,
        ]
        return subprocess.run(command, check=True, capture_output=True, timeout=120).stdout


if __name__ == "__main__":
    main()
