"""Which words stand for which codes."""

import pytest

from source_destination_clientes.cliente import words
from source_destination_clientes.manifest.objects import ApiVersion
from unit_tests.kit.manifests import shipped
from unit_tests.kit.mapping import PERSON, payload, refused


@pytest.mark.parametrize(
    ("field", "word", "code"),
    [
        ("sexo", "Masculino", 1),
        ("sexo", "M", 1),
        ("sexo", "male", 1),
        ("sexo", "FEMININO", 2),
        ("sexo", "f", 2),
        ("sexo", "Female", 2),
        ("sexo", "Não informado", 0),
        ("sexo", "other", 0),
        ("estadoCivil", "Casado(a)", 1),
        ("estadoCivil", "married", 1),
        ("estadoCivil", "solteira", 2),
        ("estadoCivil", "single", 2),
        ("estadoCivil", "Viúvo", 3),
        ("estadoCivil", "widowed", 3),
        ("estadoCivil", "separado", 4),
        ("estadoCivil", "Divorciada", 5),
        ("estadoCivil", "divorced", 5),
        ("estadoCivil", "União  estável", 6),
        ("situacao", "Ativo", 1),
        ("situacao", "inativa", 0),
        ("situacao", "S", 1),
        ("situacao", "não", 0),
        ("situacao", "active", 1),
        ("situacao", "inactive", 0),
        ("situacao", True, 1),
        ("situacao", False, 0),
        ("situacao", "false", 0),
        ("pessoaFisica", "F", 1),
        ("pessoaFisica", "PF", 1),
        ("pessoaFisica", "Pessoa Física", 1),
        ("pessoaFisica", "J", 0),
        ("pessoaFisica", "pj", 0),
        ("pessoaFisica", "company", 0),
        ("pessoaFisica", True, 1),
        ("pessoaFisica", "não", 0),
    ],
)
def test_a_word_in_portuguese_or_english_stands_for_a_code(field: str, word: str | bool, code: int) -> None:
    assert payload({**PERSON, field: word})[field] == code


@pytest.mark.parametrize(
    ("word", "code"), [("entrega", 0), ("Comercial", 1), ("cobrança", 2), ("billing", 2)]
)
def test_the_kind_of_an_address_has_words(word: str, code: int) -> None:
    assert payload({**PERSON, "tipoEndereco": word}, api_version="v3")["tipoEndereco"] == code


@pytest.mark.parametrize(
    ("word", "code"), [("F", 0), ("pf", 0), (True, 0), ("true", 0), ("J", 1), (False, 1), ("cnpj", 1)]
)
def test_the_words_of_person_and_company_follow_the_config(word: str | bool, code: int) -> None:
    assert payload({**PERSON, "pessoaFisica": word}, pessoa_fisica_code=0)["pessoaFisica"] == code


@pytest.mark.parametrize("code", [0, 1])
def test_a_code_for_person_and_company_stays_what_the_record_says(code: int) -> None:
    assert payload({**PERSON, "pessoaFisica": code}, pessoa_fisica_code=0)["pessoaFisica"] == code


@pytest.mark.parametrize("field", ["sexo", "estadoCivil"])
def test_a_boolean_is_no_code_where_no_word_for_yes_is_one(field: str) -> None:
    assert refused({**PERSON, field: True}).reason == "wrong_type"


def test_words_are_kept_in_the_form_they_are_compared_in() -> None:
    tables = (*words.CODE_WORDS.values(), words.PERSON_WORDS, words.FLAG_WORDS, words.UF_WORDS)
    for table in tables:
        for word in table:
            assert words.plain(word) == word


@pytest.mark.parametrize("version", ["v2", "v3"])
def test_every_word_stands_for_a_code_that_its_field_takes(version: ApiVersion) -> None:
    for field in shipped("cliente").fields[version]:
        named = words.CODE_WORDS.get(field.name, {})
        assert set(named.values()) <= set(field.codes or ())


def test_every_code_of_every_field_has_a_word() -> None:
    for field in shipped("cliente").fields["v3"]:
        if field.codes is not None and field.name != "pessoaFisica":
            assert set(words.CODE_WORDS[field.name].values()) == set(field.codes), field.name


def test_brazil_has_twenty_seven_states() -> None:
    assert len(words.UF_WORDS) == len(set(words.UF_WORDS.values())) == 27


@pytest.mark.parametrize(
    ("written", "plain"),
    [(" Solteiro(a) ", "solteiro"), ("DIVORCIADO(A)", "divorciado"), ("União   Estável", "uniao estavel")],
)
def test_accents_case_blanks_and_the_a_of_forms_do_not_count(written: str, plain: str) -> None:
    assert words.plain(written) == plain
