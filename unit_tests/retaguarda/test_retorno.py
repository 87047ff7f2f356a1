"""What an answer proves, on the raw bytes of answers as they are documented or as first-party clients read them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.manifest.objects import NamedRejections
from source_destination_clientes.retaguarda.retorno import (
    LoteRefused,
    Named,
    PathRefused,
    TooLarge,
    Verdict,
    WholeRefused,
    read_retorno,
)

BY_KEY = NamedRejections("errors", "IdentificadorExterno")
SUCCESS = (
    '{"success":true,"message":"Requisição inserida com sucesso!","data":null,"errors":null,"totalTime":0,"numberOfRecords":0}'
).encode()
DETAILS = (
    '{"code":"400","message":"Erro de validação","detailedMessage":"","helpUrl":"","details":'
    '[{"guid":"3f0c","code":"NotEmpty","message":"O campo nome é obrigatório","detailedMessage":""}]}'
).encode()
NAMED = (
    '{"success":false,"message":"Alguns registros não foram inseridos","data":null,"errors":'
    '{"0":{"IdentificadorExterno":["C-7"],"Nome":["Tamanho máximo excedido"]},'
    '"1":{"IdentificadorExterno":["C-9"],"CpfCnpj":["Inválido"]}}}'
).encode()


def test_a_success_accepts_every_record() -> None:
    assert read_retorno(200, SUCCESS, "L1", BY_KEY) is Verdict.ACCEPTED


def test_names_are_read_whatever_their_case() -> None:
    assert read_retorno(200, b'{"Success":true,"Errors":null}', "L1", BY_KEY) is Verdict.ACCEPTED


@pytest.mark.parametrize("status", [200, 400, 422])
def test_success_false_is_a_failure_whatever_the_status(status: int) -> None:
    retorno = read_retorno(status, b'{"success":false,"message":"Falhou","errors":null}', "L1", BY_KEY)
    assert retorno == WholeRefused('{"message":"Falhou"}', status)


def test_the_old_form_refuses_the_whole_request_and_keeps_its_words() -> None:
    retorno = read_retorno(400, DETAILS, "L1", BY_KEY)
    assert isinstance(retorno, WholeRefused)
    assert "O campo nome é obrigatório" in retorno.words


@pytest.mark.parametrize("status", [200, 400])
def test_v3_names_the_refused_records(status: int) -> None:
    retorno = read_retorno(status, NAMED, "L1", BY_KEY)
    assert isinstance(retorno, Named)
    assert retorno.refused == {
        "C-7": '{"Nome":["Tamanho máximo excedido"]}',
        "C-9": '{"CpfCnpj":["Inválido"]}',
    }


def test_a_success_that_names_a_failed_record_is_not_believed() -> None:
    body = b'{"success":true,"errors":{"0":{"IdentificadorExterno":["C-7"],"Nome":["x"]}}}'
    assert isinstance(read_retorno(200, body, "L1", BY_KEY), Named)


def test_errors_in_a_list_name_their_records_too() -> None:
    body = b'{"success":false,"errors":[{"IdentificadorExterno":"C-7","CEP":"longo"}]}'
    assert read_retorno(400, body, "L1", BY_KEY) == Named({"C-7": '{"CEP":"longo"}'}, 400)


def test_one_error_without_a_name_leaves_everybody_in_doubt() -> None:
    body = b'{"success":false,"errors":{"0":{"IdentificadorExterno":["C-7"]},"1":{"loteOrigem":["obrigatorio"]}}}'
    assert isinstance(read_retorno(400, body, "L1", BY_KEY), WholeRefused)


def test_two_errors_of_one_record_are_told_together() -> None:
    body = b'{"success":false,"errors":{"0":{"IdentificadorExterno":["C-7"],"A":"x"},"1":{"IdentificadorExterno":["C-7"],"B":"y"}}}'
    assert read_retorno(400, body, "L1", BY_KEY) == Named({"C-7": '{"A":"x"}; {"B":"y"}'}, 400)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Bad Gateway</html>",
        b"[]",
        b"null",
        b"{}",
        b'{"data":1}',
        b'{"success":tru',
        b"\xff\xfe",
        b'{"success":null}',
        b'{"success":"true"}',
        b'{"success":1,"message":"ok"}',
        b'{"success":"true","errors":[],"message":"ok"}',
        b'{"code":"1","message":"ok"}',
        b"[" * 100_000,
    ],
)
def test_an_answer_that_cannot_be_read_decides_nothing(body: bytes) -> None:
    assert read_retorno(200, body, "L1", BY_KEY) is Verdict.UNREADABLE


def test_the_old_form_refuses_the_whole_request_without_details_too() -> None:
    body = b'{"code":"400","message":"CPF","detailedMessage":null,"helpUrl":null}'
    assert read_retorno(400, body, "L1", BY_KEY) == WholeRefused('{"code":"400","message":"CPF"}', 400)


@pytest.mark.parametrize(
    "message",
    [
        "Lote L1 encerrado",
        "O lote informado não foi encontrado",
        "Lote inexistente",
        "Erro em L1",
        "Não é possível: lote fechado",
    ],
)
def test_a_refusal_of_the_lote_is_not_a_refusal_of_its_records(message: str) -> None:
    body = f'{{"success":false,"message":"{message}"}}'.encode()
    assert isinstance(read_retorno(400, body, "L1", BY_KEY), LoteRefused)


@pytest.mark.parametrize("status", [301, 404, 405])
def test_an_unknown_path_says_nothing_about_the_records(status: int) -> None:
    assert read_retorno(status, b"Not Found", "L1", BY_KEY) == PathRefused(status)
    assert read_retorno(status, b'{"success":false,"message":"Not Found"}', "L1", BY_KEY) == PathRefused(
        status
    )


def test_too_large_a_request_is_told_apart() -> None:
    assert read_retorno(413, b"Payload Too Large", "L1", BY_KEY) == TooLarge()


@given(st.integers(100, 599), st.binary(max_size=200))
def test_no_answer_whatever_counts_as_accepted_by_chance(status: int, body: bytes) -> None:
    assert read_retorno(status, body, "L1", BY_KEY) is not Verdict.ACCEPTED


def test_a_record_that_an_answer_names_many_times_costs_what_it_says_once() -> None:
    entry = {"IdentificadorExterno": ["C-7"], "nome": ["x" * 40]}
    body = json.dumps({"success": False, "errors": {str(number): entry for number in range(60_000)}}).encode()
    said = read_retorno(400, body, "L1", BY_KEY)
    assert isinstance(said, Named)
    assert said.refused == {"C-7": '{"nome":["%s"]}' % ("x" * 40)}
