"""Time and chance as parameters, so that tests never wait and never differ."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime


def _utc_now() -> datetime:
    return datetime.now(tz=UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """Time and chance.

    `monotonic` counts seconds for deadlines, `now` is the wall clock in UTC, `sleep` waits that many seconds, and
    `random` yields a float in [0, 1) for jitter.
    """

    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = _utc_now
    sleep: Callable[[float], None] = time.sleep
    random: Callable[[], float] = field(default=random.random)
