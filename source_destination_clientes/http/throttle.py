"""The rate limit of the config: at most this many requests a second over all workers."""

import math
from collections.abc import Callable


def make_throttle(requests_per_second: float | None, sleep: Callable[[float], None]) -> Callable[[], None]:
    """Return a function that waits until one more request is due; without a limit it returns at once."""
    if not requests_per_second:
        return lambda: None
    # Most syncs have no limit, and every start would pay for this import.
    from pyrate_limiter import BucketFullException, Limiter, MonotonicClock, Rate  # noqa: PLC0415 - as above

    permits = max(1, math.floor(requests_per_second))
    # By the wall clock, one step back would stop all requests for as long as the step.
    clock = MonotonicClock()  # type: ignore[no-untyped-call] # the library's own
    limiter = Limiter(Rate(permits, math.ceil(1000 * permits / requests_per_second)), clock=clock)

    def wait_for_turn() -> None:
        while True:
            try:
                limiter.try_acquire("requests")
            except BucketFullException:
                sleep(1 / requests_per_second)
            else:
                return

    return wait_for_turn
