"""What the page shows."""

from typing import Any

import pytest

from source_destination_clientes.sandbox.overview import mask
from source_destination_clientes.sandbox.rules import (
    LOTE_REFUSED_BY_STORE,
    REFUSED_BY_API,
    REFUSED_BY_STORE,
)
from unit_tests.kit.asgi import App, cliente


def shown(app: App, **query: Any) -> Any:
    return app("GET", "/_sandbox/overview", **query).json


def test_an_empty_sandbox_has_nothing_to_show() -> None:
    seen = shown(App())
    assert (seen["lotes"], seen["lote"], seen["faults"], seen["calls"]) == ([], None, [], [])
    assert set(seen["counts"].values()) == {0}


def test_lotes_are_shown_with_their_shops_the_newest_first() -> None:
    app = App(stores=("01", "02"))
    codes = []
    for number in range(14):
        codes.append(app.opened())
        app.send(cliente(codes[-1], f"C-{number}", nome=f"Ana {REFUSED_BY_STORE}"))
        app.close(codes[-1])
    lotes = shown(app)["lotes"]
    assert [lote["loteOrigem"] for lote in lotes] == codes[:1:-1]
    assert lotes[0]["stores"] == [
        {"store": "01", "status": 5, "refused": 0},
        {"store": "02", "status": 6, "refused": 1},
    ]


def test_records_are_those_of_the_newest_lote_unless_another_one_is_named() -> None:
    app = App()
    first = app.opened()
    app.send(cliente(first))
    app.close(first)
    second = app.opened()
    assert (shown(app)["lote"]["loteOrigem"], shown(app)["lote"]["records"]) == (second, [])
    named = shown(app, lote=first)["lote"]
    assert (named["loteOrigem"], len(named["records"])) == (first, 1)
    assert shown(app, lote="unknown")["lote"]["loteOrigem"] == second


def test_people_are_masked_unless_asked_for() -> None:
    app = App()
    app.send(cliente(app.opened(), nome="Ana Souza", cidade="Recife", estado="PE"))
    (masked,) = shown(app)["lote"]["records"]
    (revealed,) = shown(app, reveal=1)["lote"]["records"]
    assert masked == {
        "object": "cliente",
        "key": "C-1",
        "name": "A•• S••••",
        "document": "5••••••••••",
        "place": "R••••• / P•",
        "refused_by_store": None,
    }
    assert revealed == {
        "object": "cliente",
        "key": "C-1",
        "name": "Ana Souza",
        "document": "52998224725",
        "place": "Recife / PE",
        "refused_by_store": None,
    }


def test_refused_records_come_first_with_the_reason() -> None:
    app = App()
    code = app.opened()
    late = cliente(code, "C-1", nome=f"Ana {REFUSED_BY_STORE}")
    plain = [cliente(code, f"C-{number}") for number in range(2, 90)]
    app.send(late, *plain, cliente(code, "C-90", nome=f"Ana {REFUSED_BY_API}"), version="v3/")
    app.close(code)
    seen = shown(app, reveal=1)
    first, second, *others = seen["lote"]["records"]
    assert (first["key"], first["refused"]) == ("C-90", "Cliente recusado por regra de negócio")
    assert (second["key"], second["refused_by_store"]) == ("C-1", "Cliente não pôde ser gravado no PDV")
    assert [each["key"] for each in others] == [f"C-{number}" for number in range(89, 49, -1)]
    assert (seen["counts"]["refused"], seen["lotes"][0]["refused"]) == (1, 1)


def test_a_shop_has_refused_nothing_before_it_has_downloaded_the_lote() -> None:
    app = App(store_delay=60)
    code = app.opened()
    app.send(cliente(code, nome=f"Ana {REFUSED_BY_STORE}"))
    app.close(code)
    (record,) = shown(app)["lote"]["records"]
    assert record["refused_by_store"] is None


def test_a_lote_that_a_shop_refuses_is_refused_with_every_record() -> None:
    app = App()
    code = app.opened()
    app.send(cliente(code, nome=f"Ana {LOTE_REFUSED_BY_STORE}"), cliente(code, "C-2"))
    app.close(code)
    assert {each["refused_by_store"] for each in shown(app)["lote"]["records"]} == {
        "Falha ao processar o lote"
    }


def test_a_record_that_is_taken_later_is_refused_no_more() -> None:
    app = App()
    code = app.opened()
    app.send(cliente(code, nome=""))
    assert shown(app)["counts"]["refused"] == 1
    app.send(cliente(code))
    assert shown(app)["counts"]["refused"] == 0


def test_addresses_show_their_street_and_their_cliente() -> None:
    app = App()
    address = cliente(
        app.opened(), "E-1", idClienteRetaguarda="C-7", endereco="Rua A", nome=None, cpfCnpj=None
    )
    app.send(address, version="v2/", path="clienteenderecos")
    (seen,) = shown(app, reveal=1)["lote"]["records"]
    assert (seen["object"], seen["name"], seen["document"]) == ("cliente_endereco", "Rua A", "C-7")


def test_calls_are_shown_the_newest_first_with_the_fault_that_spoiled_them() -> None:
    app = App()
    app.control("faults", {"operation": "send", "kind": "status", "status": 503})
    app.send(cliente(app.opened()))
    newest, first = shown(app)["calls"]
    assert (newest["operation"], newest["status"], newest["fault"]) == ("send", 503, "status")
    assert newest["path"] == "/cliente/api/retaguarda/v2/clientes"
    assert (first["operation"], first["status"], first["fault"]) == ("open", 200, None)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Ana Maria", "A•• M••••"),
        ("529.982.247-25", "5••.9••.2••-2•"),
        ("ana_b@x.br", "a••••@x.b•"),
        ("Ça", "Ç•"),
        ("", ""),
    ],
)
def test_a_mask_keeps_the_first_character_of_each_word(text: str, masked: str) -> None:
    assert mask(text) == masked
