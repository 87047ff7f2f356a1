"""A call of the sandbox's application without a server: starlette's own test client wants an HTTP library of its own."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from source_destination_clientes.sandbox.app import create_app
from source_destination_clientes.sandbox.emulator import SandboxSettings

BEARER = {"authorization": "Bearer sandbox-token"}


@dataclass
class Said:
    """An answer of the application."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Connection:
    """What uvicorn keeps behind `receive`: the transport, which can be hung up."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.transport = self
        self.options: list[tuple[Any, ...]] = []
        self.aborted = False

    async def receive(self) -> dict[str, Any]:
        return {"type": "http.request", "body": self.body}

    def get_extra_info(self, name: str) -> "Connection":
        assert name == "socket"
        return self

    def setsockopt(self, *option: Any) -> None:
        self.options.append(option)

    def abort(self) -> None:
        self.aborted = True


class App:
    """A fresh sandbox in this very process."""

    def __init__(self, **settings: Any) -> None:
        self.app = create_app(SandboxSettings(**{"store_delay": 0.0, **settings}))

    async def ask(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str], query: Mapping[str, str]
    ) -> Said:
        said = Said()

        self.connection = Connection(body)

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                said.status = message["status"]
                said.headers = {key.decode(): value.decode() for key, value in message["headers"]}
            else:
                said.body += message.get("body", b"")

        named = {"host": "127.0.0.1", "content-type": "application/json", **headers}
        raw = [(key.encode(), value.encode()) for key, value in named.items()]
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "headers": raw,
            "query_string": urlencode(query).encode(),
        }
        await self.app(
            {**scope, "http_version": "1.1", "root_path": "", "scheme": "http"}, self.connection.receive, send
        )
        return said

    def __call__(
        self, method: str, path: str, body: object = b"", *, headers: Mapping[str, str] = BEARER, **query: Any
    ) -> Said:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return asyncio.run(self.ask(method, path, raw, headers, query))

    def control(self, path: str, body: object = None, method: str = "") -> Any:
        """A route that steers or inspects the sandbox."""
        said = self(
            method or ("GET" if body is None else "POST"),
            f"/_sandbox/{path}",
            body if body is not None else b"",
        )
        return said.json

    def open(self, **changes: Any) -> Said:
        asked = {"status": 0, "tipoLote": [0], "idInquilino": "inq", **changes}
        return self("POST", "/controleprocesso/api/retaguarda/v2/inquilinolotesexternos", asked)

    def opened(self) -> str:
        code: str = self.open().json["data"]["loteOrigem"]
        return code

    def close(self, code: str, inquilino: str = "inq") -> Said:
        return self("PUT", f"/controleprocesso/api/retaguarda/v2/inquilinolotesexternos/{inquilino}/{code}")

    def send(self, *records: object, version: str = "v2/", path: str = "clientes") -> Said:
        return self("POST", f"/cliente/api/retaguarda/{version}{path}", list(records))

    def status(self, code: str, **query: Any) -> Said:
        path = "/controleprocesso/api/retaguarda/v2/LojaLoteStatusRetorno"
        return self("GET", path, inquilino="inq", loteOrigem=code, **query)


def cliente(lote: str, key: str = "C-1", **changes: Any) -> dict[str, Any]:
    """A record that every version takes."""
    return {
        "idInquilino": "inq",
        "idProprietario": "p",
        "idRetaguarda": key,
        "loteOrigem": lote,
        "nome": "Ana",
        "cpfCnpj": "52998224725",
        "pessoaFisica": 1,
        "situacao": 1,
        **changes,
    }
