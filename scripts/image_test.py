"""Run the images as the platform and as people do: mounted files, messages through pipes, nothing else to write to.

    python -m scripts.image_test [--image NAME] [--sandbox-image NAME]

The sandbox runs outside the container, on this machine's loopback; the container shares its network.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from integration_tests.harness import catalog, dead_letter, good, record, state
from integration_tests.sandbox_client import Sandbox
from scripts.containers import Container, Ended, WrongImageError, demand, docker, why_not
from scripts.requirements import Lock, name_of
from source_destination_clientes.__main__ import COMMANDS

DEFAULT_IMAGE: Final = "airbyte/destination-clientes:dev"
SANDBOX_IMAGE: Final = "destination-clientes-sandbox:dev"
STOP_SECONDS: Final = 30
_RECORDS: Final = 400
_BAD_EVERY: Final = 20
_STATE_EVERY: Final = 100
_ROOT: Final = Path(__file__).parents[1]
_PACKAGE: Final = "source_destination_clientes"
_FOR_PEOPLE: Final = [command.name for command in COMMANDS if not command.for_airbyte]
_NEED_THE_SANDBOX: Final = frozenset({"demo", "sandbox"})
_INVENTORY: Final = f"""
import importlib, importlib.metadata, json, pkgutil
import {_PACKAGE} as package
broken = {{}}
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    try:
        importlib.import_module(module.name)
    except ModuleNotFoundError as error:
        broken[module.name] = error.name
