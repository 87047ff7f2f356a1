"""What every call is bounded by, beside the time-out and the budget of the config."""

from typing import Final

FIRST_WAIT_SECONDS: Final = 0.5
LONGEST_WAIT_SECONDS: Final = 60.0
"""Before the second attempt, and before any: waits double in between."""

LARGEST_ANSWER_BYTES: Final = 16_000_000
LARGEST_STATUS_BYTES: Final = 64_000_000
"""After decompression. The status of a lote has a part for each shop and each refused record."""

SLOWEST_UPLOAD_BYTES: Final = 200_000
"""Bytes a second: a request whose body is large has longer than the time-out, as long as it goes at least this fast."""

FETCH_SECONDS: Final = 60.0
SLOWEST_FETCH_BYTES: Final = 1_000_000
"""How long fetching a file from an address may take, all attempts together; a file that comes at this many bytes a second may take
longer."""
