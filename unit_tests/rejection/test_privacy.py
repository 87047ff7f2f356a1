import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.cliente.mapped import Mapped, MappedSlice
from source_destination_clientes.rejection.outcome import Reason, Rejection, Stage
from source_destination_clientes.rejection.privacy import mask_key, mask_words
from unit_tests.kit.fakes import make_entry


@pytest.mark.parametrize(
    "key",
    [
        "52998224725",
        "529.982.247-25",
        " 529 982 247 25 ",
        "11222333000181",
        "11.222.333/0001-81",
        "12ABC34501DE35",
        "12.abc.345/01de-35",
        "PF-529.982.247-25",
        "C52998224725",
        "erp:11222333000181",
        "ana.maria@example.com",
    ],
)
def test_documents_are_hidden_but_for_their_end(key: str) -> None:
    masked = mask_key(key)
    assert masked.startswith("***")
    assert len(masked) == 5
    assert key.strip().endswith(masked[-2:])


@pytest.mark.parametrize(
    "key",
    [
        "C-000017",
        "4711",
        "003Xx000004TmiQIAS",
        "5299822472",
        "529982247250",
        "5f0c9a1e-7b52-4c1d-9c0e-1d2f3a4b5c6d",
    ],
)
def test_keys_of_other_forms_are_shown(key: str) -> None:
    assert mask_key(key) == key


@given(st.integers(0, 10**11 - 1), st.sampled_from(["", ".", "-", " ", "/"]))
def test_no_eleven_digits_are_ever_shown(number: int, separator: str) -> None:
    digits = f"{number:011d}"
    assert digits[:9] not in mask_key(separator.join((digits[:3], digits[3:])))


@pytest.mark.parametrize(
    "hidden",
    [
        "52998224725",
        "529.982.247-25",
        "529 982 247 25",
        "11222333000181",
        "11.222.333/0001-81",
        "12ABC34501DE35",
        "12.abc.345/01de-35",
        "ana.maria@example.com",
        "+ana+maria@example.com",
        "(11) 91234-5678",
        "01310100",
        "4111111111111111",
    ],
)
def test_what_a_store_says_names_neither_documents_nor_addresses_nor_long_numbers(hidden: str) -> None:
    for words in (f"{hidden} recusado", f"Cliente {hidden}: recusado", f'{{"valor":{hidden},"erro":1}}'):
        said = mask_words(words)
        assert "***" in said
        assert hidden not in said
        assert not any(part in said for part in ("ana", "529", "0001", "ABC", "abc", "5678", "1310"))


@pytest.mark.parametrize(
    "words",
    [
        "",
        "Cliente não pôde ser gravado no PDV",
        "Loja 0102: erro 1234567 no campo nome",
        "HTTP 500, 3 de 250 registros",
        "IdentificadorExterno",
    ],
)
def test_words_about_nobody_are_shown_as_they_are(words: str) -> None:
    assert mask_words(words) == words


@given(st.text(alphabet="0123456789.-/ "))
def test_no_eight_digits_stay_together_in_words(words: str) -> None:
    assert not re.search(r"[0-9]{8}", mask_words(words))


def test_a_person_does_not_show_when_what_holds_his_data_is_printed() -> None:
    cpf = "52998224725"
    said = Rejection(Stage.API, Reason.REFUSED_BY_API, "m", key=cpf, raw=f"CPF {cpf}")
    mapped, run = Mapped(cpf, cpf.encode(), (cpf.encode(),)), MappedSlice(0, [cpf], [cpf.encode()])
    assert cpf not in f"{mapped!r} {run!r} {make_entry(cpf)!r} {said!r}"
