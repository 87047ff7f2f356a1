"""Compile the shipped manifest, and write the schema by which editors complete one; with `--check` say what is stale."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from source_destination_clientes.manifest.json_schema import manifest_schema
from source_destination_clientes.manifest.read import read_manifest
from source_destination_clientes.manifest.shipped import shipped_text

PACKAGE: Final = Path(__file__).resolve().parent.parent / "source_destination_clientes"


def made() -> dict[Path, bytes]:
    """What the generated files should hold."""
    compiled = msgspec.json.encode(read_manifest(shipped_text()))
    schema = msgspec.json.encode(manifest_schema())
    return {
        PACKAGE / "manifest.json": msgspec.json.format(compiled, indent=1) + b"\n",
        PACKAGE / "manifest.schema.json": msgspec.json.format(schema, indent=2) + b"\n",
    }


def stale() -> dict[Path, bytes]:
    """The generated files that are not as they should be, with what they should hold."""
    return {
        path: should for path, should in made().items() if not path.exists() or path.read_bytes() != should
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Write, or check; 1 when a file is stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, name stale files")
    options = parser.parse_args(argv)
    found = stale()
    for path, should in found.items():
        if options.check:
            print(f"{path.name} is stale: run scripts/generate_manifest.py")
        else:
            path.write_bytes(should)
            print(f"{path.name} written")
    return 1 if options.check and found else 0


if __name__ == "__main__":
    sys.exit(main())
