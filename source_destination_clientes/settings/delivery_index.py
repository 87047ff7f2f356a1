"""Whether records that did not change are sent again."""

from typing import Literal, TypeAlias

from pydantic import ConfigDict

from source_destination_clientes.settings.option import Section, about


class DeliveryIndexOff(Section):
    """Every record is sent in every sync."""

    model_config = ConfigDict(title="Send Everything")
    mode: Literal["off"] = "off"


class SkipUnchanged(Section):
    """A record is sent only when what would be sent differs from what was delivered last. Needs a storage."""

    model_config = ConfigDict(title="Send Only What Changed")
    mode: Literal["skip_unchanged"]
    max_age_days: int = about(
        "Send Again After (Days)",
        "A record that did not change is sent again when its last delivery is older than this.",
        30,
        ge=1,
        le=365,
    )
    resend: str = about(
        "Send Everything Once",
        "Write any new text here to send everything once: for a new store, or when the tills may differ from what was sent.",
        "",
        examples=["new store 0117"],
    )


DeliveryIndex: TypeAlias = DeliveryIndexOff | SkipUnchanged
