"""The one data path is short enough to be read."""

import json
import subprocess
import sys
from pathlib import Path

from integration_tests import way_through
from integration_tests.harness import catalog, good, record, state
from integration_tests.sandbox_client import Sandbox


def test_a_chunk_goes_from_main_to_the_socket_through_at_most_fifteen_calls(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    files = {"config": sandbox.config(), "catalog": catalog()}
    options = []
    for name, content in files.items():
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(content))
        options += [f"--{name}", str(path)]
    messages = [*(record(good(number)) for number in range(300)), state(1)]
    done = subprocess.run(
        [sys.executable, way_through.__file__, "write", *options],
        input=b"".join(json.dumps(message).encode() + b"\n" for message in messages),
        capture_output=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    first, *between = json.loads(done.stderr)
    assert first == "__main__.main"
    assert "sync.Sync.run" in between
    assert "delivery.Delivery.deliver" in between
    # Behind the transport is the HTTP library, which calls back into our connection to keep the time.
    ours = between[: between.index("transport.RequestsTransport.__call__") + 1]
    # Two more than the one path needs: the lote is filled object by object, and each call is told at DEBUG.
    assert len(ours) <= 15, ours
