"""Every time limit of a run on one page. All are in seconds, and each must end before the next one begins to matter.

After a request to stop, the container is killed 30 s later (terminationGracePeriodSeconds, Kubernetes' default):
closing the lote, then the delivery, then the dead letter must be over by then.

While PDVSync keeps us waiting, the platform stops a destination that has not read, or not ended, for 120 minutes: the wait of
a setting, then that for other integrations' lotes, then the whole delivery, then the whole end of the sync must be over by then.

`unit_tests/runtime/test_deadlines.py` holds the order.
"""

from typing import Final

# After a request to stop.

STOP_SENDING_SECONDS: Final = 8.0
"""How long chunks under way are waited for. Beyond it they count as not delivered, and their lote is closed."""

STOP_CLOSING_SECONDS: Final = 16.0
"""How long calls that close a lote may still wait for another attempt."""

STOP_ATTEMPT_SECONDS: Final = 4.0
"""For one attempt to close a lote, whatever `request_timeout_seconds` says."""

STOP_DELIVERY_SECONDS: Final = 25.0
"""How long the main thread waits for a delivery. Beyond it, the records of that delivery count as not delivered."""

STOP_DEAD_LETTER_SECONDS: Final = 26.0
"""How long a write of the dead letter, which nothing can interrupt, is waited for."""

STOP_SECONDS: Final = 28.0
"""When the process ends itself, whatever still hangs: the reader of our output, for one."""

KILL_SECONDS: Final = 30.0
"""When the platform kills the container."""

# While PDVSync or another integration keeps us waiting.

LONGEST_SETTING_SECONDS: Final = 90 * 60.0
"""The most that `retry_minutes`, `open_lote_wait_minutes` and `wait_minutes` take."""

FOREIGN_LOTES_SECONDS: Final = 92 * 60.0
"""For any number of lotes of other integrations in a row. Longer than `open_lote_wait_minutes` can be, shorter than a delivery."""

DELIVERY_SECONDS: Final = 95 * 60.0
"""For the waits of one load, and for those of all that is left after the end of input. The rest of the platform's time is for
requests under way and for closing the lote."""

END_SECONDS: Final = 110 * 60.0
"""From the end of input to the end of the sync, the wait for the shops included."""

PLATFORM_SECONDS: Final = 120 * 60.0
"""When the platform takes a destination for hung."""

CLOSING_SECONDS: Final = 10 * 60.0
"""How much longer than a delivery the waits for closing its lote may take: an open lote blocks every other integration."""

LEAST_CLOSING_SECONDS: Final = 30.0
"""How long closing a lote is tried at least, however short `retry_minutes` is."""

LONGEST_REQUEST_SECONDS: Final = 10 * 60.0
"""The most that `request_timeout_seconds` takes."""

# Where somebody waits in front of a screen, or the question is asked again anyway.

CHECK_SECONDS: Final = 20.0
"""For one call of `check`, `status` and the follower of the shops, over all its attempts."""

WEBHOOK_SECONDS: Final = 10.0
"""For telling somebody how the run ended, the name of the host included."""

STOP_WEBHOOK_SECONDS: Final = 1.0
"""For the same after a request to stop: the process must end before it is killed."""
