"""Containers that tests run: limits like the platform's, stdin piece by piece, and gone in the end whatever happens."""

import json
import subprocess
import tempfile
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

LIMITS: Final = ("--read-only", "--memory", "512m", "--user", "1000", "--network", "host")


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

    def well(self) -> "Ended":
        """The same, if the run went well."""
        demand(self.code == 0, f"it ended with {self.code}: {self.stderr or self.stdout.decode()}"[:2000])
        return self

    def one(self, kind: str) -> dict[str, Any]:
        """The only message of this kind of a run that went well."""
        self.well()
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


def docker(*arguments: str) -> bytes:
    """What docker prints on stdout; `WrongImageError` if it fails."""
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
