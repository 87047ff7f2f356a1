"""What the shops say of a closed lote."""

from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.lote.shop_reports import ClosedLote, Finding, status_name
from source_destination_clientes.rejection.outcome import Reason, Stage
from source_destination_clientes.retaguarda.api import ShopStatus
from unit_tests.kit.fakes import make_entry


def lote(*keys: str) -> ClosedLote:
    return ClosedLote.of("L-1", [make_entry(key) for key in keys])


def keys(findings: list[Finding]) -> list[str | None]:
    return [rejection.key for _, rejection in findings]


def test_a_refused_record_is_found_with_the_shops_own_words() -> None:
    closed = lote("a", "b")
    ((record, rejection),) = closed.update((ShopStatus("0102", 6, (("b", "CPF inválido"),)),))
    assert record == make_entry("b").record
    assert (rejection.stage, rejection.reason) == (Stage.STORE, Reason.REFUSED_BY_STORE)
    assert (rejection.key, rejection.lote, rejection.raw) == ("b", "L-1", "CPF inválido")
    assert "0102" in rejection.message
    assert "CPF" not in rejection.message


def test_an_error_without_a_key_concerns_every_record() -> None:
    assert keys(lote("a", "b").update((ShopStatus("0102", 6, ((None, "estrutura"),)),))) == ["a", "b"]


def test_errors_that_name_nobody_concern_every_record() -> None:
    assert keys(lote("a", "b").update((ShopStatus("0102", 6, ()),))) == ["a", "b"]


def test_each_shop_speaks_for_itself() -> None:
    shops = (ShopStatus("0101", 6, (("a", "x"),)), ShopStatus("0102", 6, (("a", "y"), ("b", "z"))))
    assert keys(lote("a", "b").update(shops)) == ["a", "a", "b"]


def test_what_was_told_is_not_told_again() -> None:
    closed = lote("a", "b")
    closed.update((ShopStatus("0102", 4, (("a", "x"),)),))
    assert keys(closed.update((ShopStatus("0102", 6, (("a", "x"), (None, "all"))),))) == ["b"]
    assert closed.update((ShopStatus("0102", 6, (("a", "x"), (None, "all"), ("b", "late"))),)) == []
    assert closed.refused == 2


def test_several_errors_of_one_record_are_one_finding() -> None:
    ((_, rejection),) = lote("a").update((ShopStatus("0102", 6, (("a", "x"), ("a", "y"))),))
    assert rejection.raw == "x; y"


def test_a_key_shared_by_a_cliente_and_an_address_concerns_both() -> None:
    address = make_entry("a", version=2, kind="cliente_endereco")
    closed = ClosedLote.of("L-1", [make_entry("a"), address])
    assert len(closed.update((ShopStatus("0102", 6, (("a", "x"),)),))) == 2


def test_only_the_latest_version_of_a_cliente_reached_the_shops() -> None:
    newer, older = make_entry("a", version=2), make_entry("a", version=1)
    closed = ClosedLote.of("L-1", [newer, older])
    ((record, _),) = closed.update((ShopStatus("0102", 6, (("a", "x"),)),))
    assert (record, closed.records) == (newer.record, 1)


def test_refusals_of_records_no_longer_held_are_counted() -> None:
    closed = lote("a", "b", "c")
    closed.forget_records()
    assert closed.update((ShopStatus("0101", 6, (("a", "x"),)), ShopStatus("0102", 6, ()))) == []
    assert closed.unmatched == 1 + 3


def test_a_lote_is_done_when_every_shop_has_downloaded_it() -> None:
    closed, done = lote("a"), []
    first, both = ShopStatus("0101", 5, ()), ShopStatus("0102", 6, (("a", "x"),))
    for shops in ((), (first, ShopStatus("0102", 2, ())), (first, both)):
        closed.update(shops)
        done.append(closed.done)
    assert done == [False, False, True]
    assert "0102 BaixadoComErro; 1 refused" in closed.sentence()


def test_a_status_nobody_documented_still_has_a_name() -> None:
    assert status_name(42) == "status 42"


shop_answers = st.lists(
    st.builds(
        ShopStatus,
        st.sampled_from(["0101", "0102"]),
        st.integers(0, 9),
        st.lists(
            st.tuples(st.sampled_from([None, "a", "b", "x"]), st.sampled_from(["u", "v"])), max_size=4
        ).map(tuple),
    ),
    max_size=3,
    unique_by=lambda shop: shop.shop,
)


@given(st.lists(shop_answers, max_size=6))
def test_a_shop_refuses_each_record_once_whatever_it_says_and_repeats(
    answers: list[list[ShopStatus]],
) -> None:
    closed = lote("a", "b")
    found = [finding for answer in answers for finding in closed.update(tuple(answer))]
    told = [(rejection.key, rejection.message.split()[1]) for _, rejection in found]
    assert len(told) == len(set(told))
    assert {key for key, _ in told} <= {"a", "b"}


def test_a_record_that_a_shop_names_many_times_costs_what_is_said_once() -> None:
    errors = tuple(("b", "CPF inválido") for _ in range(60_000))
    ((_, rejection),) = lote("a", "b").update((ShopStatus("0102", 6, errors),))
    assert rejection.raw == "CPF inválido"
