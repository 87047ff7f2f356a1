"""From a record to what is sent, and why a record is not."""

import json
from collections.abc import Mapping
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from source_destination_clientes.cliente.mapped import Change, Mapped, Note
from source_destination_clientes.cliente.preset import PRESETS
from source_destination_clientes.errors import ConfigError
from source_destination_clientes.manifest.objects import ApiVersion
from source_destination_clientes.manifest.read import with_objects
from source_destination_clientes.manifest.shipped import shipped_manifest
from source_destination_clientes.rejection.outcome import Reason, Rejection, Stage
from unit_tests.kit.manifests import shipped
from unit_tests.kit.mapping import (
    CNPJ,
    CPF,
    LETTERED_CNPJ,
    PERSON,
    attempt,
    make_mapper,
    payload,
    payload_of,
    refused,
)

ADDRESS: Mapping[str, Any] = {"idRetaguarda": "7-1", "idClienteRetaguarda": "7"}
SECRET = "Segredo Guardado"

# Columns


@pytest.mark.parametrize(
    "column", ["cpfCnpj", "cpf_cnpj", "CPF_CNPJ", "CPFCNPJ", "CpfCnpj", "cpf-cnpj", "cpf cnpj"]
)
def test_a_column_maps_by_name_in_whatever_case_and_as_snake_case(column: str) -> None:
    assert payload({"idRetaguarda": "7", "nome": "Ana", column: CPF})["cpfCnpj"] == CPF


@pytest.mark.parametrize("columns", [("nome", "NOME"), ("NOME", "nome")])
def test_two_columns_with_different_values_for_one_field_are_no_guess(columns: tuple[str, str]) -> None:
    values = {"nome": "exact", "NOME": "other"}
    record = {**{column: values[column] for column in columns}, "idRetaguarda": "7", "cpfCnpj": CPF}
    assert refused(record).field == "nome"
    assert payload({**record, "NOME": "exact"})["nome"] == "exact"


def test_a_field_of_the_config_leaves_no_column_of_its_name() -> None:
    record = {**PERSON, "nome": "by column", "titulo": "by config"}
    assert payload(record, fields=[("nome", "titulo")])["nome"] == "by config"
    assert refused({**record, "titulo": None}, fields=[("nome", "titulo")]).field == "nome"


@pytest.mark.parametrize("name", ["IdProfissionalRetaguarda", "idProfissionalRetaguarda"])
def test_the_documented_name_of_the_professional_is_sent_under_the_name_that_is_read(name: str) -> None:
    assert payload({**PERSON, name: "9"})["IdRetaguardaProfissional"] == "9"
    assert payload(PERSON, fields=[(name, "'9'")])["IdRetaguardaProfissional"] == "9"


def test_columns_that_are_no_field_stay_at_home() -> None:
    assert payload({**PERSON, "saldo": 12.5, "lista": [1], "loteOrigem": "x"}) == payload(PERSON)


def test_a_source_whose_columns_all_differ_is_mapped_all_the_same() -> None:
    mapper = make_mapper()
    for part in range(3):
        columns = {f"column_{part}_{number}": 1 for number in range(4_000)}
        outcome = mapper.map(json.dumps({**columns, **PERSON}).encode())
        assert isinstance(outcome, Mapped)
        assert payload_of(outcome)["nome"] == "Ana Teste"


# What is left out and what is always sent


@pytest.mark.parametrize("nothing", [None, "", "   ", "\t\n", "\x00"])
def test_nulls_blanks_and_empties_are_left_out(nothing: str | None) -> None:
    assert "complemento" not in payload({**PERSON, "complemento": nothing})
    assert "complemento" not in payload({**PERSON, "x": nothing}, fields=[("complemento", "x")])


@pytest.mark.parametrize("field", ["cep", "dataNascimento", "sexo", "bloqueado", "telefone", "situacao"])
def test_blanks_of_a_padded_column_are_no_mistake(field: str) -> None:
    assert payload({**PERSON, field: "      "}) == payload(PERSON)


