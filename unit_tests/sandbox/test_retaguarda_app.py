"""The emulated retaguarda, route by route."""

from typing import Any
from urllib.parse import urlencode

import pytest

from source_destination_clientes.sandbox.rules import REFUSED_BY_API, REFUSED_BY_STORE
from unit_tests.kit.asgi import BEARER, App, Said, cliente

FORM = {
    "grant_type": "password",
    "scope": "authorization_api",
    "username": "u",
    "password": "p",
    "client_id": "c",
    "client_secret": "s",
}


def token(app: App, **changes: str) -> Said:
    form = {name: value for name, value in {**FORM, **changes}.items() if value}
    return app("POST", "/totvs.rac/connect/token", urlencode(form).encode(), headers={})


def test_a_token_opens_the_api_while_it_lives() -> None:
    app = App(token_seconds=600)
    said = token(app).json
    assert (said["expires_in"], said["token_type"]) == (600, "Bearer")
    path = "/controleprocesso/api/retaguarda/v2/LojaLoteStatusRetorno"
    assert app("GET", path, headers={"authorization": f"Bearer {said['access_token']}"}).status == 404
    short = App(token_seconds=0)
    dead = token(short).json["access_token"]
    assert short("GET", path, headers={"authorization": f"Bearer {dead}"}).status == 401


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"grant_type": "code"}, "unsupported_grant_type"),
        ({"scope": ""}, "unsupported_grant_type"),
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_id": ""}, "invalid_client"),
        ({"password": "wrong"}, "invalid_grant"),
        ({"username": ""}, "invalid_grant"),
    ],
)
def test_rac_says_what_is_wrong_with_a_grant(changes: dict[str, str], error: str) -> None:
    said = token(App(), **changes)
    assert (said.status, said.json["error"]) == (400, error)


@pytest.mark.parametrize(
    ("authorization", "status"),
    [("", 401), ("Bearer x", 401), ("Basic sandbox-token", 401), ("Bearer no-permission", 403)],
)
@pytest.mark.parametrize(
    "path",
    ["/controleprocesso/api/retaguarda/v2/inquilinolotesexternos", "/cliente/api/retaguarda/v3/clientes"],
)
def test_nothing_is_open_to_those_without_a_token(path: str, authorization: str, status: int) -> None:
    assert App()("POST", path, b"[]", headers={"authorization": authorization}).status == status


@pytest.mark.parametrize("prefix", ["", "v2/", "v3/"])
def test_a_lote_goes_its_way_in_every_version(prefix: str) -> None:
    app = App()
    code = app.opened()
    assert app.send(cliente(code), version=prefix).json["success"] is True
    assert app.control("state")["clientes"] == 0
    assert app.close(code).json["success"] is True
    assert app.control("state")["clientes"] == 1


@pytest.mark.parametrize("asked", [None, [], {"status": 1, "idInquilino": "inq"}, {"status": 0}])
def test_a_lote_needs_status_and_inquilino(asked: object) -> None:
    said = App()("POST", "/controleprocesso/api/retaguarda/v2/inquilinolotesexternos", asked)
    assert (said.status, said.json["success"]) == (400, False)


@pytest.mark.parametrize(("asked", "kept"), [([0, "56"], [0, 56]), (None, []), (13, []), (["²", None], [])])
def test_unknown_types_are_ignored(asked: object, kept: list[int]) -> None:
    assert App().open(tipoLote=asked).json["data"]["tipoLote"] == kept


def test_a_second_lote_is_refused_in_the_words_of_the_contract() -> None:
    app = App()
    code = app.opened()
    said = app.open()
    assert said.status == 400
    assert said.json["message"] == f"Não é possível solicitar um novo lote. Lote {code} em andamento"
    assert said.json["errors"] == {"lote": code}


def test_a_lote_is_closed_once_and_by_its_inquilino_only() -> None:
    app = App()
    code = app.opened()
    assert app.close(code, inquilino="other").status == 404
    assert app.close(code).status == 200
    again = app.close(code)
    assert (again.status, again.json["message"]) == (400, f"O lote {code} já está encerrado")


def test_a_closed_or_unknown_lote_takes_no_records() -> None:
    app = App()
    code = app.opened()
    app.close(code)
    assert "já está encerrado" in app.send(cliente(code)).json["message"]
    assert "não encontrado" in app.send(cliente("unknown")).json["message"]


def test_records_of_one_request_belong_to_one_lote() -> None:
    app = App()
    assert app.send(cliente(app.opened()), cliente("other")).status == 400


