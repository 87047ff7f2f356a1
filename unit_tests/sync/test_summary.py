import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from source_destination_clientes.cliente.mapped import Change, Note, ValueCounts
from source_destination_clientes.lote.shop_reports import ClosedLote
from source_destination_clientes.rejection.tally import Cause, StreamTally
from source_destination_clientes.retaguarda.api import ShopStatus
from source_destination_clientes.sync.summary import StreamSummary, summary_lines
from unit_tests.kit.fakes import make_entry


def lines(*streams: StreamSummary, **changes: Any) -> list[str]:
    options: dict[str, Any] = {"lotes": 3, "ignored": {}, "dead_letter": None, **changes}
    return summary_lines(streams, **options)


def causes(reasons: Mapping[str, int]) -> Counter[Cause]:
    return Counter({("mapping", reason, None): count for reason, count in reasons.items()})


def stream(name: str = "clientes", **changes: Any) -> StreamSummary:
    tally = StreamTally(
        accepted=changes.get("accepted", 0),
        causes=causes(changes.get("reasons", {})),
        causes_later=causes(changes.get("later", {})),
    )
    values = ValueCounts()
    for field, count in changes.get("truncated", {}).items():
        values.add([Note(field, Change.TRUNCATED, "too_long")] * count)
    for field, count in changes.get("left_out", {}).items():
        values.add([Note(field, Change.NULLED, "wrong_type")] * count)
    return StreamSummary((None, name), tally, values)


def numbers(said: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(said[-1])["summary"]
    return found


def closed(code: str, *shops: ShopStatus) -> ClosedLote:
    lote = ClosedLote.of(code, [make_entry("k1")])
    lote.update(shops)
    return lote


def test_each_stream_has_a_line_for_people_and_its_numbers_for_machines() -> None:
    said = lines(
        stream(
            accepted=1200,
            reasons={"too_long": 2, "bad_date": 30},
            truncated={"bairro": 4},
            left_out={"email": 7},
        ),
        stream("enderecos"),
    )
    assert said[0] == (
        "Stream clientes: 1,232 records: 1,200 accepted, 32 rejected (bad_date 30, too_long 2); truncated: bairro 4; values left out: email 7."
    )
    assert said[1] == "Stream enderecos: 0 records: 0 accepted, none rejected."
    first = numbers(said)["streams"][0]
    assert (first["accepted"], first["rejected"], first["reasons"]) == (
        1200,
        32,
        {"too_long": 2, "bad_date": 30},
    )


def test_what_was_rejected_afterwards_is_not_counted_as_rejected() -> None:
    said = lines(stream(accepted=5, later={"refused_by_store": 2}), dead_letter="s3://b/42")
    assert "5 accepted, none rejected; rejected afterwards: refused_by_store 2" in said[0]
    assert any("s3://b/42" in line for line in said)


def test_an_operator_learns_that_rejected_records_were_only_counted() -> None:
    assert any("object_storage_config" in line for line in lines(stream(reasons={"too_long": 1})))
    assert not any("object_storage_config" in line for line in lines(stream(accepted=1)))


@pytest.mark.parametrize(
    ("noise", "line"),
    [
        (1, "1 line on stdin was not an Airbyte message and was ignored."),
        (1700, "1,700 lines on stdin were not Airbyte messages and were ignored."),
    ],
)
def test_lines_that_were_no_messages_are_counted(noise: int, line: str) -> None:
    assert line in lines(ignored={"noise": noise, "LOG": 9})


def test_lotes_with_trouble_are_told_first_and_shops_that_lag_are_summed_up() -> None:
    fine, late = ShopStatus("0101", 5, ()), ShopStatus("0102", 2, ())
    lotes = [closed(f"L-{number}", fine, late) for number in range(30)]
    lotes += [closed("L-bad", fine, ShopStatus("0102", 6, (("k1", "x"),)))]
    said = lines(followed=lotes)
    at = next(position for position, line in enumerate(said) if line.startswith("At the shops"))
    assert "31 lotes followed, 0 downloaded by every shop without an error, 1 with errors, 30 not" in said[at]
    assert said[at + 1].startswith(
        "Lote L-bad, 1 records: 0101 BaixadoComSucesso, 0102 BaixadoComErro; 1 refused"
    )
    assert "And 11 more lotes." in said
    assert any(line.startswith("Shop 0102 has not finished 30 lotes yet (Disponivel)") for line in said)
    assert numbers(said)["stores"]["lotes"][0]["lote"] == "L-bad"


def test_refusals_without_a_record_are_owned_up_to() -> None:
    lote = closed("L-1", ShopStatus("0101", 6, (("nobody", "x"),)))
    assert any(line.startswith("1 refusals are only counted") for line in lines(followed=[lote]))


def test_nothing_is_said_of_shops_that_nobody_asked() -> None:
    said = lines(stream(accepted=1), followed=None)
    assert "stores" not in numbers(said)
