"""The closed vocabulary of outcomes.

Every record ends in exactly one outcome: `ACCEPTED`, or a `Rejection` that says why. A record that has neither yet is unsettled.
"""

from enum import Enum, StrEnum
from typing import Final, TypeAlias

import msgspec


class Stage(StrEnum):
    """Where a record was rejected."""

    MAPPING = "mapping"
    API = "api"
    STORE = "store"
    ATTACH = "attach"


class Reason(StrEnum):
    """Why a record was rejected; `docs/rejections.md` explains each."""

    MISSING_FIELD = "missing_field"
    TOO_LONG = "too_long"
    WRONG_TYPE = "wrong_type"
    NOT_IN_LIST = "not_in_list"
    BAD_DATE = "bad_date"
    BAD_DOCUMENT = "bad_document"
    MAPPING_ERROR = "mapping_error"
    REFUSED_BY_API = "refused_by_api"
    REFUSED_BY_STORE = "refused_by_store"
    CUSTOMER_NOT_FOUND = "customer_not_found"
    CUSTOMER_AMBIGUOUS = "customer_ambiguous"
    DOCUMENT_IS_NOT_CPF = "document_is_not_cpf"
    FILE_REFUSED = "file_refused"


class Settled(Enum):
    """The outcome that needs no further data."""

    ACCEPTED = "accepted"


class Rejection(msgspec.Struct, frozen=True):
    """A final negative outcome.

    `instead` is the JSON object that a row keeps in place of the record: a file that a cliente brought along is refused without it.

    `message` is one sentence without personal data. `key` is the record's idRetaguarda where it is known. `raw` has the
    API's own words: it may quote the record, so it goes to the dead letter and never to a log. A printed rejection shows
    neither `key` nor `raw`.
    """

    stage: Stage
    reason: Reason
    message: str
    field: str | None = None
    key: str | None = None
    lote: str | None = None
    http_status: int | None = None
    raw: str | None = None
    instead: bytes | None = None

    @classmethod
    def by_api(cls, *, key: str, lote: str, http_status: int, raw: str) -> "Rejection":
        """PDVSync refused the record when it was sent; `raw` is what it said."""
        message = f"PDVSync refused the record (HTTP {http_status}); its own words are in raw."
        return cls(
            Stage.API,
            Reason.REFUSED_BY_API,
            message,
            key=key,
            lote=lote,
            http_status=http_status,
            raw=raw,
        )

    @classmethod
    def by_failure(cls, *, key: str, lote: str, http_status: int | None, raw: str) -> "Rejection":
        """Sending the record failed again and again while others went well; `raw` says how."""
        status = f"HTTP {http_status}" if http_status else "no answer"
        message = f"Sending the record alone fails each time ({status}) while other records go well; what happens is in raw."
        return cls(
            Stage.API,
            Reason.REFUSED_BY_API,
            message,
            key=key,
            lote=lote,
            http_status=http_status,
            raw=raw,
        )

    @classmethod
    def by_shop(cls, message: str, *, key: str, lote: str, raw: str) -> "Rejection":
        """A shop refused the record when it downloaded the lote; `raw` is what the shop said, empty for nothing."""
        return cls(Stage.STORE, Reason.REFUSED_BY_STORE, message, key=key, lote=lote, raw=raw or None)

    def __repr__(self) -> str:
        """The verdict, without the key and the words of the API."""
        return f"Rejection({self.stage}, {self.reason}, {self.message!r})"


ACCEPTED: Final = Settled.ACCEPTED
Outcome: TypeAlias = Settled | Rejection
