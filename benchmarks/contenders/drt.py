# What it imports is installed in its own environment, not where types are checked.
# mypy: ignore-errors
"""A drt project that carries a SQLite table to a REST API, with its limit of ten requests a second lifted.

drt reads from a database, so it gets the same clientes as a table, whose making is not measured.
"""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from lote import CLIENTES, RECORDS_PER_REQUEST, open_lote

_SYNC = """\
name: clientes
model: SELECT *, {fields} FROM clientes
destination:
  type: rest_api
  url: {url}
  method: POST
  headers: {{Content-Type: application/json}}
  body_mode: batch
  batch_template: "{{{{ rows | tojson }}}}"
sync:
  mode: full
  batch_size: {size}
  on_error: fail
  rate_limit: {{requests_per_second: 1000000}}
"""


def main() -> None:
    with TemporaryDirectory() as folder, open_lote() as fields:
        project, home = Path(folder, "project"), Path(folder, "home")
        (project / "syncs").mkdir(parents=True)
        (home / ".drt").mkdir(parents=True)
        (home / ".drt" / "profiles.yml").write_text(
            f"bench:\n  type: sqlite\n  database: {os.environ['BENCH_DATABASE']}\n"
        )
        (project / "drt_project.yml").write_text("name: bench\nversion: '0.1'\nprofile: bench\n")
        columns = ", ".join(f"{value!r} AS {name}" for name, value in fields.items())
        sync = _SYNC.format(fields=columns, url=CLIENTES, size=RECORDS_PER_REQUEST)
        (project / "syncs" / "clientes.yml").write_text(sync)
        drt = Path(sys.executable).with_name("drt")
        subprocess.run(
            [drt, "run", "--quiet"], cwd=project, env={**os.environ, "HOME": str(home)}, check=True
        )


if __name__ == "__main__":
    main()
