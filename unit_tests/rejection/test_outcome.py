import pytest

from source_destination_clientes.rejection.outcome import ACCEPTED, UNSETTLED, Reason, Rejection, Stage


def test_the_three_outcomes_are_never_equal() -> None:
    rejection = Rejection(Stage.API, Reason.REFUSED_BY_API, "m")
    assert len({ACCEPTED, UNSETTLED, rejection}) == 3


def test_a_rejection_is_final() -> None:
    rejection = Rejection(Stage.API, Reason.REFUSED_BY_API, "m")
    with pytest.raises(AttributeError):
        rejection.message = "other"  # type: ignore[misc] # the point of the test


def test_reasons_are_their_own_names_in_lower_case() -> None:
    assert all(reason.value == reason.name.lower() for reason in (*Reason, *Stage))
