"""Write the licences of what is installed beside this interpreter, as their authors state them, in Markdown.

    build/shipped/bin/python scripts/list_licenses.py docs/licenses.md

Needs only Python: the environment it describes holds only what ships.
"""

import sys
from collections.abc import Sequence
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Final

OWN: Final = "airbyte-destination-clientes"
_COPYLEFT: Final = ("GPL", "GENERAL PUBLIC", "MPL", "MOZILLA PUBLIC", "EUPL", "CDDL", "EPL")
_LONGEST_NAME: Final = 60
"""What is longer is a sentence of a licence, not its name."""

_HEAD: Final = """\
# Licences of what ships

The connector itself is under the [MIT licence](../LICENSE). Its image holds these Python packages too, in the versions
of `poetry.lock`, under the licences that their authors state. Written by `make licenses`; `make sbom` writes the same
list for programs, as CycloneDX. The base image has Python and Debian's packages, under their own licences
(`/usr/share/doc/*/copyright` of the base).

| Package | Version | Licence |
| --- | --- | --- |
"""

_COPYLEFT_HEAD: Final = """
## With conditions on passing them on

These ask whoever passes on the image to pass on, or offer, their source as well. The image holds them as the Python
Package Index has them, less their tests; their source is there too.

"""


def licence(distribution: Distribution) -> str | None:
    """The licence by the most exact statement there is."""
    metadata = distribution.metadata
    if "License-Expression" in metadata:
        return metadata["License-Expression"]
    given = [each for each in metadata.get_all("Classifier") or [] if each.startswith("License ::")]
    names = [each.rpartition(" :: ")[2] for each in given if not each.endswith("OSI Approved")]
    if names:
        return ", ".join(dict.fromkeys(names))
    # Some put the whole text here; its first line is the name, where it is a name at all.
    text = "\n".join(metadata.get_all("License") or [])
    name = text.strip().partition("\n")[0].strip()
    return name if name.upper() != "UNKNOWN" and 0 < len(name) <= _LONGEST_NAME else None


def rows() -> list[tuple[str, str, str | None]]:
    """Name, version and licence of every package but our own, by name."""
    found = {each.metadata["Name"].lower(): each for each in distributions()}
    return [(each.name, each.version, licence(each)) for name, each in sorted(found.items()) if name != OWN]


def markdown(packages: Sequence[tuple[str, str, str | None]]) -> str:
    """The page."""
    table = "".join(f"| {name} | {version} | {text} |\n" for name, version, text in packages)
    conditions = [row for row in packages if any(word in (row[2] or "").upper() for word in _COPYLEFT)]
    lines = "".join(f"- {name} {version}: {text}\n" for name, version, text in conditions)
    return _HEAD + table + (_COPYLEFT_HEAD + lines if lines else "")


def main(argv: Sequence[str]) -> int:
    """Write the page; 1 when a package states no licence."""
    packages = rows()
    if silent := [name for name, _, text in packages if text is None]:
        sys.stderr.write(f"No licence is stated by {', '.join(silent)}\n")
        return 1
    Path(argv[0]).write_text(markdown(packages), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
