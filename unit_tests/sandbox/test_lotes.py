"""Lotes in memory."""

import pytest

from source_destination_clientes.sandbox.lotes import Lote, Lotes
from source_destination_clientes.sandbox.rules import LOTE_REFUSED_BY_STORE, REFUSED_BY_STORE
from unit_tests.kit.fakes import FakeTime


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def lotes(time: FakeTime) -> Lotes:
    return Lotes(("0101", "0102"), 2.0, monotonic=lambda: time.seconds)


def opened(lotes: Lotes, inquilino: str = "inq", owner_closes_after: float | None = None) -> Lote:
    lote = lotes.open(inquilino, [0], owner_closes_after=owner_closes_after)
    assert lote is not None
    return lote


def test_an_inquilino_has_one_open_lote_at_a_time(lotes: Lotes) -> None:
    first = opened(lotes)
    assert lotes.open("inq", [0]) is None
    assert opened(lotes, "other") is not first
    lotes.close(first)
    assert opened(lotes).code != first.code


def test_a_lote_is_found_by_its_own_inquilino_only(lotes: Lotes) -> None:
    lote = opened(lotes)
    assert lotes.find("inq", lote.code) is lote
    assert lotes.find("other", lote.code) is None
    assert lotes.find("inq", "unknown") is None


def test_the_tills_see_a_record_only_once_its_lote_is_closed(lotes: Lotes) -> None:
    lote = opened(lotes)
    lote.records["cliente", "C-1"] = {"idRetaguarda": "C-1"}
    assert list(lotes.visible(None)) == []
    assert [record["idRetaguarda"] for record in lotes.pending()] == ["C-1"]
    lotes.close(lote)
    assert list(lotes.visible("inq")) == [{"_object": "cliente", "idRetaguarda": "C-1"}]
    assert list(lotes.visible("other")) == []
    assert list(lotes.pending()) == []


def test_the_owner_of_a_planted_lote_closes_it_in_time(lotes: Lotes, time: FakeTime) -> None:
    lote = opened(lotes, owner_closes_after=10)
    time.seconds = 9.9
    assert lotes.open("inq", [0]) is None
    time.seconds = 10
    assert lotes.open("inq", [0]) is not None
    assert lote.closed_at == 10


def test_lotes_open_now_are_counted(lotes: Lotes, time: FakeTime) -> None:
    opened(lotes, owner_closes_after=10)
    opened(lotes, "other")
    counts = [lotes.open_count]
    time.seconds = 11
    assert [*counts, lotes.open_count] == [2, 1]


def test_the_stores_download_a_closed_lote_after_a_while(lotes: Lotes, time: FakeTime) -> None:
    lote = opened(lotes)
    seen = [lotes.status(lote)[0]["status"]]
    lotes.close(lote)
    for seconds in (0.5, 1.5, 2.0):
        time.seconds = seconds
        seen.append(lotes.status(lote)[0]["status"])
    assert seen == [0, 2, 4, 5]


@pytest.mark.parametrize(
    ("name", "key"),
    [(REFUSED_BY_STORE, "C-1"), (LOTE_REFUSED_BY_STORE, "00000000-0000-0000-0000-000000000000")],
)
def test_the_last_store_refuses_what_it_is_told_to_once_it_has_downloaded(
    lotes: Lotes, time: FakeTime, name: str, key: str
) -> None:
    lote = opened(lotes)
    lote.records["cliente", "C-1"] = {"nome": f"Ana {name}"}
    lotes.close(lote)
    assert [store["errosIdentificados"] for store in lotes.status(lote)] == [[], []]
    time.seconds = 3
    first, last = lotes.status(lote)
    assert (first["status"], first["errosIdentificados"]) == (5, [])
    assert (last["status"], [error["idRetaguarda"] for error in last["errosIdentificados"]]) == (6, [key])


def test_a_lote_describes_itself_for_the_control_routes(lotes: Lotes) -> None:
    shown = opened(lotes).as_json()
    assert (shown["idInquilino"], shown["tipoLote"], shown["records"], shown["closed_at"]) == (
        "inq",
        [0],
        0,
        None,
    )
