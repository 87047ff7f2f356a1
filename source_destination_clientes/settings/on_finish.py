"""Who is told how a run ended."""

from typing import Literal, TypeAlias

from pydantic import ConfigDict, SecretStr

from source_destination_clientes.settings.option import URL, Section, about


class NotifyOff(Section):
    """Nobody is told; Airbyte tells of failed syncs."""

    model_config = ConfigDict(title="Off")
    notify: Literal["off"] = "off"


class Webhook(Section):
    """The report of the run is sent by one signed POST. It has numbers and names of fields, no data of people."""

    model_config = ConfigDict(title="Webhook")
    notify: Literal["webhook"]
    url: str = about(
        "URL",
        "Where the report is sent by POST, as JSON. Redirects are not followed, and no proxy is used.",
        examples=["https://hooks.example.com/clientes"],
        **URL,
    )
    secret: SecretStr = about(
        "Secret",
        "The POST is signed with it: the header <i>X-Clientes-Signature</i> is <i>sha256=</i> and the HMAC-SHA256 of the body in "
        "hexadecimal.",
        min_length=16,
        airbyte_secret=True,
    )
    when: Literal["always", "trouble"] = about(
        "When",
        "After every run, or only after one with trouble: it did not complete, a store refused something, or one of the two limits "
        "below is passed.",
        "trouble",
    )
    rejected_above_percent: float = about(
        "Trouble: Rejected Above (Percent)",
        "More than this share of the records was rejected. 0 means any.",
        0,
        ge=0,
        le=100,
    )
    fewer_than_records: int = about(
        "Trouble: Fewer Than (Records)",
        "Fewer records than this came. 1 tells of a run without any record, 0 of none.",
        0,
        ge=0,
    )
    allow_private: bool = about(
        "Allow Private Addresses",
        "Send to addresses of your own network too. Those of this machine are always allowed.",
        default=False,
    )


OnFinish: TypeAlias = NotifyOff | Webhook
