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
        "12345678",
        "4711 01",
        "003Xx000004TmiQIAS",
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


DOCUMENTS = st.one_of(
    st.integers(0, 10**11 - 1).map("{:011d}".format),
    st.integers(0, 10**14 - 1).map("{:014d}".format),
    st.tuples(st.text("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", min_size=12, max_size=12), st.integers(0, 99)).map(
        lambda parts: f"{parts[0]}{parts[1]:02d}"
    ),
    st.integers(0, 10**9 - 1).map("5511{:09d}".format),
)
MARKS = st.sampled_from(
    [
        "",
        ".",
        "-",
        "/",
        " ",
        "_",
        ",",
        ":",
        "–",
        "\u2011",
        "\xa0",
        "\u200b",
        "\u2060",
        "\u0301",
        "\u3164",
        "\xad",
    ]
)
BRANCHES = st.sampled_from(["", "01", "0001", "01-", "CPF", "PF_", "loja 7/", "A1:", "é"])
ZEROS = st.sampled_from([ord("0"), 0xFF10, 0x0660, 0x06F0, 0x0966, 0x1D7CE])


@given(DOCUMENTS, BRANCHES, BRANCHES, st.lists(MARKS, min_size=1, max_size=5), ZEROS)
def test_no_document_is_shown_in_whatever_dress(
    document: str, before: str, after: str, marks: list[str], zero: int
) -> None:
    """A document with a branch, marks between its digits, in any script, and invisible characters."""
    dressed = "".join(
        (chr(zero + int(character)) if character.isdecimal() else character) + marks[place % len(marks)]
        for place, character in enumerate(document)
    )
    key = f"{before}{dressed}{after}"
    masked = mask_key(key)
    assert masked != key
    assert masked.startswith("***")
    assert len(masked) <= 5


@given(
    st.text("abcdefghijklmnopqrstuvwxyz.", min_size=1),
    st.sampled_from(["@", "%40", "＠", "%2540", "&#64;", "@\u200b"]),
    BRANCHES,
)
def test_no_address_of_a_person_is_shown_in_whatever_dress(name: str, at: str, before: str) -> None:
    masked = mask_key(f"{before}{name}{at}example.com")
    assert masked == "***om"


@pytest.mark.parametrize(
    "words",
    [
        "CPF 529\u200b982\u200b24725",
        "CPF ５２９．９８２．２４７－２５",
        "CPF 01-52998224725",
        "cliente ana%40example.com",
        "CNPJ 12 . ABC . 345 / 01DE - 35",
    ],
)
def test_words_hide_people_in_other_dresses_too(words: str) -> None:
    said = mask_words(words)
    assert said.startswith(words.split(maxsplit=1)[0])
    assert not any(part in said for part in ("529", "982", "247", "ABC", "345", "01DE", "ana", "example"))


def test_an_id_in_the_form_of_a_uuid_is_shown_unless_it_holds_a_number_of_a_person() -> None:
    assert mask_key("12ABC345-01DE-4512-9c0e-1d2f3a4b5c6d") == "12ABC345-01DE-4512-9c0e-1d2f3a4b5c6d"
    assert mask_key("00000000-0000-4000-8000-052998224725") == "***25"
