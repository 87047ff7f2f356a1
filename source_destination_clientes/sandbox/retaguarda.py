"""Routes of the retaguarda API and of RAC: tokens, lotes, clientes, addresses, status at the stores."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from source_destination_clientes.sandbox import rules
from source_destination_clientes.sandbox.emulator import Emulator, Handler, envelope, parse, reply
from source_destination_clientes.sandbox.lotes import Lote

_OPENING: Final = frozenset({"0", "InicioEnvio"})
_SERVICES: Final = ("cliente", "dadosbasicos")
_ENDERECO: Final = 56
_VERSIONS: Final[Mapping[str, str]] = {"": "v1", "v2/": "v2", "v3/": "v3"}

RecordFaults = Callable[[Mapping[str, Any]], rules.Faults]


@dataclass(frozen=True, slots=True)
class RetaguardaRoutes:
    """Handlers of one emulator."""

    emulator: Emulator

    def routes(self) -> list[BaseRoute]:
        """Every route, for every version."""
        emulator = self.emulator
        routes: list[BaseRoute] = [
            Route("/totvs.rac/connect/token", emulator.operation("token", self.token), methods=["POST"]),
        ]
        for prefix, version in _VERSIONS.items():
            control = f"/controleprocesso/api/retaguarda/{prefix}"
            clientes = f"/cliente/api/retaguarda/{prefix}"
            routes += [
                self._guarded(f"{control}inquilinolotesexternos", "open", self.open, "POST"),
                self._guarded(
                    f"{control}inquilinolotesexternos/{{inquilino}}/{{lote}}", "close", self.close, "PUT"
                ),
                self._guarded(f"{clientes}clientes", "send", self._clientes(version), "POST"),
                self._guarded(f"{clientes}clienteenderecos", "send", self._enderecos(version), "POST"),
                *(
                    self._guarded(
                        f"/{service}/api/retaguarda/{prefix}dadosdinamicos/down/{{tipo:int}}/{{data_version:int}}",
                        "send",
                        self._dynamic(version),
                        "POST",
                    )
                    for service in _SERVICES
                ),
                self._guarded(f"{control}LojaLoteStatusRetorno", "status", self.status, "GET"),
                self._guarded(f"{control}LojaLoteStatusretorno", "status", self.status, "GET"),
                self._guarded(
                    f"{control}LoteExternoRetornos/{{inquilino}}/{{lote}}", "status", self.external, "GET"
                ),
            ]
        return routes

    def _guarded(self, path: str, name: str, handler: Handler, method: str) -> Route:
        """A route that wants a bearer token before it looks at anything else, the method included."""

        async def guarded(request: Request, body: bytes) -> Response:
            refusal = self.emulator.refusal(request)
            if refusal is not None:
                return refusal
            if request.method != method:
                return reply({"message": "Method Not Allowed"}, 405)
            return await handler(request, body)

        serve = self.emulator.operation(name, guarded)
        probe = self.emulator.operation("probe", guarded)

        async def route(request: Request) -> Response:
            return await (serve if request.method == method else probe)(request)

        return Route(path, route, methods=["GET", "POST", "PUT", "DELETE"])

    async def token(self, _request: Request, body: bytes) -> Response:
        """RAC's password grant."""
        form = {name: values[0] for name, values in parse_qs(body.decode(errors="replace")).items()}
        if form.get("grant_type") != "password" or form.get("scope") != "authorization_api":
            return reply({"error": "unsupported_grant_type"}, 400)
        if form.get("client_secret") in (None, "wrong") or not form.get("client_id"):
            return reply({"error": "invalid_client"}, 400)
        if form.get("password") in (None, "wrong") or not form.get("username"):
            return reply({"error": "invalid_grant", "error_description": "invalid_username_or_password"}, 400)
        token = self.emulator.make_token()
        expires = int(self.emulator.settings.token_seconds)
        return reply({"access_token": token, "expires_in": expires, "token_type": "Bearer"})

    async def open(self, _request: Request, body: bytes) -> Response:
        """Open a lote."""
        asked = parse(body)
        if (
            not isinstance(asked, dict)
            or not asked.get("idInquilino")
            or str(asked.get("status")) not in _OPENING
        ):
            return reply(envelope("Os campos status e idInquilino são obrigatórios", success=False), 400)
        inquilino = str(asked["idInquilino"])
        named = asked.get("tipoLote")
        tipos = [int(tipo) for tipo in named if str(tipo).isdecimal()] if isinstance(named, list) else []
        lote = self.emulator.lotes.open(inquilino, tipos)
        if lote is None:
            other = self.emulator.lotes.open_lote(inquilino)
            code = other.code if other else ""
            message = f"Não é possível solicitar um novo lote. Lote {code} em andamento"
            return reply(envelope(message, success=False, errors={"lote": code}), 400)
        data = {"id": lote.number, "loteOrigem": lote.code, "tipoLote": tipos}
        return reply(envelope("Lote criado com sucesso!", success=True, data=data))

    async def close(self, request: Request, _body: bytes) -> Response:
        """Close a lote."""
        lote = self._lote(request)
        if lote is None:
            return reply(envelope("Lote não encontrado", success=False), 404)
        if lote.closed_at is not None:
            return reply(envelope(f"O lote {lote.code} já está encerrado", success=False), 400)
        self.emulator.lotes.close(lote)
        return reply(envelope("Lote encerrado com sucesso!", success=True))

    def _lote(self, request: Request) -> Lote | None:
        return self.emulator.lotes.find(request.path_params["inquilino"], request.path_params["lote"])

    def _clientes(self, version: str) -> Handler:
        return self._receiver("cliente", version, lambda record: rules.cliente_faults(version, record))

    def _enderecos(self, version: str) -> Handler:
        return self._receiver("cliente_endereco", version, rules.endereco_faults)

    def _dynamic(self, version: str) -> Handler:
        """Whatever type of data the path names: the sandbox knows no list of types, as it knows no manifest."""

        async def receive(request: Request, body: bytes) -> Response:
            tipo = request.path_params["tipo"]
            if tipo == _ENDERECO:
                return await self._enderecos(version)(request, body)
            receive = self._receiver(f"tipo_{tipo}", version, rules.dynamic_faults, tipo)
            return await receive(request, body)

        return receive

    def _receiver(self, kind: str, version: str, check: RecordFaults, tipo: int | None = None) -> Handler:
        """Takes records of one kind. With a `tipo`, their lote must have been opened for it."""

        async def receive(request: Request, body: bytes) -> Response:
            records = parse(body)
            self._measure(kind, request, records, body)
            if (
                not isinstance(records, list)
                or not records
                or not all(isinstance(record, dict) for record in records)
            ):
                return _structural(version, "O corpo da requisição deve ser uma lista de registros")
            lote, trouble = self._lote_of(records)
            if lote is None:
                return reply(envelope(trouble, success=False), 400)
            if tipo is not None and tipo not in lote.tipos:
                return reply(envelope(f"O lote {lote.code} não é do tipo {tipo}", success=False), 400)
            lote.requests += 1
            lote.max_in_flight = max(lote.max_in_flight, self.emulator.in_flight)
            return _store(kind, version, records, lote, check)

        return receive

    def _measure(self, kind: str, request: Request, records: object, body: bytes) -> None:
        emulator = self.emulator
        number = len(records) if isinstance(records, list) else 0
        emulator.max_records = max(emulator.max_records, number)
        emulator.max_bytes = max(emulator.max_bytes, len(body))
        request.state.note = {"object": kind, "records": number, "bytes": len(body)}

    def _lote_of(self, records: list[dict[str, Any]]) -> tuple[Lote | None, str]:
        """The open lote that all records name; None and the reason otherwise."""
        named = {(str(record.get("idInquilino")), str(record.get("loteOrigem"))) for record in records}
        if len(named) != 1:
            return None, "Todos os registros devem ser do mesmo inquilino e lote"
        inquilino, code = named.pop()
        lote = self.emulator.lotes.find(inquilino, code)
        if lote is None:
            return None, f"Lote {code} não encontrado"
        if lote.closed_at is not None:
            return None, f"O lote {code} já está encerrado"
        return lote, ""

    async def status(self, request: Request, _body: bytes) -> Response:
        """How far each store is with a lote."""
        query = request.query_params
        lote = self.emulator.lotes.find(query.get("inquilino", ""), query.get("loteOrigem", ""))
        if lote is None:
            return reply(envelope("Lote não encontrado", success=False), 404)
        wanted = query.get("idRetaguardaLoja")
        stores = [
            store for store in self.emulator.lotes.status(lote) if wanted in (None, store["idRetaguardaLoja"])
        ]
        data = {"lote": lote.number, "loteOrigem": lote.code, "lojaLotes": stores}
        return reply(envelope("", success=True, data=data))

    async def external(self, request: Request, _body: bytes) -> Response:
        """The same for the lote as a whole."""
        lote = self._lote(request)
        if lote is None or lote.closed_at is None:
            return reply(envelope("Lote não encontrado", success=False), 404)
        stores = self.emulator.lotes.status(lote)
        errors = [{"tipoLote": 0, **error} for store in stores for error in store["errosIdentificados"]]
        status = max(store["status"] for store in stores)
        data = [{"loteOrigem": lote.code, "status": status, "errosIdentificados": errors}]
        return reply(envelope("", success=True, data=data))


