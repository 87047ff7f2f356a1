"""Every form of answer the retaguarda API is known to give."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.errors import ConfigError, TransientError
from source_destination_clientes.http.retry import RetryPolicy
from source_destination_clientes.http.transport import Answer, NoAnswerError, Request
from source_destination_clientes.manifest.objects import ApiVersion, Sending, Service
from source_destination_clientes.manifest.shipped import shipped_manifest
from source_destination_clientes.retaguarda.api import (
    AlreadyOpen,
    Opened,
    Retaguarda,
    ShopStatus,
)
from source_destination_clientes.retaguarda.retorno import LoteRefused, Named, TooLarge, Verdict, WholeRefused
from unit_tests.kit.fakes import ACCEPTING, FakeServer, FakeTime, Said, answer, make_caller
from unit_tests.kit.manifests import shipped

OPENED = b'{"success":true,"message":"Lote criado com sucesso!","data":{"id":4711,"loteOrigem":"RETAGUARDA1"},"errors":null}'
IN_THE_WAY = "Não é possível solicitar um novo lote. Lote RETAGUARDA9 em andamento"
LOST = NoAnswerError("no answer within the time-out", doubtful=True)
UNKNOWN_LOTE = answer({"success": False, "message": "Lote não encontrado"}, 404)


def make(*script: Said, version: ApiVersion = "v2") -> tuple[Retaguarda, FakeServer]:
    server = FakeServer(list(script))
    caller = make_caller(server, FakeTime(), policy=RetryPolicy(budget=5, timeout=5))
    bases: dict[Service, str] = {
        "controle": "https://control.example/controleprocesso",
        "cliente": "https://clientes.example",
        "dadosbasicos": "https://basics.example",
    }
    return Retaguarda(caller, bases, "https://status.example", version, "inq 1"), server


def sending(name: str = "cliente") -> Sending:
    found = shipped(name).sending
    assert found is not None
    return found


def status_of(*stores: Mapping[str, Any]) -> Answer:
    return answer({"success": True, "data": {"loteOrigem": "L-1", "lojaLotes": list(stores)}})


def test_a_lote_is_opened_with_its_types_and_known_by_its_code() -> None:
    api, server = make(answer(OPENED))
    assert api.open_lote([0, 56]) == Opened("RETAGUARDA1")
    (request,) = server.requests
    assert (request.method, request.url) == (
        "POST",
        "https://control.example/controleprocesso/api/retaguarda/v2/inquilinolotesexternos",
    )
    assert json.loads(request.body) == {"status": 0, "tipoLote": [0, 56], "idInquilino": "inq 1"}


def test_a_code_that_is_a_number_is_a_code() -> None:
    api, _ = make(answer({"success": True, "data": {"loteOrigem": 17}}))
    assert api.open_lote([0]) == Opened("17")


@pytest.mark.parametrize("status", [200, 400, 409])
@pytest.mark.parametrize(
    ("errors", "code"),
    [
        (None, "RETAGUARDA9"),
        ({}, "RETAGUARDA9"),
        ({"lote": "RETAGUARDA8"}, "RETAGUARDA8"),
        ({"lote": ["RETAGUARDA8"]}, "RETAGUARDA8"),
        ({"lote": []}, "RETAGUARDA9"),
        ([], "RETAGUARDA9"),
    ],
)
def test_the_lote_in_the_way_is_known_from_the_errors_or_else_from_the_sentence(
    status: int, errors: object, code: str
) -> None:
    api, _ = make(answer({"success": False, "message": IN_THE_WAY, "errors": errors}, status))
    assert api.open_lote([0]) == AlreadyOpen(code, doubtful=False)


def test_a_lote_in_the_way_after_a_lost_answer_may_be_our_own() -> None:
    api, _ = make(LOST, answer({"success": False, "message": IN_THE_WAY}, 400))
    assert api.open_lote([0]) == AlreadyOpen("RETAGUARDA9", doubtful=True)


@pytest.mark.parametrize("code", [".", "..", "L" * 201])
def test_a_code_that_would_lead_elsewhere_or_fill_every_line_is_asked_for_again(code: str) -> None:
    odd = answer({"success": True, "data": {"loteOrigem": code}})
    in_the_way = answer({"success": False, "message": IN_THE_WAY, "errors": {"lote": code}}, 400)
    api, _ = make(odd, in_the_way, answer({"success": True, "data": {"loteOrigem": "L1"}}))
    assert api.open_lote([0]) == Opened("L1")


def test_a_refusal_for_another_reason_is_the_operators_to_solve() -> None:
    api, _ = make(answer({"success": False, "message": "Inquilino não encontrado"}, 400))
    with pytest.raises(ConfigError, match=r"Inquilino não encontrado.*id_inquilino"):
        api.open_lote([0])


@pytest.mark.parametrize("status", [404, 405])
def test_an_address_without_the_api_is_the_operators_to_solve(status: int) -> None:
    api, _ = make(answer(b"<html>not here</html>", status))
    wrong = rf"control\.example.*/inquilinolotesexternos answered {status}: it is not the control service.*control_url"
    with pytest.raises(ConfigError, match=wrong):
        api.open_lote([0])


@pytest.mark.parametrize(
    "body", [b"", b"<html></html>", b"[]", b'{"success":true}', b'{"success":true,"data":{"loteOrigem":""}}']
)
def test_a_success_without_a_code_is_asked_again_and_then_doubted(body: bytes) -> None:
    api, _ = make(answer(body), answer({"success": False, "message": IN_THE_WAY}, 400))
    assert api.open_lote([0]) == AlreadyOpen("RETAGUARDA9", doubtful=True)


@pytest.mark.parametrize(
    ("version", "name", "url"),
    [
        ("v2", "cliente", "https://clientes.example/api/retaguarda/v2/clientes"),
        ("v3", "cliente", "https://clientes.example/api/retaguarda/v3/clientes"),
        ("v2", "cliente_endereco", "https://clientes.example/api/retaguarda/v2/clienteenderecos"),
        ("v3", "cliente_endereco", "https://clientes.example/api/retaguarda/v3/dadosdinamicos/down/56/1"),
        ("v2", "ramo_atividade", "https://basics.example/api/retaguarda/v3/dadosdinamicos/down/58/1"),
    ],
)
def test_each_object_has_its_service_and_path_in_each_version(
    version: ApiVersion, name: str, url: str
) -> None:
    api, server = make(answer(ACCEPTING), version=version)
    assert api.send(sending(name), b"[]", "L-1") is Verdict.ACCEPTED
    assert server.requests[0].url == url


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (answer(b'{"success":false,"errors":{"0":{"IdentificadorExterno":["a"],"nome":["x"]}}}', 400), Named),
        (answer(b'{"code":"400","message":"Erro","details":[{"message":"nome"}]}', 400), WholeRefused),
        (answer(b"Payload Too Large", 413), TooLarge),
        (answer('{"success":false,"message":"O lote L-1 já está encerrado"}'.encode(), 400), LoteRefused),
    ],
)
def test_a_refused_chunk_is_a_value_not_an_error(said: Answer, kind: type) -> None:
    api, _ = make(said)
    assert isinstance(api.send(sending(), b"[]", "L-1"), kind)


def test_an_answer_that_says_nothing_is_asked_for_again() -> None:
    api, server = make(answer(b""), answer(b"<html>OK</html>"), answer(ACCEPTING))
    assert api.send(sending(), b"[]", "L-1") is Verdict.ACCEPTED
    assert len(server.requests) == 3


def test_a_clientes_address_without_the_api_is_the_operators_to_solve() -> None:
    api, _ = make(answer(b"<html>not here</html>", 404))
    wrong = r"clientes\.example.*/clientes answered 404: it is not the clientes service.*clientes_url"
    with pytest.raises(ConfigError, match=wrong):
        api.send(sending(), b"[]", "L-1")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \r\n",
        b"\xef\xbb\xbf",
        b'{"success":true,"message":"Lote encerrado com sucesso!"}',
        b'\xef\xbb\xbf{"success":true}',
        '{"success":true}'.encode("utf-16"),
        b"{}",
    ],
)
def test_2xx_with_nothing_or_with_an_object_that_does_not_deny_it_closes_a_lote(body: bytes) -> None:
    api, server = make(answer(body))
    api.close_lote("L/1")
    (request,) = server.requests
    assert (request.method, request.body) == ("PUT", None)
    assert request.url.endswith("/v2/inquilinolotesexternos/inq%201/L%2F1")


REFUSED_CLOSE = answer(b'{"success":false,"message":"Lote L-1 encerrado"}', 400)
CLOSE, STATUS = "close the lote", "ask for the status of a lote"


def closing(closes: Said, shops: Said = UNKNOWN_LOTE, times: int = 10_000) -> tuple[Retaguarda, FakeServer]:
    """Closing is answered so many times like this, and after that as it should be."""
    answered = [0]

    def reply(request: Request) -> Said:
        if request.operation == STATUS:
            return shops
        answered[0] += 1
        return closes if answered[0] <= times else answer(b"")

    api, server = make()
    server.reply = reply
    policy = RetryPolicy(budget=30, timeout=5, stubborn=True)
    return replace(api, caller=replace(api.caller, policy=policy, credential=Known())), server


class Known:
    """A credential that cannot be renewed."""

    def authorization(self) -> str:
        return "Bearer t"

    def renew(self, stale: str) -> bool:
        return False


PROVES_NOTHING: dict[str, Said] = {
    "401": answer(b"", 401),
    "403": answer(b"", 403),
    "404 of a gateway": answer({"message": "no Route matched"}, 404),
    "400": answer({"success": False, "message": "x"}, 400),
    "409": answer({"message": "conflict"}, 409),
    "302": answer(b"", 302, Location="https://login.example"),
    "407": answer(b"", 407),
    "429 with an hour": answer(b"", 429, Retry_After="3600"),
    "500": answer(b"", 500),
    "503 with a day": answer(b"", 503, Retry_After="86400"),
    "200 that denies it": answer({"success": False, "message": "Lote ainda em processamento"}),
    "200 with errors": answer({"errors": {"0": "x"}}),
    "200 with a page": answer(b"<html>Please log in</html>"),
    "200 with a page after a byte order mark": answer(b"\xef\xbb\xbf<html></html>"),
    "200 with a page in UTF-16": answer("<html></html>".encode("utf-16")),
    "200 with a text": answer(b"OK"),
    "200 with another value": answer(b"true"),
    "200 with half an object": answer(b'{"success":tr'),
    "no answer": LOST,
}


@pytest.mark.parametrize("name", PROVES_NOTHING)
@pytest.mark.parametrize("times", [1, 3])
def test_an_odd_answer_to_closing_decides_nothing_and_the_next_attempt_closes(name: str, times: int) -> None:
    api, server = closing(PROVES_NOTHING[name], times=times)
    api.close_lote("L-1")
    assert [request.operation for request in server.requests].count(CLOSE) == times + 1


@pytest.mark.parametrize("name", PROVES_NOTHING)
def test_a_lote_that_nothing_proves_to_be_closed_is_tried_until_time_is_over_and_named(name: str) -> None:
    api, server = closing(PROVES_NOTHING[name])
    with pytest.raises(TransientError, match=r"Lote L-1 may still be open.*close-lote --lote L-1"):
        api.close_lote("L-1")
    assert [request.operation for request in server.requests].count(CLOSE) > 5
    assert server.requests[-1].operation == STATUS


@pytest.mark.parametrize("status", [1, 2, 4, 5, 6])
@pytest.mark.parametrize("closes", [REFUSED_CLOSE, answer(b"", 503), LOST])
def test_a_lote_that_every_store_may_have_is_closed_whatever_closing_it_says(
    closes: Said, status: int
) -> None:
    api, server = closing(closes, status_of({"idRetaguardaLoja": "01", "status": status}))
    api.close_lote("L-1")
    assert server.requests[-1].params == {"inquilino": "inq 1", "loteOrigem": "L-1"}


@pytest.mark.parametrize(
    "said",
    [
        status_of({"idRetaguardaLoja": "01", "status": 2}, {"idRetaguardaLoja": "02", "status": 0}),
        status_of(),
        UNKNOWN_LOTE,
        answer(b"", 404),
        answer(b"", 403),
        LOST,
    ],
)
def test_a_status_that_does_not_prove_it_closes_no_lote(said: Said) -> None:
    api, _ = closing(REFUSED_CLOSE, said)
    with pytest.raises(TransientError, match="L-1 may still be open"):
        api.close_lote("L-1")


def test_each_store_tells_its_status_and_what_it_refused() -> None:
    zero = "00000000-0000-0000-0000-000000000000"
    errors = [
        {"idRetaguarda": "C-1", "erro": "CPF inválido"},
        {"idRetaguarda": zero, "erro": "estrutura"},
        {"idRetaguarda": "{" + zero + "}", "erro": None},
        {"erro": "x"},
        "odd",
    ]
    api, server = make(
        status_of(
            {"idRetaguardaLoja": "01", "status": "6", "errosIdentificados": errors},
            {"idRetaguardaLoja": 2, "status": None, "errosIdentificados": None},
        )
    )
    assert api.lote_status("L-1") == (
        ShopStatus("01", 6, (("C-1", "CPF inválido"), (None, "estrutura"), (None, ""), (None, "x"))),
        ShopStatus("2", 0, ()),
    )
    (request,) = server.requests
    assert request.url == "https://status.example/api/retaguarda/v2/LojaLoteStatusRetorno"
    assert request.params == {"inquilino": "inq 1", "loteOrigem": "L-1"}


@pytest.mark.parametrize("said", [answer(b"", 404), answer({"success": False}, 400), answer({"data": None})])
def test_a_lote_that_is_not_known_has_no_status(said: Answer) -> None:
    api, _ = make(said)
    assert api.lote_status("L-1") is None


def test_a_lote_that_no_shop_knows_yet_has_no_shops() -> None:
    api, _ = make(answer({"success": True, "data": {"lojaLotes": None}}))
    assert api.lote_status("L-1") == ()


def test_a_status_that_cannot_be_read_is_asked_for_again() -> None:
    api, _ = make(answer(b"<html></html>"), status_of())
    assert api.lote_status("L-1") == ()


ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**60), 2**60), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["idRetaguardaLoja", "status", "errosIdentificados", "idRetaguarda", "erro"]),
            inner,
            max_size=5,
        ),
    ),
    max_leaves=8,
)


@given(st.lists(ANYTHING, max_size=3))
def test_no_form_of_status_is_too_odd_to_read(stores: list[Any]) -> None:
    api, _ = make(answer({"success": True, "data": {"lojaLotes": stores}}))
    assert api.lote_status("L-1") is not None


@pytest.mark.parametrize("odd", ["²", "٤", "-1", "1.5", ""])
def test_a_status_that_is_no_number_counts_as_not_begun(odd: str) -> None:
    api, _ = make(status_of({"idRetaguardaLoja": "01", "status": odd}))
    assert api.lote_status("L-1") in ((ShopStatus("01", 0, ()),), (ShopStatus("01", 4, ()),))


def test_a_probe_of_the_control_service_only_asks() -> None:
    api, server = make(answer({"success": False, "message": "Lote não encontrado"}, 404), answer(b"", 405))
    api.probe_control()
    assert [(request.method, request.host) for request in server.requests] == [
        ("GET", "status.example"),
        ("GET", "control.example"),
    ]


@pytest.mark.parametrize("said", [answer(b"", 404), answer(b"Not Found", 404), answer(b"<html>", 200)])
def test_a_probe_refuses_what_is_not_pdvsync_and_names_the_setting(said: Answer) -> None:
    unknown = answer({"success": False}, 404)
    for script, setting in (([said], "status_url"), ([unknown, said], "control_url")):
        api, _ = make(*script)
        with pytest.raises(ConfigError, match=rf"PDVSync is not there\. Check environment\.{setting}"):
            api.probe_control()
    api, _ = make(said)
    with pytest.raises(ConfigError, match=r"PDVSync is not there\. Check environment\.clientes_url"):
        api.probe(shipped_manifest().checker)


@pytest.mark.parametrize(("status", "body"), [(200, b""), (404, b'{"message":"?"}'), (405, b"")])
def test_a_probe_of_the_clientes_service_is_content_to_be_known(status: int, body: bytes) -> None:
    api, server = make(answer(body, status))
    api.probe(shipped_manifest().checker)
    (request,) = server.requests
    assert (request.method, request.body) == ("GET", None)
