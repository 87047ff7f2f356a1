"""Just enough of PDVSync's API for a sync: one lote at a time, its records, and who is refused."""

import json
from collections.abc import Callable
from typing import Any

from source_destination_clientes.http.transport import Answer, Request
from unit_tests.kit.fakes import ACCEPTING, answer


class FakePdvsync:
    """Answers requests as `FakeServer.reply`.

    `refuse` says which records are refused; with `names` the answer names them, else it refuses the whole request. `stored` has
    the records that were accepted, `tills` the keys of those whose lote is closed.
    """

    def __init__(
        self, refuse: Callable[[dict[str, Any]], bool] = lambda _: False, *, names: bool = False
    ) -> None:
        self.refuse = refuse
        self.names = names
        self.open: list[str] = []
        self.closed: list[str] = []
        self.lotes: dict[str, list[str]] = {}
        self.stored: dict[str, dict[str, Any]] = {}
        self.sends: list[list[str]] = []
        self.tipos: list[list[int]] = []

    def __call__(self, request: Request) -> Answer:
        match request.operation:
            case "open a lote":
                return self.open_lote(request)
            case "close the lote":
                return self.close_lote(request.url.rsplit("/", 1)[1])
            case "ask for the status of a lote":
                assert request.params is not None
                return self._status(request.params["loteOrigem"])
        return self._send(json.loads(request.body))

    @property
    def tills(self) -> set[str]:
        return {key for code in self.closed for key in self.lotes.get(code, ())}

    def open_lote(self, request: Request) -> Answer:
        if self.open:
            body = {
                "success": False,
                "message": f"Não é possível solicitar um novo lote. Lote {self.open[0]} em andamento",
            }
            return answer(body, 400)
        code = f"L-{len(self.closed) + 1}"
        self.tipos.append(json.loads(request.body)["tipoLote"])
        self.open.append(code)
        self.lotes[code] = []
        return answer({"success": True, "data": {"loteOrigem": code, "id": 99}})

    def close_lote(self, code: str) -> Answer:
        if code not in self.open:
            return answer({"success": False, "message": f"O lote {code} já está encerrado"}, 400)
        self.open.remove(code)
        self.closed.append(code)
        return answer(b"")

    def _status(self, code: str) -> Answer:
        if code not in self.closed:
            return answer({"success": False, "message": "Lote não encontrado"}, 404)
        shop = {"idRetaguardaLoja": "0101", "status": 6, "errosIdentificados": [{"idRetaguarda": "C-1"}]}
        return answer({"success": True, "data": {"lojaLotes": [shop]}})

    def _send(self, records: list[dict[str, Any]]) -> Answer:
        assert [record["loteOrigem"] for record in records] == self.open * len(records)
        self.sends.append([record["idRetaguarda"] for record in records])
        bad = [record for record in records if self.refuse(record)]
        if bad and not self.names:
            return answer({"code": "400", "message": "Erro", "details": [{"message": "nome"}]}, 400)
        for record in records:
            if record not in bad:
                self.stored[record["idRetaguarda"]] = record
                self.lotes[record["loteOrigem"]].append(record["idRetaguarda"])
        if bad:
            errors = {
                str(n): {"IdentificadorExterno": [r["idRetaguarda"]], "nome": ["x"]}
                for n, r in enumerate(bad)
            }
            return answer({"success": False, "errors": errors}, 400)
        return answer(ACCEPTING)