def _store(
    kind: str, version: str, records: list[dict[str, Any]], lote: Lote, check: RecordFaults
) -> Response:
    """Keep the records; v3 keeps the good ones among bad ones, before that one bad record refuses all."""
    bad = [(record, faults) for record in records if (faults := check(record))]
    for record, faults in bad:
        lote.refuse(kind, record, faults)
    if bad and version != "v3":
        return _details(bad)
    if any(not record.get("idRetaguarda") for record, _ in bad):
        return _structural(version, "O campo idRetaguarda é obrigatório")
    refused = {id(record) for record, _ in bad}
    for record in records:
        if id(record) not in refused:
            lote.take(kind, record)
    if bad:
        return _named(bad)
    return reply(envelope("Requisição inserida com sucesso!", success=True))


def _details(bad: list[tuple[dict[str, Any], rules.Faults]]) -> Response:
    """The old form: what is wrong, but not with which record."""
    details = [
        {"guid": str(uuid.uuid4()), "code": "400", "message": message, "detailedMessage": f"Campo: {name}"}
        for _, faults in bad
        for name, message in faults
    ]
    return reply(
        {
            "code": "400",
            "message": "Erro de validação",
            "detailedMessage": "",
            "helpUrl": "",
            "details": details,
        },
        400,
    )


def _named(bad: list[tuple[dict[str, Any], rules.Faults]]) -> Response:
    """The form of v3: each error names its record."""
    errors: dict[str, Any] = {}
    for number, (record, faults) in enumerate(bad):
        messages: dict[str, list[str]] = {}
        for name, message in faults:
            messages.setdefault(name, []).append(message)
        errors[str(number)] = {"IdentificadorExterno": [str(record["idRetaguarda"])], **messages}
    return reply(envelope("Existem registros inválidos", success=False, errors=errors), 400)


def _structural(version: str, message: str) -> Response:
    if version == "v3":
        return reply(
            envelope("Requisição inválida", success=False, errors={"0": {"Mensagem": [message]}}), 400
        )
    return _details([({}, [("", message)])])
