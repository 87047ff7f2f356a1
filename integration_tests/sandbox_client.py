"""The embedded sandbox as a process of its own, and what tests ask of it."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import requests


class Sandbox:
    """Starts on entering, ends on leaving; options are those of the command, with underscores."""

    stderr: int | None = None

    def __init__(self, **options: float | str) -> None:
        self._arguments = [
            part for name, value in options.items() for part in (f"--{name.replace('_', '-')}", str(value))
        ]
        self._process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "source_destination_clientes.sandbox", *self._arguments]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.stderr)
        assert self._process.stdout is not None
        ready = json.loads(self._process.stdout.readline())
        assert ready["event"] == "ready"
        self.url = ready["url"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        self._process.terminate()
        assert self._process.wait(timeout=10) == 0

    @property
    def peak_memory(self) -> int:
        """The most bytes of memory it has ever had; Linux only."""
        assert self._process is not None
        lines = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        return int(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) << 10

    def _get(self, path: str, **params: str) -> requests.Response:
        response = requests.get(f"{self.url}/_sandbox/{path}", params=params, timeout=30)
        response.raise_for_status()
        return response

    def _post(self, path: str, content: object) -> Any:
        response = requests.post(f"{self.url}/_sandbox/{path}", json=content, timeout=30)
        response.raise_for_status()
        return response.json()

    def fault(self, operation: str, kind: str, **details: Any) -> None:
        """Plan a misbehaviour."""
        self._post("faults", {"operation": operation, "kind": kind, **details})

    def faults(self) -> list[dict[str, Any]]:
        faults: list[dict[str, Any]] = self._get("faults").json()
        return faults

    def assert_all_faults_fired(self) -> None:
        """A fault that did not fire proves nothing."""
        assert self.faults()
        assert [fault for fault in self.faults() if not fault["complete"]] == []

    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = self._get("state").json()
        return state

    def requests(self, operation: str | None = None) -> list[dict[str, Any]]:
        log: list[dict[str, Any]] = self._get("requests").json()
        return [entry for entry in log if operation in (None, entry["operation"])]

    def clientes(self, *, pending: bool = False) -> dict[str, dict[str, Any]]:
        """What the tills can see, or with `pending` what is in open lotes, by idRetaguarda."""
        return self.records("cliente", pending=pending)

    def enderecos(self) -> dict[str, dict[str, Any]]:
        return self.records("cliente_endereco")

    def records(self, kind: str, *, pending: bool = False) -> dict[str, dict[str, Any]]:
        """The records of one kind, by idRetaguarda; dynamic data is called `tipo_` and its tipoLote."""
        params = {"pending": "1"} if pending else {}
        records = map(json.loads, self._get("clientes", **params).content.splitlines())
        return {record["idRetaguarda"]: record for record in records if record["_object"] == kind}

    def plant_lote(self, owner_closes_after: float | None = None) -> str:
        """Open a lote as another integration would; its code."""
        lote = {"idInquilino": "inq-1", "owner_closes_after": owner_closes_after}
        return str(self._post("lotes", lote)["loteOrigem"])

    def seed_customers(self, customers: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        made: list[dict[str, Any]] = self._post("customers", list(customers))
        return made

    def seed_files(self, files: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        made: list[dict[str, Any]] = self._post("files", list(files))
        return made

    def attachments(self) -> dict[str, Any]:
        attachments: dict[str, Any] = self._get("attachments").json()
        return attachments

    def config(self, **overrides: Any) -> dict[str, Any]:
        """A config that points here; overrides replace whole sections."""
        config: dict[str, Any] = {
            "environment": {
                "environment_type": "custom",
                "control_url": f"{self.url}/controleprocesso",
                "clientes_url": f"{self.url}/cliente",
                "dados_basicos_url": f"{self.url}/dadosbasicos",
            },
            "credentials": {
                "auth_type": "rac_password",
                "username": "integration",
                "password": "s3cret-password",
                "client_id": "client",
                "client_secret": "s3cret-client",
                "token_url": f"{self.url}/totvs.rac/connect/token",
            },
            "id_inquilino": "inq-1",
            "id_proprietario": "matriz",
        }
        return {**config, **overrides}

    def attach_config(self, **overrides: Any) -> dict[str, Any]:
        """The `attachments` section that points here."""
        return {
            "attachments_type": "attach_api",
            "base_url": f"{self.url}/attach-api",
            "api_key": "bs_sandbox_key",
            **overrides,
        }


def is_gone(url: str) -> bool:
    """Nobody listens there any more."""
    address = urlsplit(url)
    try:
        socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=5).close()
    except ConnectionRefusedError:
        return True
    return False
