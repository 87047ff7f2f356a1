"""Write locked packages as requirements with hashes, which pip installs: `pip install --no-deps --require-hashes`.

    python scripts/requirements.py SET [SET ...]

A set is a group of pyproject.toml (`dev`, `build`, `tools`), or one of these:

- `command`: what the command needs. The image holds this and no more.
- an extra of pyproject.toml (`sandbox`, `xlsx`): what the command needs with it.
- `package`: every dependency of the package, with all extras. airbyte-cdk and all that comes with it are only here.

It needs nothing but Python, so that the image's build and a fresh clone need no Poetry. poetry.lock already says which groups a
package is for, and where (format 2.1: https://python-poetry.org/docs/dependency-specification/#using-environment-markers).
"""

import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
ONLY_FOR_CALLERS: Final = frozenset({"airbyte-cdk"})
"""For who calls the connector from Python (`destination.py`); the command imports nothing of it."""
_EXTRA: Final = re.compile(r'extra == "[\w.-]+"')
_ALWAYS: Final = 'python_version >= "3"'

Package = Mapping[str, Any]


def name_of(text: str) -> str:
    """A package's name as the index compares it."""
    return re.sub(r"[-_.]+", "-", text).lower()


class Lock:
    """pyproject.toml and poetry.lock of a folder."""

    def __init__(self, folder: Path = ROOT) -> None:
        self._project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
            "poetry"
        ]
        self._packages: list[Package] = tomllib.loads((folder / "poetry.lock").read_text(encoding="utf-8"))[
            "package"
        ]

    def chosen(self, sets: Sequence[str]) -> Iterator[tuple[Package, str | None]]:
        """The packages of these sets in the lock's order, each with its marker, if it is not for every machine."""
        groups = [(self._group(each), self._names(each)) for each in sets]
        for package in self._packages:
            markers = [
                _marker(package, group)
                for group, names in groups
                if group in package["groups"] and name_of(package["name"]) in names
            ]
            if markers:
                conditions = [marker for marker in dict.fromkeys(markers) if marker is not None]
                unconditional = None in markers
                yield package, None if unconditional else " or ".join(f"({each})" for each in conditions)

    def _group(self, chosen: str) -> str:
        return chosen if chosen in self._project["group"] else "main"

    def _names(self, chosen: str) -> set[str]:
        if chosen == "command" or chosen in self._project["extras"]:
            return self._closure(self._direct(extra=chosen))
        if chosen != "package" and chosen not in self._project["group"]:
            raise SystemExit(f"there is no set {chosen!r}")
        return {name_of(package["name"]) for package in self._packages}

    def _direct(self, extra: str) -> set[str]:
        """What the command asks for by name, with an extra if it is one."""
        extras = {each: {name_of(name) for name in names} for each, names in self._project["extras"].items()}
        always = {name_of(each) for each in self._project["dependencies"]} - {"python"} - ONLY_FOR_CALLERS
        return always.difference(*extras.values()) | extras.get(extra, set())

    def _closure(self, names: set[str]) -> set[str]:
        needs: dict[str, set[str]] = {}
        for package in self._packages:
            found = (
                name_of(each)
                for each, terms in package.get("dependencies", {}).items()
                if not _optional(terms)
            )
            needs.setdefault(name_of(package["name"]), set()).update(found)
        done: set[str] = set()
        todo = set(names)
        while todo:
            name = todo.pop()
            done.add(name)
            todo |= needs.get(name, set()) - done
        return done


def _optional(terms: Any) -> bool:
    return isinstance(terms, dict) and bool(terms.get("optional"))


def _marker(package: Package, group: str) -> str | None:
    found = package.get("markers")
    marker: str | None = found.get(group) if isinstance(found, dict) else found
    # What an extra asks for is chosen only with the extra.
    return marker and _EXTRA.sub(_ALWAYS, marker)


def requirement(package: Package, marker: str | None) -> str:
    """A package as pip reads it, over several lines."""
    pinned = f"{package['name']}=={package['version']}" + (f" ; {marker}" if marker else "")
    return " \\\n    ".join([pinned, *(f"--hash={each['hash']}" for each in package["files"])])


def main(argv: Sequence[str]) -> int:
    """Print the requirements of these sets."""
    if not argv:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    for package, marker in Lock().chosen(argv):
        print(requirement(package, marker))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