def test_zero_and_false_are_values() -> None:
    mapped = payload({**PERSON, "sexo": 0, "bloqueado": False, "numero": 0})
    assert (mapped["sexo"], mapped["bloqueado"], mapped["numero"]) == (0, False, "0")


def test_situacao_is_always_sent_for_a_missing_one_is_stored_as_inactive() -> None:
    assert payload(PERSON)["situacao"] == 1
    assert payload({**PERSON, "situacao": None})["situacao"] == 1
    assert payload({**PERSON, "situacao": "inativo"})["situacao"] == 0


def test_tenant_and_owner_come_from_the_config_unless_the_record_brings_them() -> None:
    mapped = payload({**PERSON, "id_proprietario": "loja-3"})
    assert (mapped["idInquilino"], mapped["idProprietario"]) == ("tenant", "loja-3")


@pytest.mark.parametrize("tenant", ["other", 7, ""])
def test_a_record_of_another_tenant_does_not_take_the_place_of_its_namesake(tenant: object) -> None:
    mapper = make_mapper()
    for change in ({}, {"id_inquilino": "tenant"}, {"id_inquilino": " tenant "}):
        assert isinstance(mapper.map(json.dumps({**PERSON, **change}).encode()), Mapped)
    outcome = mapper.map(json.dumps({**PERSON, "id_inquilino": tenant}).encode())
    if tenant == "":
        assert isinstance(outcome, Mapped)
        return
    assert isinstance(outcome, Rejection)
    assert (outcome.reason, outcome.field) == (Reason.NOT_IN_LIST, "idInquilino")
    assert "config's id_inquilino" in outcome.message


def test_the_body_lacks_its_brace_so_that_the_lote_can_be_added() -> None:
    outcome = attempt(PERSON)
    assert isinstance(outcome, Mapped)
    assert outcome.key == "7"
    assert json.loads(outcome.body + b',"loteOrigem":"L1"}')["loteOrigem"] == "L1"


@pytest.mark.parametrize(
    ("document", "code", "expected"),
    [(CPF, 1, 1), (CNPJ, 1, 0), (LETTERED_CNPJ, 1, 0), (CPF, 0, 0), (CNPJ, 0, 1)],
)
def test_person_or_company_follows_from_the_document(document: str, code: int, expected: int) -> None:
    assert payload({**PERSON, "cpfCnpj": document}, pessoa_fisica_code=code)["pessoaFisica"] == expected


@pytest.mark.parametrize(
    ("document", "said", "sent"), [(CPF, "J", 1), (CNPJ, "F", 0), (CPF, "F", 1), (CPF, "X", 1)]
)
def test_the_document_decides_where_the_record_contradicts_it(document: str, said: str, sent: int) -> None:
    mapper = make_mapper()
    outcome = mapper.map(json.dumps({**PERSON, "cpfCnpj": document, "pessoaFisica": said}).encode())
    assert isinstance(outcome, Mapped)
    assert payload_of(outcome)["pessoaFisica"] == sent
    assert bool(outcome.notes) is ({"F": 1, "J": 0}.get(said) != sent)


def test_the_person_decides_between_two_readings_of_a_document_that_lost_its_zeros() -> None:
    assert payload({**PERSON, "cpfCnpj": 191, "pessoaFisica": "J"})["cpfCnpj"] == "00000000000191"
    assert payload({"pessoaFisica": "F", **PERSON, "cpfCnpj": 191})["cpfCnpj"] == "00000000191"
    assert "CNPJ" in refused({**PERSON, "cpfCnpj": 191}).message


def test_v3_needs_no_document_but_then_person_or_company() -> None:
    record = {"idRetaguarda": "7", "nome": "Ana", "pessoaFisica": "F"}
    assert payload(record, api_version="v3")["pessoaFisica"] == 1
    assert refused(record).field == "cpfCnpj"
    assert refused({"idRetaguarda": "7", "nome": "Ana"}, api_version="v3").field == "pessoaFisica"


