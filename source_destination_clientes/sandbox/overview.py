"""What the page at `/` shows, as one JSON: of everything the newest, and people's data masked unless asked for."""

import re
import time
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from source_destination_clientes.sandbox.emulator import Emulator
from source_destination_clientes.sandbox.lotes import WHOLE_LOTE, Lote

_LOTES: Final = 12
_RECORDS: Final = 40
_CALLS: Final = 40
_HIDDEN: Final = re.compile(r"(?<=\w)\w")


def overview(emulator: Emulator, code: str | None, *, reveal: bool) -> dict[str, Any]:
    """The state of a sandbox; `code` names the lote whose records are shown, else they are those of the newest."""
    lotes = emulator.lotes.lotes
    newest = list(islice(reversed(lotes.values()), _LOTES))
    chosen = lotes.get(code or "") or next(iter(newest), None)
    return {
        "now": time.monotonic(),
        "counts": {
            "calls": emulator.calls.total(),
            "lotes": len(lotes),
            "open": emulator.lotes.open_count,
            "tills": len(emulator.lotes.tills),
            "refused": sum(len(lote.refused) for lote in lotes.values()),
            "attached": emulator.customers.attach_calls,
        },
        "lotes": [{**lote.as_json(), "stores": _stores(emulator, lote)} for lote in newest],
        "lote": chosen
        and {"loteOrigem": chosen.code, "records": list(_records(emulator, chosen, reveal=reveal))},
        "faults": [fault.as_json() for fault in emulator.faults.planned],
        "calls": list(islice(reversed(emulator.log), _CALLS)),
    }


def _stores(emulator: Emulator, lote: Lote) -> list[dict[str, Any]]:
    return [
        {
            "store": store["idRetaguardaLoja"],
            "status": store["status"],
            "refused": len(store["errosIdentificados"]),
        }
        for store in emulator.lotes.status(lote)
    ]


def _records(emulator: Emulator, lote: Lote, *, reveal: bool) -> Iterator[dict[str, Any]]:
    """First those that the API or a store refused, then the newest."""
    for (kind, _), (record, faults) in islice(reversed(lote.refused.items()), _RECORDS):
        yield {**_shown(kind, record, reveal=reveal), "refused": "; ".join(message for _, message in faults)}
    errors = {
        error["idRetaguarda"]: str(error["erro"])
        for store in emulator.lotes.status(lote)
        for error in store["errosIdentificados"]
    }
    late = [name for name in lote.records if name[1] in errors] if errors else []
    newest = (name for name in reversed(lote.records) if name[1] not in errors)
    for kind, key in (*late[:_RECORDS], *islice(newest, _RECORDS)):
        record = _shown(kind, lote.records[kind, key], reveal=reveal)
        yield {**record, "refused_by_store": errors.get(key) or errors.get(WHOLE_LOTE)}


def _shown(kind: str, record: Mapping[str, Any], *, reveal: bool) -> dict[str, Any]:
    values = {
        "key": record.get("idRetaguarda"),
        "name": record.get("nome") or record.get("endereco"),
        "document": record.get("cpfCnpj") or record.get("idClienteRetaguarda"),
        "place": " / ".join(str(record[part]) for part in ("cidade", "estado") if record.get(part)),
    }
    texts = {name: "" if value is None else str(value)[:200] for name, value in values.items()}
    return {"object": kind, **(texts if reveal else {name: mask(text) for name, text in texts.items()})}


def mask(text: str) -> str:
    """The first letter or digit of each word, and dots for the others."""
    return _HIDDEN.sub("•", text)
