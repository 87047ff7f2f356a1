"""The least work that can be done on one core: read, parse, serialise, post. No checks, no lote, no state, no threads."""

import http.client
import os
import sys
from typing import Any
from urllib.parse import urlsplit

import msgspec

_TAIL = b',"idInquilino":"inq-1","idProprietario":"matriz","pessoaFisica":1,"loteOrigem":"L"}'


class _Record(msgspec.Struct, gc=False):
    data: msgspec.Raw


class _Envelope(msgspec.Struct, gc=False):
    type: str
    record: _Record | None = None


def main() -> None:
    connection = http.client.HTTPConnection(urlsplit(os.environ["BENCH_URL"]).netloc)
    records_per_request = int(os.environ["BENCH_RECORDS_PER_REQUEST"])
    envelope = msgspec.json.Decoder(_Envelope)
    parse = msgspec.json.Decoder(dict[str, Any])
    encode = msgspec.json.Encoder().encode
    waiting: list[bytes] = []

    def send() -> None:
        body = b"[" + b",".join(waiting) + b"]"
        connection.request("POST", "/cliente/api/retaguarda/v2/clientes", body)
        connection.getresponse().read()
        waiting.clear()

    for line in sys.stdin.buffer:
        record = envelope.decode(line).record
        if record is not None:
            waiting.append(encode(parse.decode(record.data))[:-1] + _TAIL)
            if len(waiting) == records_per_request:
                send()
    if waiting:
        send()


if __name__ == "__main__":
    main()
