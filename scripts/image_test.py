"""Run the image as the platform does: mounted config and catalog, messages through pipes, nothing else to write to.

    python -m scripts.image_test [--image NAME]

The sandbox runs outside the container, on this machine's loopback; the container shares its network.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from integration_tests.harness import catalog, dead_letter, good, record, state
from integration_tests.sandbox_client import Sandbox

DEFAULT_IMAGE: Final = "airbyte/destination-clientes:dev"
LIMITS: Final = ("--read-only", "--memory", "512m", "--user", "1000", "--network", "host")
STOP_SECONDS: Final = 30
_RECORDS: Final = 400
_BAD_EVERY: Final = 20
_STATE_EVERY: Final = 100
_ROOT: Final = Path(__file__).parents[1]


class WrongImageError(Exception):
    """The image does not do what the platform relies on."""


def demand(condition: object, words: str) -> None:
    """Raise `WrongImageError` with these words unless the condition holds."""
    if not condition:
        raise WrongImageError(words)


@dataclass
class Ended:
    """The exit status and the output of a container."""

    code: int
    stdout: bytes
    stderr: str

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The protocol messages, in order."""
        return [json.loads(line) for line in self.stdout.splitlines() if line.endswith(b"}")]

    def one(self, kind: str) -> dict[str, Any]:
        """The only message of this kind of a run that went well."""
        demand(self.code == 0, f"it ended with {self.code}: {self.stderr or self.stdout.decode()}"[:2000])
        found = [message for message in self.messages if message["type"] == kind]
        demand(len(found) == 1, f"{len(found)} messages of type {kind} instead of one")
        return found[0]


@dataclass
class Container:
    """A container that is given its stdin piece by piece."""

    image: str
    arguments: Sequence[str]
    mounts: Mapping[Path, str] = field(default_factory=dict)

    @contextmanager
    def running(self, output: IO[bytes]) -> Iterator["Container"]:
        """Start it, its stdout going to `output`; whatever happens, it is gone in the end."""
        self.name = f"destination-clientes-{uuid.uuid4().hex[:12]}"
        mounts = [part for path, target in self.mounts.items() for part in ("--volume", f"{path}:{target}")]
        command = ["docker", "run", "-i", "--rm", "--name", self.name, *LIMITS, *mounts]
        with tempfile.TemporaryFile() as errors:
            self.process = subprocess.Popen(
                [*command, self.image, *self.arguments], stdin=subprocess.PIPE, stdout=output, stderr=errors
            )
            try:
                yield self
            finally:
                if self.process.poll() is None:
                    subprocess.run(["docker", "rm", "--force", self.name], capture_output=True, check=False)
                    self.process.wait(60)
                errors.seek(0)
                self.stderr = errors.read().decode(errors="replace")

    def feed(self, messages: Sequence[Mapping[str, Any]], *, close: bool) -> threading.Thread:
        """Write messages to stdin from a thread of its own: the connector takes them at its own pace."""
        stdin = self.process.stdin
        assert stdin is not None

        def work() -> None:
            try:
                for message in messages:
                    stdin.write(json.dumps(message).encode() + b"\n")
                stdin.flush()
                if close:
                    stdin.close()
            except BrokenPipeError:
                pass

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        return thread

    def to_its_end(self, messages: Sequence[Mapping[str, Any]] = (), timeout: float = 120) -> Ended:
        """Run it with these messages on stdin."""
        with tempfile.TemporaryFile() as output:
            with self.running(output):
                self.feed(messages, close=True)
                code = self.process.wait(timeout)
            output.seek(0)
            return Ended(code, output.read(), self.stderr)


@dataclass
class ImageTest:
    """The steps, each of which raises `WrongImageError` or returns what it saw."""

    image: str
    folder: Path

    def steps(self) -> dict[str, Callable[[], str]]:
        """Every step by its name, in order."""
        return {
            "image": self.settings,
            "spec": self.spec,
            "check": self.check,
            "discover": self.discover,
            "write": self.write,
            "stop": self.stop,
        }

    def settings(self) -> str:
        """The image says who it is, and runs without privileges."""
        found = json.loads(_docker("image", "inspect", self.image))[0]
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
        left = _docker("run", "--rm", "--entrypoint", tools[0], self.image, *tools[1:]).decode().split()
        demand(not left, f"it ships what only a build needs: {left}")
        return f"version {version}, {found['Size'] / 1e6:.0f} MB"

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
        letters = self.folder / "letters"
        letters.mkdir()
        letters.chmod(0o777)
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
                _docker("stop", "--time", str(STOP_SECONDS), container.name)
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


def _docker(*arguments: str) -> bytes:
    done = subprocess.run(["docker", *arguments], capture_output=True, check=False, timeout=120)
    demand(done.returncode == 0, f"docker {arguments[0]}: {done.stderr.decode(errors='replace')}")
    return done.stdout


def why_not(image: str) -> str | None:
    """What keeps the image from being run here, if anything."""
    try:
        subprocess.run(["docker", "version"], capture_output=True, check=True, timeout=30)
    except FileNotFoundError:
        return "docker is not installed"
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return "no docker engine answers"
    done = subprocess.run(["docker", "image", "inspect", image], capture_output=True, check=False, timeout=30)
    return None if done.returncode == 0 else f"there is no image {image}; `make image` builds it"


def main(argv: Sequence[str] | None = None) -> int:
    """Run every step; 1 as soon as one fails."""
    parser = argparse.ArgumentParser(prog="image_test", description=__doc__.partition("\n")[0])
    parser.add_argument("--image", default=DEFAULT_IMAGE, help=f"default {DEFAULT_IMAGE}")
    options = parser.parse_args(argv)
    if reason := why_not(options.image):
        sys.stderr.write(f"{reason}\n")
        return 2
    with tempfile.TemporaryDirectory() as name:
        # The container's user enters it.
        Path(name).chmod(0o755)
        for title, step in ImageTest(options.image, Path(name)).steps().items():
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