installed = [each.metadata["Name"] for each in importlib.metadata.distributions()]
print(json.dumps({{"broken": broken, "installed": installed}}))
"""
"""Run in the image: what is installed there, and which modules of ours miss a package."""


@dataclass
class ImageTest:
    """The steps, each of which raises `WrongImageError` or returns what it saw."""

    image: str
    folder: Path
    sandbox_image: str = SANDBOX_IMAGE

    def steps(self) -> dict[str, Callable[[], str]]:
        """Every step by its name, in order."""
        return {
            "image": self.settings,
            "packages": self.packages,
            "spec": self.spec,
            "check": self.check,
            "discover": self.discover,
            "write": self.write,
            "stop": self.stop,
            "preview": self.preview,
            "replay": self.replay,
            "status": self.status,
            "help": self.help,
            "demo": self.demo,
        }

    def settings(self) -> str:
        """The image says who it is, and runs without privileges."""
        found = json.loads(docker("image", "inspect", self.image))[0]
        config = found["Config"]
        environment = dict(entry.split("=", 1) for entry in config["Env"])
        demand(
            environment.get("AIRBYTE_ENTRYPOINT") == " ".join(config["Entrypoint"]),
            f"AIRBYTE_ENTRYPOINT is {environment.get('AIRBYTE_ENTRYPOINT')!r}, the entrypoint {config['Entrypoint']}",
        )
        demand(environment.get("PYTHONUNBUFFERED") == "1", "states would wait in a buffer")
        demand(config["User"].split(":")[0] == "1000", f"it runs as {config['User'] or 'root'!r}")
        version = tomllib.loads((_ROOT / "pyproject.toml").read_text())["tool"]["poetry"]["version"]
        labels = config["Labels"] or {}
        demand(labels.get("io.airbyte.version") == version, f"its label is not version {version}: {labels}")
        demand(labels.get("io.airbyte.name"), "no label io.airbyte.name")
        tools = ["sh", "-c", "command -v gcc cc make poetry; ls /opt/destination/bin/pip; true"]
        left = docker("run", "--rm", "--entrypoint", tools[0], self.image, *tools[1:]).decode().split()
        demand(not left, f"it ships what only a build needs: {left}")
        return f"version {version}, {found['Size'] / 1e6:.0f} MB"

    def packages(self) -> str:
        """What is installed is what the lock says the command needs, and no module but the sandbox's misses any."""
        seen = json.loads(docker("run", "--rm", "--entrypoint", "python", self.image, "-c", _INVENTORY))
        installed = {name_of(each) for each in seen["installed"]} - {"airbyte-destination-clientes"}
        wanted = {name_of(each["name"]) for each, marker in Lock().chosen(["command"]) if marker is None}
        demand(installed == wanted, f"what is installed differs from what is needed: {installed ^ wanted}")
        sandbox = (f"{_PACKAGE}.sandbox", f"{_PACKAGE}.commands.demo", f"{_PACKAGE}.commands.sample")
        broken = {name: gone for name, gone in seen["broken"].items() if not name.startswith(sandbox)}
        demand(broken == {f"{_PACKAGE}.destination": "airbyte_cdk"}, f"modules that miss a package: {broken}")
        return f"{len(installed)} packages"

    def spec(self) -> str:
        """The specification, from the image alone."""
        message = Container(self.image, ["spec"]).to_its_end().one("SPEC")
        properties = message["spec"]["connectionSpecification"]["properties"]
        demand("credentials" in properties, f"no credentials among {sorted(properties)}")
        return f"{len(properties)} settings"

    def check(self) -> str:
        """A check that succeeds, and one that fails with words."""
        with Sandbox() as sandbox:
            status = self._container("check", sandbox.config()).to_its_end().one("CONNECTION_STATUS")
            words = status["connectionStatus"]
            demand(words["status"] == "SUCCEEDED", f"{words}")
            sandbox.fault("token", "status", status=401)
            refused = self._container("check", sandbox.config()).to_its_end().one("CONNECTION_STATUS")
        words = refused["connectionStatus"]
        demand(words["status"] == "FAILED" and words.get("message"), f"refused credentials: {words}")
        return "succeeds, and fails where the credentials are refused"

    def discover(self) -> str:
        """What can be written."""
        with Sandbox() as sandbox:
            message = self._container("discover", sandbox.config()).to_its_end().one("DESTINATION_CATALOG")
        operations = message["destination_catalog"]["operations"]
        demand(operations, "no operations")
        return f"{len(operations)} operations"

    def write(self) -> str:
        """Good and bad clientes: counted in the states, seen by the tills or in the dead letter."""
        letters = self._letters("letters")
        records = [good(number) for number in range(_RECORDS)]
        bad = records[_BAD_EVERY - 1 :: _BAD_EVERY]
        for each in bad:
            each["nome"] = None
        with Sandbox(latency_ms=15) as sandbox:
            config = sandbox.config(object_storage_config={"storage_type": "Local", "path": "/local/letters"})
            container = self._container("write", config, {letters: "/local/letters"})
            ended = container.to_its_end(list(_with_states(records)))
            tills, open_lotes = sandbox.clientes(), sandbox.state()["open_lotes"]
        demand(ended.code == 0, f"it ended with {ended.code}: {ended.stderr[-2000:]}{ended.stdout[-2000:]!r}")
        states = [message["state"] for message in ended.messages if message["type"] == "STATE"]
        ids = [each["id"] for each in states]
        demand(ids == list(range(_STATE_EVERY, _RECORDS + 1, _STATE_EVERY)), f"the states are {ids}")
        accepted = sum(each["destinationStats"]["recordCount"] for each in states)
        rejected = sum(each["destinationStats"]["rejectedRecordCount"] for each in states)
        expected = (_RECORDS - len(bad), len(bad))
        demand(
            (accepted, rejected) == expected, f"the states count {accepted} and {rejected}, not {expected}"
        )
        lost = {each["idRetaguarda"] for each in bad}
        wanted = {each["idRetaguarda"] for each in records} - lost
        demand(set(tills) == wanted, f"the tills see {len(tills)} clientes, not {len(wanted)}")
        rows = {row["key"] for row in dead_letter(letters)}
        demand(rows == lost, f"the dead letter has {len(rows)} of {len(lost)} rejected records")
        demand(open_lotes == 0, f"{open_lotes} lotes are still open")
        return f"{accepted:.0f} accepted, {rejected:.0f} rejected, {len(states)} states"

    def stop(self) -> str:
        """`docker stop` in the middle of a write closes the lote and ends the process with an error."""
        records = [good(number) for number in range(2000)]
        with Sandbox(latency_ms=100) as sandbox:
            config = sandbox.config(lote={"records_per_lote": 200, "concurrent_requests": 1})
            container = self._container("write", config)
            with (self.folder / "output").open("wb") as output, container.running(output):
                container.feed(list(_with_states(records)), close=False)
                _wait(
                    lambda: (
                        sandbox.state()["open_lotes"] and b'"STATE"' in (self.folder / "output").read_bytes()
                    ),
                    "a state and an open lote",
                )
                asked = time.monotonic()
                docker("stop", "--time", str(STOP_SECONDS), container.name)
                code = container.process.wait(STOP_SECONDS)
                seconds = time.monotonic() - asked
            open_lotes, tills = sandbox.state()["open_lotes"], sandbox.clientes()
        # 137 is what remains of a process that did not heed SIGTERM.
        demand(code not in {0, 137}, f"the stopped write ended with {code}")
        demand(seconds < STOP_SECONDS, f"it took {seconds:.1f} s to stop")
        demand(open_lotes == 0, f"{open_lotes} lotes are still open")
        messages = Ended(code, (self.folder / "output").read_bytes(), "").messages
        last = max(message["state"]["id"] for message in messages if message["type"] == "STATE")
        demand(last < len(records), "everything had been written before the stop")
        missing = {each["idRetaguarda"] for each in records[:last]} - set(tills)
        demand(not missing, f"{len(missing)} clientes of acknowledged states are missing")
        return f"status {code} after {seconds:.1f} s, {last} of {len(records)} records acknowledged, no open lote"

    def preview(self) -> str:
        """What would be sent of a file, without a network's answer."""
        rows = self.folder / "preview"
        rows.mkdir()
        (rows / "clientes.jsonl").write_text("".join(json.dumps(good(number)) + "\n" for number in range(3)))
        rows.chmod(0o755)
        with Sandbox() as sandbox:
            container = self._container("preview", sandbox.config(), {rows: "/rows:ro"})
            container.arguments = [*container.arguments, "--input", "/rows/clientes.jsonl", "--json"]
            shown = json.loads(container.to_its_end().well().stdout)
            demand(not sandbox.requests("send"), "a preview sent something")
        demand(shown["would_send"] == 3, f"it shows {shown}")
        return "3 clientes shown, none sent"

    def replay(self) -> str:
        """A record that was rejected reaches the tills once the mapping is right."""
        letters = self._letters("replayed")
        renamed = {**good(1), "nome": None, "full_name": "Cliente 1"}
        mapped = [{"stream": "clientes", "fields": [{"field": "nome", "value": "full_name"}]}]
        with Sandbox() as sandbox:
            storage = {"storage_type": "Local", "path": "/local/letters"}
            config = sandbox.config(object_storage_config=storage)
            mounts = {letters: "/local/letters"}
            self._container("write", config, mounts).to_its_end([record(renamed), state(1)]).well()
            demand(not sandbox.clientes(), "a cliente without a name was sent")
            container = self._container("replay", {**config, "streams": mapped}, mounts)
            container.to_its_end().well()
            demand(
                set(sandbox.clientes()) == {renamed["idRetaguarda"]}, "what was replayed is not at the tills"
            )
        return "1 rejected record sent again"

    def status(self) -> str:
        """How far the shops are with a lote."""
        with Sandbox(store_delay_seconds=0) as sandbox:
            self._container("write", sandbox.config()).to_its_end([record(good(1)), state(1)]).well()
            lote = sandbox.state()["lotes"][0]["loteOrigem"]
            container = self._container("status", sandbox.config())
            container.arguments = [*container.arguments, "--lote", lote, "--json"]
            shown = json.loads(container.to_its_end().well().stdout)["stores"]
        demand(shown, "no shop is shown")
        return f"{len(shown)} shops"

    def help(self) -> str:
        """Every command of the table tells its options, in the image that has what it needs."""
        for name in _FOR_PEOPLE:
            image = self.sandbox_image if name in _NEED_THE_SANDBOX else self.image
            words = docker(
                "run", "--rm", "--entrypoint", "destination-clientes", image, name, "--help"
            ).decode()
            demand(f"destination-clientes {name}" in words, f"{name} --help says {words[:200]!r}")
        return ", ".join(_FOR_PEOPLE)

    def demo(self) -> str:
        """The demo in the sandbox's image, where it has what it needs."""
        arguments = ("demo", "--records", "200", "--output", "/tmp/demo", "--json")
        shown = json.loads(
            docker("run", "--rm", "--entrypoint", "destination-clientes", self.sandbox_image, *arguments)
        )
        demand(shown["accepted"] > 0, f"it shows {shown}")
        return f"{shown['accepted']} of 200 accepted"

    def _letters(self, name: str) -> Path:
        letters = self.folder / name
        letters.mkdir()
        letters.chmod(0o777)
        return letters

    def _container(
        self, verb: str, config: Mapping[str, Any], mounts: Mapping[Path, str] | None = None
    ) -> Container:
        files = Path(tempfile.mkdtemp(dir=self.folder))
        (files / "config.json").write_text(json.dumps(config))
        (files / "catalog.json").write_text(json.dumps(catalog()))
        files.chmod(0o755)
        arguments = [verb, "--config", "/secrets/config.json"]
        if verb == "write":
            arguments += ["--catalog", "/secrets/catalog.json"]
        return Container(self.image, arguments, {files: "/secrets:ro", **(mounts or {})})


