"""How records are gathered into lotes and sent."""

from typing import Annotated, Literal, TypeAlias

from pydantic import ConfigDict, Field

from source_destination_clientes.settings.option import Section, about

OpenLotePolicy: TypeAlias = Literal["wait_then_close", "close", "fail"]


class StoreStatusOff(Section):
    """The sync ends when the lotes are closed."""

    model_config = ConfigDict(title="Off")
    mode: Literal["off"] = "off"


class StoreStatusPoll(Section):
    """After the lotes are closed, ask whether the stores have imported them."""

    model_config = ConfigDict(title="Poll")
    mode: Literal["poll"]
    wait_minutes: float = about(
        "Wait (Minutes)",
        "How long to go on asking after the last lote is closed. States never wait for it; a store that is offline may never answer.",
        10,
        ge=0,
        le=90,
    )


StoreStatus: TypeAlias = StoreStatusOff | StoreStatusPoll


class Lote(Section):
    """How records are gathered and sent."""

    records_per_request: int = about(
        "Records per Request",
        "The most records in one request. TOTVS's own integration sends 100.",
        100,
        ge=1,
        le=1000,
    )
    records_per_lote: int = about(
        "Records per Lote",
        "The most records in one lote. TOTVS's own integration sends at most 1,000.",
        1000,
        ge=1,
        le=100_000,
    )
    concurrent_requests: int = about(
        "Concurrent Requests", "How many requests are sent at the same time within a lote.", 4, ge=1, le=32
    )
    max_open_seconds: float = about(
        "Longest Open Lote (Seconds)",
        "A record waits at most this long until its lote is sent and closed, even when the source is quiet. A lote that is open "
        "for longer is closed; the remaining records go into another.",
        300,
        ge=1,
        le=3600,
    )
    open_lote_policy: OpenLotePolicy = about(
        "When Another Lote Is Open",
        "PDVSync allows one open lote (<i>lote em andamento</i>) per inquilino. <b>wait_then_close</b> waits for its owner and "
        "then closes it as abandoned; <b>close</b> closes it at once, which interrupts another integration; <b>fail</b> fails "
        "the sync and names the lote.",
        "wait_then_close",
    )
    open_lote_wait_minutes: float = about(
        "Wait for Another Lote (Minutes)",
        "How long wait_then_close waits for the owner of the open lote.",
        10,
        ge=0,
        le=90,
    )
    store_status: Annotated[StoreStatus, Field(discriminator="mode")] = about(
        "Status at the Stores",
        "Whether to ask what the stores (<i>lojas</i>) report after downloading a lote.",
        StoreStatusOff(),
        display_type="radio",
    )
