from source_destination_clientes.rejection.outcome import Reason, Rejection, Stage
from source_destination_clientes.rejection.tally import Tally

CLIENTES = (None, "clientes")
ORDERS = ("crm", "orders")


def refused(
    reason: Reason = Reason.TOO_LONG, key: str | None = "C-1", field: str | None = "nome"
) -> Rejection:
    return Rejection(Stage.MAPPING, reason, "The text is too long.", field=field, key=key, raw="Ana Maria")


def test_the_first_rejections_of_each_reason_are_told_and_the_rest_counted() -> None:
    tally = Tally(logged_per_reason=2)
    told = [tally.note(refused(), CLIENTES) for _ in range(4)]
    assert [line is None for line in told] == [False, False, True, True]
    assert told[1] == f"{told[0]} Further rejections for this reason are counted, not logged."
    assert tally.note(refused(Reason.BAD_DATE), CLIENTES) is not None
    assert tally.streams[CLIENTES].reasons == {"too_long": 4, "bad_date": 1}
    assert tally.streams[CLIENTES].rejected == 5


def test_a_warning_names_record_stream_field_and_lote() -> None:
    rejection = Rejection(
        Stage.API, Reason.REFUSED_BY_API, "PDVSync refused it.", key="C-1", lote="L-1", field="cep"
    )
    assert Tally(5).note(rejection, CLIENTES) == (
        "Rejected record C-1 of stream clientes: refused_by_api, field cep, lote L-1. PDVSync refused it."
    )


def test_neither_documents_nor_the_apis_words_are_told() -> None:
    warning = Tally(5).note(refused(key="529.982.247-25"), CLIENTES)
    assert warning is not None
    assert "529" not in warning
    assert "Ana Maria" not in warning


def test_a_record_without_a_key_is_told_as_such() -> None:
    assert (
        Tally(5).note(refused(key=None, field=None), CLIENTES)
        == "Rejected a record without key of stream clientes: too_long. The text is too long."
    )


def test_nothing_is_told_when_nobody_wants_to_hear_it() -> None:
    tally = Tally(logged_per_reason=0)
    assert tally.note(refused(), CLIENTES) is None
    assert tally.streams[CLIENTES].rejected == 1


def test_streams_are_counted_apart_but_told_together() -> None:
    tally = Tally(logged_per_reason=1)
    tally.accept(CLIENTES)
    assert tally.note(refused(), CLIENTES) is not None
    assert tally.note(refused(), ORDERS) is None
    assert (tally.streams[CLIENTES].accepted, tally.streams[ORDERS].accepted) == (1, 0)
    assert (tally.streams[CLIENTES].rejected, tally.streams[ORDERS].rejected) == (1, 1)


def test_what_comes_late_is_counted_apart() -> None:
    tally = Tally(5)
    tally.accept(CLIENTES)
    assert tally.note(refused(Reason.REFUSED_BY_STORE), CLIENTES, later=True) is not None
    clientes = tally.streams[CLIENTES]
    assert (clientes.accepted, clientes.rejected, clientes.later) == (1, 0, {"refused_by_store": 1})


def test_a_key_that_may_not_be_shown_is_found_by_its_row() -> None:
    hidden = Tally(5).note(refused(key="01-529.982.247-25"), CLIENTES, row="r-7")
    assert hidden is not None
    assert hidden.startswith("Rejected record ***25 (row r-7) of stream clientes: ")
    nameless = Tally(5).note(refused(key=None), CLIENTES, row="r-7")
    assert nameless is not None
    assert nameless.startswith("Rejected a record without key (row r-7) of stream clientes: ")
    shown = Tally(5).note(refused(), CLIENTES, row="r-7")
    assert shown is not None
    assert "r-7" not in shown
