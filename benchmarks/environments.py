"""The contenders, and the environment each gets for itself."""

import hashlib
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
BUILD: Final = ROOT / "build" / "bench"
_CONTENDERS: Final = Path(__file__).with_name("contenders")


@dataclass(frozen=True, slots=True)
class Contender:
    """`form` is what it reads; `package` the one whose version is reported; `arguments` follow the script."""

    name: str
    script: str
    title: str
    package: str
    form: str = "airbyte"
    arguments: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        return BUILD / self.name

    @property
    def requirements(self) -> Path:
        return _CONTENDERS / "requirements" / f"{self.name}.txt"

    def command(self) -> list[str]:
        return [str(self.folder / "bin" / "python"), str(_CONTENDERS / self.script), *self.arguments]

    def version(self) -> str:
        """The pinned version of its main package."""
        for line in self.requirements.read_text().splitlines():
            name, _, version = line.partition("==")
            if name == self.package:
                return version
        raise LookupError(f"{self.requirements.name} pins no {self.package}")

    def install(self) -> None:
        """Make its environment, unless it is there with the same pins. Raises `RuntimeError` when that fails."""
        pins = hashlib.sha256(self.requirements.read_bytes()).hexdigest()
        marker = self.folder / "installed"
        if marker.exists() and marker.read_text() == pins:
            return
        print(f"installing {self.name}", flush=True)
        pip = [
            str(self.folder / "bin" / "pip"),
            "install",
            "--quiet",
            "--requirement",
            str(self.requirements),
        ]
        for command in ([sys.executable, "-m", "venv", "--clear", str(self.folder)], pip):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise RuntimeError(
                    done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "no reason given"
                )
        marker.write_text(pins)


CONTENDERS: Final = (
    Contender("sequential", "sequential.py", "script: json, requests, one request at a time", "requests"),
    Contender("threads", "threads.py", "script: orjson, requests, 16 threads", "orjson"),
    Contender(
        "cdk",
        "cdk.py",
        "naive destination on the CDK",
        "airbyte-cdk",
        arguments=("write", "--config", str(BUILD / "empty.json"), "--catalog", str(BUILD / "catalog.json")),
    ),
    Contender("singer", "singer.py", "singer-sdk target with a BatchSink", "singer-sdk", form="singer"),
    Contender("dlt", "dlt_custom.py", "dlt pipeline into a custom destination", "dlt"),
    Contender("drt", "drt.py", "drt from SQLite to its REST destination", "drt-core", form="sqlite"),
)
