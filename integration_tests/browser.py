"""A real browser, driven through chromedriver: the W3C protocol is JSON over HTTP and needs no library of its own."""

import base64
import json
import shutil
import subprocess
import tempfile
import time
from types import TracebackType
from typing import Any, Final, Self

import requests

CHROMIUM: Final = shutil.which("chromium")
CHROMEDRIVER: Final = shutil.which("chromedriver")

_ARGUMENTS: Final = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
)


class Browser:
    """Starts on entering, with a profile that is thrown away; ends on leaving."""

    def __init__(self, *, language: str = "pt-BR") -> None:
        self._language = language

    def __enter__(self) -> Self:
        assert CHROMIUM
        assert CHROMEDRIVER
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._driver = subprocess.Popen([CHROMEDRIVER, "--port=0"], stdout=subprocess.PIPE, text=True)
        assert self._driver.stdout is not None
        ready = next(line for line in self._driver.stdout if "started successfully on port" in line)
        self._url = f"http://127.0.0.1:{ready.rstrip().rstrip('.').rpartition(' ')[2]}/session"
        own = (f"--user-data-dir={self._profile.name}", f"--accept-lang={self._language}")
        wanted = {
            "goog:chromeOptions": {"binary": CHROMIUM, "args": [*_ARGUMENTS, *own]},
            "goog:loggingPrefs": {"performance": "ALL", "browser": "ALL"},
        }
        self._url += "/" + self._ask("", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            requests.delete(self._url, timeout=30)
        finally:
            self._driver.terminate()
            self._driver.wait(timeout=10)
            self._profile.cleanup()

    def _ask(self, command: str, content: object) -> Any:
        said = requests.post(self._url + command, json=content, timeout=60).json()["value"]
        assert not (isinstance(said, dict) and "error" in said), said
        return said

    def devtools(self, command: str, **parameters: Any) -> Any:
        """A command of the Chrome DevTools Protocol."""
        return self._ask("/goog/cdp/execute", {"cmd": command, "params": parameters})

    def resize(self, width: int, height: int, *, dark: bool = False) -> None:
        """Show pages on a screen of this size, in light or dark."""
        screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.devtools("Emulation.setDeviceMetricsOverride", **screen)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.devtools("Emulation.setEmulatedMedia", features=[scheme])

    def open(self, url: str) -> None:
        self._ask("/url", {"url": url})

    def run(self, script: str) -> Any:
        """What a script returns."""
        return self._ask("/execute/sync", {"script": script, "args": []})

    def text(self, selector: str) -> str:
        """What a person reads there."""
        return str(self.run(f"return document.querySelector({json.dumps(selector)})?.innerText ?? ''"))

    def click(self, selector: str) -> None:
        """A click as a person's: the element must be there and visible."""
        found = self._ask("/element", {"using": "css selector", "value": selector})
        self._ask(f"/element/{next(iter(found.values()))}/click", {})

    def wait_for(self, selector: str, text: str, seconds: float = 20) -> None:
        """Wait until a text can be read there."""
        end = time.monotonic() + seconds
        while text not in self.text(selector):
            assert time.monotonic() < end, f"{text!r} is not in {selector}: {self.text(selector)!r}"
            time.sleep(0.1)

    def screenshot(self) -> bytes:
        said = requests.get(f"{self._url}/screenshot", timeout=60).json()["value"]
        return base64.b64decode(said)

    def requested(self) -> list[str]:
        """Every address that pages have asked for since the last time."""
        entries = self._ask("/se/log", {"type": "performance"})
        events = [json.loads(entry["message"])["message"] for entry in entries]
        return [
            event["params"]["request"]["url"]
            for event in events
            if event["method"] == "Network.requestWillBeSent"
        ]

    def complaints(self) -> list[str]:
        """What pages have written to the console since the last time, errors and what their policy forbids among it."""
        return [entry["message"] for entry in self._ask("/se/log", {"type": "browser"})]
