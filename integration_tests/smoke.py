"""Runs in PyAirbyte's environment: every scenario of its smoke test in one write; prints what the destination confirmed.

python smoke.py DESTINATION CONFIG
"""

import json
import sys
from pathlib import Path

import airbyte  # type: ignore[import-not-found] # PyAirbyte has an environment of its own
from airbyte._util.destination_smoke_tests import get_smoke_test_source  # type: ignore[import-not-found]
from airbyte.strategies import WriteStrategy  # type: ignore[import-not-found]


def main() -> None:
    """Write all scenarios, those without a key by append: PyAirbyte would replace, which a till cannot."""
    executable, config = map(Path, sys.argv[1:])
    destination = airbyte.get_destination(
        "destination-clientes", config=json.loads(config.read_text()), local_executable=executable
    )
    source = get_smoke_test_source(scenarios="all", namespace="zz_deleteme")
    result = destination.write(source, cache=False, state_cache=False, write_strategy=WriteStrategy.APPEND)
    streams = source.get_selected_streams()
    sys.stdout.write("\n" + json.dumps({"records": result.processed_records, "streams": streams}) + "\n")


if __name__ == "__main__":
    main()
