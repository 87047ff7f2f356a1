"""How records are gathered into lotes and sent."""

from typing import Annotated, Literal, TypeAlias

from pydantic import ConfigDict, Field

from source_destination_clientes.settings.option import Section, about


class StoreStatusOff(Section):
    """The sync ends when the lotes are closed."""

    model_config = ConfigDict(title="Off")
    mode: Literal["off"] = "off"


class StoreStatusPoll(Section):
    """Ask, after the lotes are closed, how far the stores are."""

    model_config = ConfigDict(title="Poll")
    mode: Literal["poll"]
    wait_minutes: float = about(
        "Wait (Minutes)",
        "How long to follow the stores after the last lote is closed. States never wait for it; an offline store may never answer.",
        10,
        ge=0,
        le=90,
    )


StoreStatus: TypeAlias = StoreStatusOff | StoreStatusPoll


class Lote(Section):
    """How records are gathered and sent."""

    records_per_request: int = about(
        "Records per Request",
        "Records in one request. TOTVS's own integration sends 100.",
        100,
        ge=1,
        le=1000,
    )
    records_per_lote: int = about(
        "Records per Lote",
        "Records in one lote. TOTVS's own integration sends at most 1,000.",
        1000,
        ge=1,
        le=100_000,
    )
    concurrent_requests: int = about(
        "Concurrent Requests", "Requests under way at the same time within a lote.", 4, ge=1, le=32
    )
    max_open_seconds: float = about(
        "Longest Wait (Seconds)",
        "A record waits at most this long for its lote to be sent and closed, even when the source is quiet; a lote that is "
        "open for longer is closed and the rest goes into another.",
        300,
        ge=1,
        le=3600,
    )
    open_lote_policy: Literal["wait_then_close", "close", "fail"] = about(
        "When Another Lote Is Open",
        "PDVSync allows one open lote (<i>lote em andamento</i>) per inquilino. <b>wait_then_close</b> waits for its owner, then "
        "takes it for left behind and closes it; <b>close</b> closes it at once, which cuts another integration short; "
        "<b>fail</b> ends the sync and names the lote.",
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
        "Whether to follow up what the stores (<i>lojas</i>) report after downloading a lote.",
        StoreStatusOff(),
        display_type="radio",
    )
