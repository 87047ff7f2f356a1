"""The list of licences covers what ships: the locked packages, without the sandbox's and the developers'."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def listed() -> dict[str, str]:
    rows = re.findall(
        r"^\| (\S+) \| (\d\S*) \| .+ \|$", (ROOT / "docs/licenses.md").read_text(), re.MULTILINE
    )
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in rows}


def test_every_package_that_ships_is_listed_in_the_locked_version() -> None:
    packages = tomllib.loads((ROOT / "poetry.lock").read_text())["package"]
    main = [each for each in packages if "main" in each["groups"] and not each["optional"]]
    everywhere = {(each["name"], each["version"]) for each in main if "markers" not in each}
    assert everywhere <= set(listed().items()), "make licenses"
    assert set(listed().items()) <= {(each["name"], each["version"]) for each in main}, "make licenses"
    assert len(everywhere) > 50
