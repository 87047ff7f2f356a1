"""What the delivery index costs with many entries: memory, start-up, a record that is unchanged, and the bytes a night writes.

python benchmarks/delivery_index.py build 5000000 FOLDER     the first sync: everything is new
python benchmarks/delivery_index.py night 5000000 FOLDER     a sync in which one record of a hundred changed
python benchmarks/delivery_index.py record 20000             an unchanged record beside mapping alone
"""

import json
import resource
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from source_destination_clientes.protocol.catalog import ConfiguredStream
from source_destination_clientes.protocol.messages import Record, read_line
from source_destination_clientes.records.index import Index, IndexOptions, open_index
from source_destination_clientes.rejection.storage.folder import FolderStorage
from source_destination_clientes.runtime.clock import Clock
from source_destination_clientes.settings import Settings
from source_destination_clientes.sync.routes import make_routes

_BLOCK = 1_000
_LOTE = 10_000


@dataclass(frozen=True, slots=True)
class CountingFolder(FolderStorage):
    """A folder that counts the bytes of what is written."""

    written: Counter[str] = field(default_factory=Counter)

    def put(self, path: str, content: bytes) -> None:
        self.written["bytes"] += len(content)
        FolderStorage.put(self, path, content)


def _body(number: int, version: int) -> bytes:
    return f'{{"idRetaguarda":"C-{number:08d}","nome":"Cliente {version}","texto":"{"x" * 500}"'.encode()


def _memory() -> float:
    """What the process holds now, in MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def _open(objects: CountingFolder) -> Index:
    options = IndexOptions(b"a secret", "production/inq/cliente")
    return open_index(objects, options, f"run-{time.time_ns()}", Clock(), print)


def _sync(index: Index, entries: int, changed_every: int, version: int) -> tuple[int, float]:
    """Send what is not unchanged; return how many were sent, and the CPU seconds of everything but making the records."""
    sent, spent = 0, 0.0
    keys: list[str] = []
    bodies: list[bytes] = []
    for start in range(0, entries, _BLOCK):
        numbers = range(start, min(start + _BLOCK, entries))
        block_keys = [f"C-{number:08d}" for number in numbers]
        block = [_body(number, version if number % changed_every == 0 else 1) for number in numbers]
        began = time.process_time()
        for key, body, same in zip(block_keys, block, index.unchanged(block_keys, block), strict=True):
            if not same:
                keys.append(key)
                bodies.append(body)
        if len(keys) >= _LOTE:
            sent += _lote(index, keys, bodies)
        spent += time.process_time() - began
    began = time.process_time()
    sent += _lote(index, keys, bodies) if keys else 0
    index.close()
    return sent, spent + time.process_time() - began


def _lote(index: Index, keys: list[str], bodies: list[bytes]) -> int:
    index.pending(keys)
    index.done(keys, bodies, "lote-1")
    sent = len(keys)
    keys.clear()
    bodies.clear()
    return sent


def _measure(entries: int, folder: Path, changed_every: int, version: int) -> None:
    objects = CountingFolder(folder)
    before, began = _memory(), time.perf_counter()
    index = _open(objects)
    start_up, opened = time.perf_counter() - began, _memory()
    sent, cpu = _sync(index, entries, changed_every, version)
    print(
        json.dumps(
            {
                "entries": entries,
                "known": index.known,
                "sent": sent,
                "start-up s": round(start_up, 2),
                "MB more after start-up": round(opened - before, 1),
                "MB more at the peak": round(_peak() - before, 1),
                "CPU us a record": round(cpu / entries * 1e6, 2),
                "MB written": round(objects.written["bytes"] / 1e6, 2),
                "files": sum(1 for path in folder.rglob("*") if path.is_file()),
            }
        )
    )


def _record(records: int) -> None:
    """The bulk path of the mapper alone, and with the question whether each record is unchanged."""
    lines = [
        json.dumps(
            {"type": "RECORD", "record": {"stream": "clientes", "emitted_at": 1, "data": _data(number)}}
        ).encode()
        for number in range(records)
    ]
    settings = Settings.parse(
        {
            "environment": {"environment_type": "production"},
            "credentials": {"auth_type": "bearer_token", "token": "t"},
            "id_inquilino": "inq",
            "id_proprietario": "own",
        }
    )
    (route,) = make_routes(settings, [ConfiguredStream("clientes", None, "append_dedup", None, None)])
    for line in lines[:2_000]:
        message = read_line(line)
        assert isinstance(message, Record)
        route.map(message)
    blocks = [lines[start : start + _BLOCK] for start in range(0, records, _BLOCK)]
    runs = [run for block in blocks for run in route.map_all(block)]
    assert sum(len(run.keys) for run in runs) == records, "all of them take the bulk path"
    folder = Path(f"/tmp/index-{time.time_ns()}")
    objects = CountingFolder(folder)
    index = _open(objects)
    for run in runs:
        index.pending(run.keys)
        index.done(run.keys, run.bodies, "lote-1")
    index.close()
    index = _open(objects)
    best = {"mapping": 1e9, "with the index": 1e9}
    for _ in range(9):
        began = time.process_time()
        for block in blocks:
            route.map_all(block)
        best["mapping"] = min(best["mapping"], time.process_time() - began)
        began = time.process_time()
        for block in blocks:
            for run in route.map_all(block):
                assert all(index.unchanged(run.keys, run.bodies))
        best["with the index"] = min(best["with the index"], time.process_time() - began)
    us = {name: round(seconds / records * 1e6, 2) for name, seconds in best.items()}
    size = round(sum(len(body) for run in runs for body in run.bodies) / records)
    print(
        json.dumps(
            {**us, "ratio": round(us["with the index"] / us["mapping"], 3), "bytes of a payload": size}
        )
    )


def _data(number: int) -> dict[str, object]:
    return {
        "idRetaguarda": f"C-{number:08d}",
        "nome": f"Maria Aparecida dos Santos {number}",
        "cpfCnpj": "52998224725",
        "pessoaFisica": "1",
        "email": f"cliente{number}@example.com",
        "telefone": "1133334444",
        "celular": "11988887777",
        "dataNascimento": "1984-05-17",
        "endereco": "Rua das Flores",
        "numero": "123",
        "bairro": "Centro",
        "cidade": "São Paulo",
        "estado": "SP",
        "cep": "01310100",
        "situacao": 1,
    }


if __name__ == "__main__":
    command, count, *rest = sys.argv[1:]
    if command == "record":
        _record(int(count))
    else:
        _measure(
            int(count),
            Path(rest[0]),
            100 if command == "night" else 1,
            time.time_ns() if command == "night" else 1,
        )