def test_fields_of_v3_alone_stay_at_home_in_v2() -> None:
    record = {**PERSON, "descricao": "VIP", "tipoEndereco": 1}
    assert payload(record, api_version="v3")["descricao"] == "VIP"
    assert payload(record) == payload(PERSON)


# Deletions


def test_a_record_that_cdc_saw_vanish_becomes_inactive() -> None:
    mapped = payload({**PERSON, "situacao": 1, "_ab_cdc_deleted_at": "2026-11-02T10:00:00Z"})
    assert mapped["situacao"] == 0
    assert payload({**PERSON, "_ab_cdc_deleted_at": None})["situacao"] == 1


def test_soft_delete_makes_every_record_inactive() -> None:
    assert payload({**PERSON, "situacao": 1}, soft_delete=True)["situacao"] == 0
    assert payload(PERSON, soft_delete=True, fields=[("situacao", "'1'")])["situacao"] == 0


def test_a_deletion_that_brings_only_the_key_needs_the_rest_from_the_config() -> None:
    gone = {"idRetaguarda": "7", "_ab_cdc_deleted_at": "2026-11-02"}
    rejection = refused(gone)
    assert (rejection.reason, rejection.key) == (Reason.MISSING_FIELD, "7")
    fields = [("nome", "{{ record.nome or 'Excluído' }}"), ("cpfCnpj", f"'{CPF}'")]
    assert payload(gone, fields=fields)["nome"] == "Excluído"


def test_a_deletion_that_brings_only_the_key_goes_out_with_the_name_of_nobody_where_that_is_asked_for() -> (
    None
):
    gone = {"idRetaguarda": "7", "_ab_cdc_deleted_at": "2026-11-02"}
    anonymise: dict[str, Any] = {"key_only_deletes": "anonymise"}
    sent = payload(gone, **anonymise, api_version="v3")
    assert (sent["idRetaguarda"], sent["nome"], sent["situacao"]) == ("7", "CLIENTE ANONIMIZADO", 0)
    assert refused(gone, **anonymise, api_version="v2").reason is Reason.MISSING_FIELD
    assert refused(gone, api_version="v3").reason is Reason.MISSING_FIELD


def test_only_a_deletion_with_nothing_but_the_key_is_anonymised() -> None:
    anonymise: dict[str, Any] = {"key_only_deletes": "anonymise"}
    gone = {**PERSON, "_ab_cdc_deleted_at": "2026-11-02"}
    assert payload(gone, **anonymise, api_version="v3")["nome"] == PERSON["nome"]
    assert refused({"idRetaguarda": "7"}, **anonymise, api_version="v3").field == "nome"
    with_mail = {"idRetaguarda": "7", "email": "a@example.com", "_ab_cdc_deleted_at": "x"}
    assert refused(with_mail, **anonymise, api_version="v3").field == "nome"


def test_a_deletion_adds_no_situacao_to_an_object_that_has_none() -> None:
    record = {"customerId": "cust_1", "file": "file_1", "_ab_cdc_deleted_at": "2026-11-02"}
    assert payload(record, object=shipped("anexo")) == {"customerId": "cust_1", "file": "file_1"}


# The other objects


def test_an_address_names_its_cliente_and_carries_its_own_fields() -> None:
    record = {**ADDRESS, "tipoEndereco": "entrega", "cep": "01310-100", "nome": "stays at home"}
    for version in get_args(ApiVersion):
        assert payload(record, object=shipped("cliente_endereco"), api_version=version) == {
            "idInquilino": "tenant",
            "idProprietario": "owner",
            "situacao": 1,
            "idRetaguarda": "7-1",
            "idClienteRetaguarda": "7",
            "tipoEndereco": 0,
            "cep": "01310100",
        }


def test_an_address_without_its_cliente_is_refused() -> None:
    rejection = refused({"idRetaguarda": "7-1"}, object=shipped("cliente_endereco"))
    assert rejection.field == "idClienteRetaguarda"


