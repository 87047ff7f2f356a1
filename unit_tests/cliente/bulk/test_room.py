"""The room of the bulk mapper can be left out."""

import subprocess
import sys

MAP_WITHOUT_THE_ROOM = """
import sys
sys.modules["source_destination_clientes.cliente.bulk"] = None  # makes every import of the room fail

from source_destination_clientes.cliente.mapper import build_mapper
from source_destination_clientes.cliente.mapping import MapperOptions

mapper = build_mapper(MapperOptions("tenant", "owner"))
print(mapper.map(b'{"idRetaguarda": "7", "nome": "Ana", "cpfCnpj": "52998224725"}').key)
"""

IMPORT_THE_ROOM = """
import sys
sys.modules["source_destination_clientes.cliente.bulk"] = None

import source_destination_clientes.sync.routes
"""


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)


def test_the_mapper_works_without_the_room() -> None:
    finished = run(MAP_WITHOUT_THE_ROOM)
    assert (finished.returncode, finished.stdout) == (0, "7\n"), finished.stderr


def test_the_routes_that_wire_the_room_would_notice_its_absence() -> None:
    finished = run(IMPORT_THE_ROOM)
    assert "ModuleNotFoundError" in finished.stderr
    assert "cliente.bulk" in finished.stderr
