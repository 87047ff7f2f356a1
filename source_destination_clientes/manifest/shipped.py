"""The manifest that comes with the package.

`manifest.yaml` is what people read and change. `manifest.json` is made of it by `scripts/generate_manifest.py`, because reading
YAML with all its rules would make every start slower; a test keeps the two in step.
"""

from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from source_destination_clientes.manifest.objects import Manifest

_PACKAGE: Final = Path(__file__).parents[1]


@cache
def shipped_manifest() -> Manifest:
    """The shipped objects, as they are used."""
    return msgspec.json.decode((_PACKAGE / "manifest.json").read_bytes(), type=Manifest)


def shipped_text() -> str:
    """The shipped manifest, as it is written."""
    return (_PACKAGE / "manifest.yaml").read_text(encoding="utf-8")