def test_an_anexo_has_no_key_and_no_owner() -> None:
    outcome = attempt({"cpf_cnpj": CPF, "file": "file_1"}, object=shipped("anexo"))
    assert isinstance(outcome, Mapped)
    assert outcome.key == ""
    assert payload_of(outcome) == {"cpfCnpj": CPF, "file": "file_1"}


# Files of a cliente


def files_of(brought: object, **options: Any) -> tuple[bytes, ...]:
    outcome = attempt({**PERSON, "attachments": brought}, **options)
    assert isinstance(outcome, Mapped)
    assert payload_of(outcome) == payload(PERSON)
    return outcome.attachments


def test_files_of_a_cliente_are_sent_beside_it_and_not_in_it() -> None:
    brought = [{"file": "file_1"}, None, "file_2", {}, ""]
    assert files_of(brought, attachments=True) == (b'{"file":"file_1"}', b'"file_2"')


@pytest.mark.parametrize(
    ("brought", "files"),
    [
        ('[{"file": "file_1"}, "file_2"]', (b'{"file":"file_1"}', b'"file_2"')),
        (' {"file": "file_1"}', (b'{"file":"file_1"}',)),
        ({"file": "file_1"}, (b'{"file":"file_1"}',)),
        ("file_1", (b'"file_1"',)),
        ("[file_1", (b'"[file_1"',)),
        ([], ()),
        (None, ()),
        ("", ()),
    ],
)
def test_files_come_as_a_list_as_one_or_as_json_in_a_text(brought: object, files: tuple[bytes, ...]) -> None:
    assert files_of(brought, attachments=True) == files


def test_files_that_nobody_attaches_are_left_out_and_counted() -> None:
    mapper = make_mapper()
    for brought in (["file_1"], "file_2", [], None):
        outcome = mapper.map(json.dumps({**PERSON, "attachments": brought}).encode())
        assert isinstance(outcome, Mapped)
        assert outcome.attachments == ()
    assert mapper.left_out == 2


def test_files_are_found_in_a_warehouse_that_renames_columns() -> None:
    mapper = make_mapper(attachments=True)
    for _ in range(3):
        outcome = mapper.map(json.dumps({**PERSON, "ATTACHMENTS": ["file_1"]}).encode())
        assert isinstance(outcome, Mapped)
        assert outcome.attachments == (b'"file_1"',)


def test_an_object_without_a_key_carries_no_files() -> None:
    record = {"customerId": "c", "file": "f", "attachments": ["x"]}
    outcome = attempt(record, object=shipped("anexo"), attachments=True)
    assert isinstance(outcome, Mapped)
    assert outcome.attachments == ()


# Rejections


@pytest.mark.parametrize(
    ("change", "reason", "field"),
    [
        ({"nome": None}, Reason.MISSING_FIELD, "nome"),
        ({"idRetaguarda": "  "}, Reason.MISSING_FIELD, "idRetaguarda"),
        ({"nome": "x" * 201}, Reason.TOO_LONG, "nome"),
        ({"nome": {"first": "Ana"}}, Reason.MISSING_FIELD, "nome"),
        ({"nome": "NULL"}, Reason.MISSING_FIELD, "nome"),
        ({"nome": True}, Reason.WRONG_TYPE, "nome"),
        ({"situacao": "E"}, Reason.NOT_IN_LIST, "situacao"),
        ({"pessoaFisica": 2}, Reason.NOT_IN_LIST, "pessoaFisica"),
        ({"cpfCnpj": "11111111111"}, Reason.BAD_DOCUMENT, "cpfCnpj"),
        ({"cpfCnpj": "٠٠٢٠٣٠٤٠٥٧٠"}, Reason.BAD_DOCUMENT, "cpfCnpj"),
        ({"bloqueado": "talvez"}, Reason.WRONG_TYPE, "bloqueado"),
    ],
)
def test_a_record_that_does_not_fit_is_rejected_with_reason_field_and_stage(
    change: Mapping[str, object], reason: Reason, field: str
) -> None:
    rejection = refused({**PERSON, **change})
    assert (rejection.stage, rejection.reason, rejection.field) == (Stage.MAPPING, reason, field)
    assert rejection.message.endswith(".")