def test_v2_refuses_a_request_whole_and_says_not_whose_fault_it_is() -> None:
    app = App()
    code = app.opened()
    said = app.send(cliente(code), cliente(code, "C-2", nome=""))
    assert said.status == 400
    assert [detail["message"] for detail in said.json["details"]] == ["O campo nome é obrigatório"]
    assert b"C-2" not in said.body
    app.close(code)
    assert app.control("state")["clientes"] == 0


def test_v3_keeps_the_good_ones_and_names_the_bad_ones() -> None:
    app = App()
    code = app.opened()
    said = app.send(cliente(code), cliente(code, "C-2", nome="", situacao=9), version="v3/")
    assert said.status == 400
    assert said.json["errors"] == {
        "0": {
            "IdentificadorExterno": ["C-2"],
            "nome": ["O campo nome é obrigatório"],
            "situacao": ["O campo situacao tem um código inválido"],
        }
    }
    app.close(code)
    assert app.control("state")["clientes"] == 1


@pytest.mark.parametrize("version", ["v2/", "v3/"])
@pytest.mark.parametrize("records", [[], ["text"], [cliente("L"), 7]])
def test_a_body_that_is_no_list_of_records_is_refused(version: str, records: list[Any]) -> None:
    assert App().send(*records, version=version).status == 400


def test_v3_cannot_name_a_record_without_an_id() -> None:
    app = App()
    said = app.send(cliente(app.opened(), ""), version="v3/")
    assert (said.status, list(said.json["errors"]["0"])) == (400, ["Mensagem"])


@pytest.mark.parametrize(
    ("version", "path"), [("v2/", "clienteenderecos"), ("v3/", "dadosdinamicos/down/56/1")]
)
def test_addresses_have_paths_of_their_own(version: str, path: str) -> None:
    app = App()
    code = app.opened()
    address = cliente(code, "E-1", idClienteRetaguarda="C-1")
    assert app.send(address, version=version, path=path).status == 200
    assert app.send(cliente(code), version=version, path=path).status == 400


@pytest.mark.parametrize("service", ["cliente", "dadosbasicos"])
def test_data_of_any_type_is_taken_in_a_lote_of_its_type(service: str) -> None:
    app = App()
    code = app.open(tipoLote=[777]).json["data"]["loteOrigem"]
    path = f"/{service}/api/retaguarda/v3/dadosdinamicos/down"
    record = {
        name: cliente(code)[name] for name in ("idInquilino", "idProprietario", "idRetaguarda", "loteOrigem")
    }
    assert app("POST", f"{path}/777/1", [record]).status == 200
    assert app("POST", f"{path}/778/1", [record]).status == 400
    assert app("POST", f"{path}/x/1", [record]).status == 404
    said = app("POST", f"{path}/777/1", [{**record, "descricao": f"Ouro {REFUSED_BY_API}"}])
    assert (said.status, said.json["errors"]["0"]["IdentificadorExterno"]) == (400, ["C-1"])
    assert "descricao" in said.json["errors"]["0"]
    assert app("POST", f"{path}/777/1", [{**record, "idProprietario": ""}]).status == 400


def test_each_store_reports_how_far_it_is() -> None:
    app = App(stores=("01", "02"))
    code = app.opened()
    app.send(cliente(code, nome=f"Ana {REFUSED_BY_STORE}"))
    preparing = [store["status"] for store in app.status(code).json["data"]["lojaLotes"]]
    app.close(code)
    done = app.status(code).json["data"]["lojaLotes"]
    assert preparing == [0, 0]
    assert [store["status"] for store in done] == [5, 6]
    (only,) = app.status(code, idRetaguardaLoja="02").json["data"]["lojaLotes"]
    assert only["errosIdentificados"][0]["idRetaguarda"] == "C-1"
    assert app.status("unknown").status == 404


def test_a_lote_as_a_whole_has_a_status_once_it_is_closed() -> None:
    app = App()
    code = app.opened()
    path = f"/controleprocesso/api/retaguarda/v2/LoteExternoRetornos/inq/{code}"
    assert app("GET", path).status == 404
    app.close(code)
    assert [(lote["loteOrigem"], lote["status"]) for lote in app("GET", path).json["data"]] == [(code, 5)]


def test_a_probe_with_another_method_is_refused_only_after_the_token() -> None:
    app = App()
    path = "/cliente/api/retaguarda/v2/clientes"
    assert [app("GET", path, headers=headers).status for headers in ({}, BEARER)] == [401, 405]
    assert app.control("state")["requests"] == {"probe": 2}


def test_a_request_that_is_too_long_does_not_get_past_the_gateway() -> None:
    app = App(max_body_bytes=300)
    assert app.send(*[cliente("L")] * 5).status == 413
