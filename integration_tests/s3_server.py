"""An S3 server as a process of its own, and what tests ask of it."""

import contextlib
import gzip
import json
import os
import re
import socket
import subprocess
import sys
import threading
from types import TracebackType
from typing import Any, Self
from xml.etree import ElementTree as ET

import requests

_SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/s3/aws4_request"}
"""A signature that the server believes while it checks none; without one it takes a reader for the public."""

_NAMESPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"


def storage_at(url: str, **overrides: Any) -> dict[str, Any]:
    """The `object_storage_config` that points to a server."""
    return {
        "storage_type": "S3",
        "s3_bucket_name": "rejected",
        "s3_bucket_region": "us-east-1",
        "bucket_path": "airbyte/rejected",
        "s3_endpoint": url,
        "access_key_id": "AKIDEXAMPLE",
        "secret_access_key": "s3cret-of-s3",
        **overrides,
    }


class Gate:
    """A port of its own before a server: closed, it refuses connections; open, it passes them on; stuck, it says nothing."""

    def __init__(self, behind: str) -> None:
        self._behind = ("127.0.0.1", int(behind.rpartition(":")[2]))
        # Bound and not listening: nobody else gets the port, and connections are refused.
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def open(self) -> None:
        self._socket.listen()
        threading.Thread(target=self._pass_on, daemon=True).start()

    def get_stuck(self) -> None:
        self._socket.listen()

    def wait_for_somebody(self) -> socket.socket:
        self._socket.settimeout(30)
        return self._socket.accept()[0]

    def close(self) -> None:
        self._socket.close()

    def _pass_on(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                here = self._socket.accept()[0]
                there = socket.create_connection(self._behind)
                for pair in ((here, there), (there, here)):
                    threading.Thread(target=self._copy, args=pair, daemon=True).start()

    @staticmethod
    def _copy(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


class S3Server:
    """Starts on entering, with one bucket; ends on leaving, if it was not ended before."""

    bucket = "rejected"

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
        # So many calls may come unsigned: those of the tests.
        environment = {**os.environ, "INITIAL_NO_AUTH_ACTION_COUNT": "1000000", "PYTHONUNBUFFERED": "1"}
        self._process = subprocess.Popen(
            command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
        )
        self.url = self._address()
        requests.put(f"{self.url}/{self.bucket}", timeout=30).raise_for_status()
        return self

    def _address(self) -> str:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            if found := re.search(rb"Running on (http://127\.0\.0\.1:\d+)", line):
                # Its log would fill the pipe sooner or later.
                threading.Thread(target=self._process.stderr.read, daemon=True).start()
                return found[1].decode()
        raise AssertionError("the S3 server did not start")

    def die(self) -> None:
        """End at once."""
        self._process.kill()
        self._process.wait()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.die()

    def refuse_keys(self) -> None:
        """From now on take no keys, since there is no user they could belong to."""
        requests.post(f"{self.url}/moto-api/reset-auth", data="0", timeout=30).raise_for_status()

    def keep_versions(self) -> None:
        """Remember what is deleted."""
        body = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
        requests.put(f"{self.url}/{self.bucket}?versioning", data=body, timeout=30).raise_for_status()

    def history(self) -> list[tuple[str, str]]:
        """What was ever written or deleted, if versions are kept: what it was, and the name of the object."""
        response = requests.get(f"{self.url}/{self.bucket}?versions", timeout=30)
        tree = ET.fromstring(response.content)
        kinds = [
            element
            for element in tree
            if element.tag in {f"{_NAMESPACE}Version", f"{_NAMESPACE}DeleteMarker"}
        ]
        return [
            (element.tag.removeprefix(_NAMESPACE), element.findtext(f"{_NAMESPACE}Key") or "")
            for element in kinds
        ]

    def names(self) -> list[str]:
        """Every object."""
        response = requests.get(f"{self.url}/{self.bucket}?list-type=2", timeout=30)
        response.raise_for_status()
        tree = ET.fromstring(response.content)
        return [element.text or "" for element in tree.iter(f"{_NAMESPACE}Key")]

    def get(self, name: str) -> bytes:
        response = requests.get(f"{self.url}/{self.bucket}/{name}", headers=_SIGNED, timeout=30)
        response.raise_for_status()
        return gzip.decompress(response.content) if name.endswith(".gz") else response.content

    def parts(self) -> list[str]:
        """The objects that have rejected records: reports and the journal are beside them."""
        return [name for name in self.names() if ".jsonl" in name and not name.endswith(".settled")]

    def rows(self) -> list[dict[str, Any]]:
        """Every row of every part."""
        return [json.loads(line) for name in self.parts() for line in self.get(name).splitlines()]

    def config(self, **overrides: Any) -> dict[str, Any]:
        """The `object_storage_config` that points here."""
        return storage_at(self.url, **{"s3_bucket_name": self.bucket, **overrides})