UNFIT: list[tuple[str, object, Reason]] = [
    ("cep", "sem", Reason.WRONG_TYPE),
    ("sexo", "x", Reason.NOT_IN_LIST),
    ("estadoCivil", 9, Reason.NOT_IN_LIST),
    ("dataNascimento", "31/01/1990", Reason.BAD_DATE),
    ("email", "naotem", Reason.WRONG_TYPE),
    ("celular", "NAO TEM", Reason.WRONG_TYPE),
    ("rgInscricao", "x" * 26, Reason.TOO_LONG),
    ("estado", "Rio de Janeiro/SP", Reason.NOT_IN_LIST),
]


@pytest.mark.parametrize(("field", "value", "reason"), UNFIT)
def test_an_optional_value_that_does_not_fit_is_left_out_and_noted(
    field: str, value: object, reason: Reason
) -> None:
    mapper = make_mapper()
    outcome = mapper.map(json.dumps({**PERSON, field: value}).encode())
    assert isinstance(outcome, Mapped)
    assert field not in payload_of(outcome)
    assert outcome.notes == (Note(field, Change.NULLED, reason.value),)
    assert mapper.counts.by_field(Change.NULLED) == {field: 1}


@pytest.mark.parametrize(("field", "value", "reason"), UNFIT)
def test_an_optional_value_that_does_not_fit_rejects_where_the_config_says_so(
    field: str, value: object, reason: Reason
) -> None:
    rejection = refused({**PERSON, field: value}, optional_misfit="reject")
    assert (rejection.field, rejection.reason) == (field, reason)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("dataNascimento", "1900-01-01"),
        ("dataNascimento", "0001-01-01"),
        ("telefone", "0"),
        ("cep", "00000-000"),
        ("celular", "(__) _____-____"),
    ],
)
def test_a_placeholder_is_left_out_whatever_the_policy(field: str, value: str) -> None:
    assert field not in payload({**PERSON, field: value}, optional_misfit="reject")


@pytest.mark.parametrize("placeholder", ["000.000.000-00", "ISENTO", "-", "0", "111.111.111-11"])
def test_a_placeholder_for_a_document_is_none_where_v3_asks_for_none(placeholder: str) -> None:
    record = {**PERSON, "cpfCnpj": placeholder, "pessoaFisica": "F"}
    assert "cpfCnpj" not in payload(record, api_version="v3")
    assert refused(record).field == "cpfCnpj"
    assert refused({**record, "cpfCnpj": "12345678900"}, api_version="v3").field == "cpfCnpj"


def test_the_texts_that_mean_nothing_and_the_formats_of_dates_are_the_configs() -> None:
    record = {**PERSON, "bairro": "sem bairro", "dataNascimento": "31/01/1990"}
    mapped = payload(record, nothing=("sem bairro",), date_formats=("%d/%m/%Y",))
    assert "bairro" not in mapped
    assert mapped["dataNascimento"] == "1990-01-31"
    assert payload({**PERSON, "bairro": "NULL"}, nothing=("nada",))["bairro"] == "NULL"


def test_text_in_a_wrong_encoding_is_counted_and_repaired_on_request() -> None:
    record = {**PERSON, "nome": "JoÃ£o"}
    outcome = attempt(record)
    assert isinstance(outcome, Mapped)
    assert outcome.notes == (Note("nome", Change.SUSPECT, "suspect_encoding"),)
    assert payload(record, repair_text=True)["nome"] == "João"


def test_a_heading_is_matched_without_accents_blanks_and_punctuation() -> None:
    mapped = payload(
        {**PERSON, "Situação": "Inativo", "Endereço": "Rua A", "Número": 12, "E-Mail": "ana@example.com"}
    )
    assert (mapped["situacao"], mapped["endereco"], mapped["numero"]) == (0, "Rua A", "12")
    assert mapped["email"] == "ana@example.com"


