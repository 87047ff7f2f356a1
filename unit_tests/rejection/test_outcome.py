import pytest

from source_destination_clientes.rejection.outcome import ACCEPTED, Reason, Rejection, Stage


def test_an_accepted_record_is_never_taken_for_a_rejected_one() -> None:
    rejection = Rejection(Stage.API, Reason.REFUSED_BY_API, "m")
    assert len({ACCEPTED, rejection}) == 2
    assert not isinstance(ACCEPTED, Rejection)


def test_a_rejection_is_final() -> None:
    rejection = Rejection(Stage.API, Reason.REFUSED_BY_API, "m")
    with pytest.raises(AttributeError):
        rejection.message = "other"  # type: ignore[misc] # the point of the test


def test_reasons_are_their_own_names_in_lower_case() -> None:
    assert all(reason.value == reason.name.lower() for reason in (*Reason, *Stage))


def test_a_printed_rejection_shows_neither_its_key_nor_the_words_of_the_api() -> None:
    rejection = Rejection(Stage.API, Reason.REFUSED_BY_API, "m", key="529.982.247-25", raw="Ana Maria")
    for shown in (repr(rejection), str(rejection), f"{[rejection]}"):
        assert "529" not in shown
        assert "Ana" not in shown
