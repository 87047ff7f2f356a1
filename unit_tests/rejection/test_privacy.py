import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.rejection.privacy import mask_key


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