def test_an_empty_column_never_hides_a_filled_one() -> None:
    assert payload({**PERSON, "celular": "", "CELULAR": "11998877665"})["celular"] == "11998877665"
    assert payload({**PERSON, "CELULAR": "11998877665", "celular": None})["celular"] == "11998877665"
    assert (
        payload({**PERSON, "celular": "(11) 99887-7665", "CELULAR": "11998877665"})["celular"]
        == "11998877665"
    )
    assert "celular" not in payload({**PERSON, "celular": "1132221100", "CELULAR": "11998877665"})


def test_an_object_that_only_has_the_name_of_a_field_is_passed_over() -> None:
    assert "endereco" not in payload({**PERSON, "endereco": {"rua": "A"}, "bairro": ["x"]})


def test_under_a_preset_no_column_is_found_by_name_but_whose_it_is() -> None:
    record = {
        "id": 1,
        "name": "Ana",
        "document": CPF,
        "estado_civil": "X",
        "BLOQUEADO": "X",
        "idProprietario": "loja-3",
    }
    mapped = payload(record, preset="customer")
    assert "bloqueado" not in mapped
    assert mapped["idProprietario"] == "loja-3"
    assert refused({**record, "id_inquilino": "other"}, preset="customer").field == "idInquilino"


def test_a_path_goes_into_a_column_that_holds_json_as_text() -> None:
    record = {**PERSON, "address": json.dumps({"city": "Recife", "lines": ["Rua A"]})}
    fields = [("cidade", "address.city"), ("endereco", "{{ record.address.lines[0] }}")]
    mapped = payload(record, fields=fields)
    assert (mapped["cidade"], mapped["endereco"]) == ("Recife", "Rua A")


def test_a_filter_says_of_a_value_what_a_reader_says() -> None:
    fields = [("dataNascimento", "{{ record.born | date('%d/%m/%Y') }}")]
    outcome = attempt({**PERSON, "born": "1990"}, fields=fields)
    assert isinstance(outcome, Mapped)
    assert outcome.notes == (Note("dataNascimento", Change.NULLED, "bad_date"),)
    rejection = refused({**PERSON, "born": "1990"}, fields=fields, optional_misfit="reject")
    assert "does not read as %d/%m/%Y" in rejection.message


def test_an_expression_that_fails_rejects_only_its_record() -> None:
    mapper = make_mapper(fields=[("nome", "{{ record.person.name }}")])
    rest = {"idRetaguarda": "7", "cpfCnpj": CPF}
    rejection = mapper.map(json.dumps(rest).encode())
    assert isinstance(rejection, Rejection)
    assert (rejection.reason, rejection.field, rejection.key) == (Reason.MAPPING_ERROR, "nome", "7")
    assert rejection.message == "nome cannot be computed: the expression fails with UndefinedError."
    outcome = mapper.map(json.dumps({**rest, "person": {"name": "Ana"}}).encode())
    assert isinstance(outcome, Mapped)


def test_all_that_is_missing_is_named_at_once() -> None:
    rejection = refused({"email": "ana@example.com"})
    assert (
        rejection.message == "Required, and empty or absent: cpfCnpj, idRetaguarda, nome. "
        "The record has no document, which v2 needs. Map a column to it, or fill it with a literal."
    )
    assert rejection.key is None


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b'{"a":"\\ud800"}', b'{"a":1e999}', b"[" * 200_000])
def test_what_is_no_json_is_rejected(data: bytes) -> None:
    rejection = make_mapper().map(data)
    assert isinstance(rejection, Rejection)
    assert (rejection.reason, rejection.field) == (Reason.WRONG_TYPE, None)
    assert rejection.message == "The record's data cannot be read as JSON."


@pytest.mark.parametrize("data", [b"[]", b"null", b'"a"', b"1"])
def test_what_is_no_json_object_is_rejected(data: bytes) -> None:
    rejection = make_mapper().map(data)
    assert isinstance(rejection, Rejection)
    assert rejection.message == "The record's data is not a JSON object."