def _with_states(records: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for position, each in enumerate(records, start=1):
        yield record(each)
        if position % _STATE_EVERY == 0:
            yield state(position)


def _wait(found: Callable[[], object], words: str, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not found():
        demand(time.monotonic() < end, f"no {words} within {seconds} s")
        time.sleep(0.05)


def main(argv: Sequence[str] | None = None) -> int:
    """Run every step; 1 as soon as one fails."""
    parser = argparse.ArgumentParser(prog="image_test", description=__doc__.partition("\n")[0])
    parser.add_argument("--image", default=DEFAULT_IMAGE, help=f"default {DEFAULT_IMAGE}")
    parser.add_argument("--sandbox-image", default=SANDBOX_IMAGE, help=f"default {SANDBOX_IMAGE}")
    options = parser.parse_args(argv)
    if reason := why_not(options.image) or why_not(options.sandbox_image):
        sys.stderr.write(f"{reason}\n")
        return 2
    with tempfile.TemporaryDirectory() as name:
        # The container's user enters it.
        Path(name).chmod(0o755)
        for title, step in ImageTest(options.image, Path(name), options.sandbox_image).steps().items():
            started = time.monotonic()
            try:
                words = step()
            except (WrongImageError, subprocess.TimeoutExpired) as error:
                print(f"FAILED  {title:<9} {error}")
                return 1
            print(f"ok      {title:<9} {time.monotonic() - started:5.1f} s  {words}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
