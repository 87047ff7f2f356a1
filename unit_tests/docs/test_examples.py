"""The examples in docstrings show what really happens."""

import doctest
import pkgutil
from importlib import import_module

import pytest

import source_destination_clientes

MODULES = [
    module.name
    for module in pkgutil.walk_packages(source_destination_clientes.__path__, "source_destination_clientes.")
    if not module.name.endswith("__main__")
]


@pytest.mark.parametrize("name", MODULES)
def test_an_example_shows_what_happens(name: str) -> None:
    assert doctest.testmod(import_module(name)).failed == 0


def test_there_are_examples_to_try() -> None:
    tried = sum(doctest.testmod(import_module(name)).attempted for name in MODULES)
    assert tried > 10