def test_half_a_character_from_an_expression_is_rejected() -> None:
    rejection = refused(PERSON, fields=[("nome", "{{ '\\ud800' }}")])
    assert (rejection.reason, rejection.key) == (Reason.WRONG_TYPE, "7")
    assert "lone surrogate" in rejection.message


@pytest.mark.parametrize("order", [("nome", "id_retaguarda"), ("id_retaguarda", "nome")])
def test_a_rejection_names_the_key_wherever_the_record_has_it(order: tuple[str, str]) -> None:
    values: dict[str, object] = {"nome": ["no text"], "id_retaguarda": 7}
    assert refused({column: values[column] for column in order}).key == "7"


def test_a_rejection_names_the_key_that_the_config_makes() -> None:
    record = {"A": "1", "B": "2", "nome": ["no text"]}
    assert refused(record, fields=[("idRetaguarda", "{{ record.A ~ record.B }}")]).key == "12"
    assert refused(record, fields=[("idRetaguarda", "{{ record.A.x.y }}")]).key is None
    assert refused(record, fields=[("idRetaguarda", "C")]).key is None


def test_a_key_that_is_no_key_is_not_named() -> None:
    assert refused({"nome": ["no text"], "idRetaguarda": ["x"]}).key is None
    assert refused({"nome": ["no text"], "idRetaguarda": None}).key is None


@pytest.mark.parametrize(
    "field", sorted({field.name for field in shipped("cliente").fields["v2"]} - {"idRetaguarda"})
)
@pytest.mark.parametrize("value", [SECRET * 60, [SECRET], {SECRET: SECRET}])
def test_a_message_never_contains_the_value(field: str, value: object) -> None:
    outcome = attempt({**PERSON, field: value})
    if isinstance(outcome, Rejection):
        assert SECRET not in outcome.message
        assert outcome.raw is None


# Options


def test_truncated_values_are_counted_by_field() -> None:
    mapper = make_mapper()
    for number in range(3):
        mapper.map(json.dumps({**PERSON, "numero": "9" * 20, "bairro": "x" * (99 + number)}).encode())
    assert mapper.counts.by_field(Change.TRUNCATED) == {"numero": 3, "bairro": 1}


def test_an_overlong_text_rejects_where_the_config_says_so() -> None:
    assert refused({**PERSON, "numero": "9" * 20}, overlong="reject").reason is Reason.TOO_LONG


def test_length_only_lets_wrong_check_digits_pass() -> None:
    record = {**PERSON, "cpfCnpj": "102.030.405-71"}
    assert refused(record).reason == Reason.BAD_DOCUMENT
    assert payload(record, document_check="length_only")["cpfCnpj"] == "10203040571"


def test_the_later_entry_of_a_field_counts() -> None:
    fields = [("nome", "'first'"), ("NOME", "'second'")]
    assert payload(PERSON, fields=fields)["nome"] == "second"


def test_a_field_may_be_named_in_snake_case_in_the_config() -> None:
    assert payload(PERSON, fields=[("data_nascimento", "'1990-01-31'")])["dataNascimento"] == "1990-01-31"


def test_a_field_that_does_not_exist_is_an_error_of_the_config_that_lists_those_that_do() -> None:
    with pytest.raises(
        ConfigError, match=r"streams, entry 'erp': cliente has no field 'apelido' in v2. It has: idInquilino"
    ):
        make_mapper(fields=[("apelido", "x")], stream="erp")
    with pytest.raises(ConfigError, match="has no field 'descricao' in v2"):
        make_mapper(fields=[("descricao", "x")])
    make_mapper(fields=[("descricao", "x")], api_version="v3")


