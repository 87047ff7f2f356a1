"""Payloads are shown without a person's data."""

from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.commands.masking import mask_payload


def test_personal_fields_show_their_shape_only() -> None:
    shown = mask_payload({"nome": "Ana Sá", "email": "ana@example.com", "cep": "01310-100", "sexo": 2})
    assert shown == {"nome": "Xxx Xx", "email": "xxx@xxxxxxx.xxx", "cep": "99999-999", "sexo": 9}


def test_fields_that_say_nothing_about_a_person_are_shown() -> None:
    payload = {"idInquilino": "inq-1", "situacao": 0, "pessoaFisica": 1, "atividade": None, "bloqueado": True}
    assert mask_payload(payload) == payload


def test_a_key_is_shown_unless_it_is_a_document() -> None:
    assert mask_payload({"idRetaguarda": "C-7"}) == {"idRetaguarda": "C-7"}
    assert mask_payload({"idRetaguarda": "529.982.247-25"}) == {"idRetaguarda": "***25"}
    assert mask_payload({"idClienteRetaguarda": "52998224725"}) == {"idClienteRetaguarda": "***25"}


@given(st.text())
def test_no_letter_and_no_digit_of_a_text_is_left_and_its_length_is_kept(text: str) -> None:
    shown = mask_payload({"nome": text})["nome"]
    assert len(shown) == len(text)
    for before, after in zip(text, shown, strict=True):
        if before.isdecimal():
            assert after == "9"
        elif before.isalpha():
            assert after in "Xx"
