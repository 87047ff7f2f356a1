from datetime import UTC, timedelta

from source_destination_clientes.runtime.clock import Clock


def test_the_wall_clock_is_in_utc_and_chance_is_a_share() -> None:
    clock = Clock()
    assert clock.now().tzinfo is UTC
    assert clock.now().utcoffset() == timedelta(0)
    assert 0 <= clock.random() < 1
    assert clock.monotonic() <= clock.monotonic()
    clock.sleep(0)