def test_a_field_that_does_not_exist_is_answered_with_the_nearest_and_with_how_to_declare_it() -> None:
    with pytest.raises(ConfigError) as raised:
        make_mapper(fields=[("telephone", "x")])
    said = str(raised.value)
    assert "Did you mean 'telefone'?" in said
    declaration = said.rpartition("declare it in objects: ")[2].removesuffix(".")
    cliente = with_objects(shipped_manifest(), declaration).get("cliente")
    assert payload({**PERSON, "x": "1"}, fields=[("telephone", "x")], object=cliente)["telephone"] == "1"


def test_an_expression_that_does_not_compile_is_an_error_of_the_config_that_names_its_field() -> None:
    with pytest.raises(
        ConfigError, match=r"streams, entry 'erp', field nome: the expression does not compile \(line 1\)"
    ):
        make_mapper(fields=[("nome", "{{ record.nome | }}")], stream="erp")


# Properties

NAMES = st.sampled_from(
    [
        *(
            field.name
            for declared in shipped_manifest().objects
            for fields in declared.fields.values()
            for field in fields
        ),
        "cpf_cnpj",
        "ID_RETAGUARDA",
        "attachments",
        "_ab_cdc_deleted_at",
        "A1_COD",
        "A1_LOJA",
        "A1_DTNASC",
        "default_address",
        "MailingStreet",
        "address",
    ]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from([CPF, CNPJ, "1990-01-31", "F", "7"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | NAMES, inner, max_size=3),
    max_leaves=5,
)
RECORDS = st.dictionaries(NAMES | st.text(), VALUES, max_size=12).map(lambda record: {**PERSON, **record})
OPTIONS = st.fixed_dictionaries(
    {
        "object": st.sampled_from(shipped_manifest().objects),
        "api_version": st.sampled_from(get_args(ApiVersion)),
        "overlong": st.sampled_from(["reject", "truncate"]),
        "soft_delete": st.booleans(),
        "attachments": st.booleans(),
    }
)


def check(data: bytes, options: dict[str, Any]) -> None:
    outcome = make_mapper(**options).map(data)
    if isinstance(outcome, Rejection):
        assert outcome.message
        return
    fields = {field.name: field for field in options["object"].fields[options["api_version"]]}
    sent = payload_of(outcome)
    assert set(sent) <= set(fields)
    assert {name for name, field in fields.items() if field.required} <= set(sent)
    assert all(value not in (None, "") for value in sent.values())
    for name, value in sent.items():
        limit = fields[name].max_length
        assert limit is None or not isinstance(value, str) or len(value) <= limit


@given(data=st.binary(), options=OPTIONS)
def test_no_bytes_make_the_mapper_raise(data: bytes, options: dict[str, Any]) -> None:
    check(data, options)


@given(record=RECORDS, options=OPTIONS)
@example(
    record={"file": "f", "_ab_cdc_deleted_at": "x"},
    options={
        "object": shipped("anexo"),
        "api_version": "v2",
        "overlong": "reject",
        "soft_delete": True,
        "attachments": True,
    },
)
def test_any_record_is_mapped_to_declared_fields_or_rejected(
    record: dict[str, Any], options: dict[str, Any]
) -> None:
    check(json.dumps(record).encode(), options)
    check(json.dumps(record, ensure_ascii=False).encode("utf-8", "surrogatepass"), options)


@given(record=RECORDS, preset=st.sampled_from(PRESETS), version=st.sampled_from(get_args(ApiVersion)))
def test_any_record_is_mapped_or_rejected_by_a_preset(
    record: dict[str, Any], preset: str, version: ApiVersion
) -> None:
    options = {"object": shipped("cliente"), "api_version": version, "preset": preset}
    check(json.dumps(record).encode(), options)


@given(record=RECORDS)
def test_mapping_a_payload_again_changes_nothing(record: dict[str, Any]) -> None:
    outcome = make_mapper().map(json.dumps(record).encode())
    if isinstance(outcome, Mapped):
        again = make_mapper().map(outcome.body + b"}")
        assert isinstance(again, Mapped)
        assert msgspec.json.decode(again.body + b"}") == msgspec.json.decode(outcome.body + b"}")
