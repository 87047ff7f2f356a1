"""The list of licences covers what the image holds: what the command needs, in the locked versions."""

import re
from pathlib import Path

from scripts.requirements import Lock, name_of

ROOT = Path(__file__).parents[1]


def listed() -> dict[str, str]:
    rows = re.findall(
        r"^\| (\S+) \| (\d\S*) \| .+ \|$", (ROOT / "docs/licenses.md").read_text(), re.MULTILINE
    )
    return {name_of(name): version for name, version in rows}


def test_every_package_that_ships_is_listed_in_the_locked_version_and_no_other() -> None:
    shipped = {name_of(package["name"]): package["version"] for package, _ in Lock().chosen(["command"])}
    assert listed() == shipped, "make licenses"
    assert len(shipped) > 15
