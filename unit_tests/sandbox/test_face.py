"""The page's files."""

import re
from pathlib import Path

import pytest

from source_destination_clientes.sandbox import face
from unit_tests.kit.asgi import App

FILES = sorted(path.name for path in (Path(face.__file__).parent / "page").iterdir())


@pytest.mark.parametrize("name", FILES)
def test_every_file_of_the_page_is_served_as_what_it_is(name: str) -> None:
    said = App()("GET", "/" if name == "index.html" else f"/{name}")
    kinds = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
    assert said.status == 200
    assert said.headers["content-type"].partition(";")[0] == kinds[name.rpartition(".")[2]]
    assert said.headers["x-content-type-options"] == "nosniff"


def test_the_page_may_load_nothing_else_and_be_framed_by_nobody() -> None:
    policy = App()("GET", "/").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "*" not in policy


@pytest.mark.parametrize("name", [name for name in FILES if not name.endswith(".svg")])
def test_no_file_names_another_server(name: str) -> None:
    assert not re.search(
        rb"https?://|//[\w.-]+\.\w+/", App()("GET", "/" if name == "index.html" else f"/{name}").body
    )


def test_there_is_no_way_to_other_files() -> None:
    assert App()("GET", "/../app.py").status == 404
    assert App()("GET", "/index.html").status == 404
