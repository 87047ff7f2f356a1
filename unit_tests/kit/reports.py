"""A run in which something of everything happened."""

from datetime import timedelta
from typing import Any

from source_destination_clientes.records.report import (
    LoteReport,
    RejectedCount,
    RunReport,
    StreamReport,
    Waits,
)
from unit_tests.kit.fakes import START


def make_report(**changes: Any) -> RunReport:
    stream = StreamReport(
        stream="clientes",
        object="cliente",
        accepted=20_000,
        rejected=1_250,
        unchanged=19_000,
        left_out=3,
        rejections=(
            RejectedCount(stage="mapping", reason="bad_document", field="cpfCnpj", count=1_000),
            RejectedCount(stage="mapping", reason="missing_field", field="nome", count=200),
            RejectedCount(stage="api", reason="refused_by_api", count=50),
        ),
        rejected_later=(RejectedCount(stage="store", reason="refused_by_store", count=2),),
        truncated={"nome": 7},
        omitted={"email": 12},
    )
    report = {
        "connector": "0.2.0",
        "job": "42",
        "inquilino": "inq-1",
        "host": "pdvsync.example",
        "started_at": START,
        "ended_at": START + timedelta(minutes=3),
        "ending": "completed",
        "states": 4,
        "streams": (stream,),
        "lotes_closed": 1,
        "lotes": (LoteReport(code="lote-1", records=1_000, closed_at=START + timedelta(minutes=1)),),
        "waits": Waits(count=2, seconds=12.5, rate_limited=1),
        "rejected_rows_in": "s3://rejected/42",
    }
    return RunReport(**{**report, **changes})
