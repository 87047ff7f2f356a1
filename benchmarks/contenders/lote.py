"""What every contender is given: the addresses of the API, and a lote that is open while it sends.

A contender opens one lote for all it sends, which is the least the API takes, and checks nothing. Ours keeps to lotes of
the size asked for, and has every check on; where the two differ, it is to the good of the contender.
"""

import json
import os
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

URL = os.environ["BENCH_URL"]
CLIENTES = f"{URL}/cliente/api/retaguarda/v2/clientes"
RECORDS_PER_REQUEST = 1000
WORKERS = 16

_LOTES = f"{URL}/controleprocesso/api/retaguarda/v2/inquilinolotesexternos"


def _call(method: str, url: str, body: bytes | None = None) -> Any:
    headers = {"Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(url, body, headers, method=method)) as answer:
        return json.load(answer)


@contextmanager
def open_lote() -> Iterator[dict[str, Any]]:
    """Open a lote, yield the fields that each cliente needs besides its own, and close it."""
    opened = _call("POST", _LOTES, b'{"status":0,"tipoLote":[0],"idInquilino":"inq-1"}')
    code = opened["data"]["loteOrigem"]
    yield {"idInquilino": "inq-1", "idProprietario": "matriz", "pessoaFisica": 1, "loteOrigem": code}
    _call("PUT", f"{_LOTES}/inq-1/{code}")
