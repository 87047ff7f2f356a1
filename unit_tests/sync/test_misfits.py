"""Which columns are warned of, and which end a sync."""

from source_destination_clientes.cliente.mapped import PLACEHOLDER, Change, Note, ValueCounts
from source_destination_clientes.sync.misfits import MisfitWatch

STREAM = (None, "clientes")


def counts_of(misfits: int, fits: int, reason: str = "bad_date") -> ValueCounts:
    counts = ValueCounts(frozenset({"dataNascimento"}), records=misfits + fits)
    counts.add([Note("dataNascimento", Change.NULLED, reason)] * misfits)
    counts.fits["dataNascimento"] = fits
    return counts


def watch_of(misfits: int, fits: int, reason: str = "bad_date", *, fails: bool = True) -> MisfitWatch:
    return MisfitWatch([(STREAM, counts_of(misfits, fits, reason))], fails)


def test_more_than_a_fifth_is_warned_of_once_with_the_remedy() -> None:
    watch = watch_of(21, 79)
    (warning,) = watch.warnings(at_end=False)
    assert warning == (
        "21% of 100 values for dataNascimento in stream clientes do not fit (bad_date) and are left out. "
        'Say in values.date_formats how its dates are written, for example ["%d/%m/%Y"].'
    )
    assert not list(watch.warnings(at_end=True))


def test_a_fifth_is_not_warned_of() -> None:
    assert not list(watch_of(20, 80).warnings(at_end=True))


def test_few_values_are_judged_at_the_end_only() -> None:
    watch = watch_of(1, 0, "not_in_list")
    assert not list(watch.warnings(at_end=False))
    assert len(list(watch.warnings(at_end=True))) == 1


def test_a_column_that_never_fits_ends_the_sync_from_a_hundred_values_on() -> None:
    assert watch_of(99, 0).verdict() is None
    verdict = watch_of(100, 0).verdict()
    assert verdict is not None
    assert verdict.startswith("All 100 values for dataNascimento in stream clientes do not fit (bad_date)")
    assert "rejections.fail_when_column_misfits" in verdict


def test_one_value_that_fits_is_enough_to_go_on() -> None:
    watch = watch_of(1000, 1)
    assert watch.verdict() is None
    assert watch.may_release()


def test_states_wait_while_no_value_of_a_column_fits_but_not_for_a_column_that_is_rarely_filled() -> None:
    watch = watch_of(3, 0)
    assert not watch.may_release()
    ((_, counts),) = watch.streams
    counts.records = 1_000
    assert watch.may_release()


def test_a_config_may_go_on_whatever_does_not_fit() -> None:
    watch = watch_of(100, 0, fails=False)
    assert watch.verdict() is None
    assert watch.may_release()
    assert len(list(watch.warnings(at_end=False))) == 1


def test_a_field_with_a_default_is_not_judged() -> None:
    counts = counts_of(1000, 0)
    counts.judged = frozenset()
    assert MisfitWatch([(STREAM, counts)]).verdict() is None


def test_placeholders_are_no_misfits() -> None:
    watch = watch_of(1000, 0, PLACEHOLDER)
    assert watch.verdict() is None
    assert watch.may_release()
    assert not list(watch.warnings(at_end=True))
