"""Print the specification of the config."""

from argparse import ArgumentParser, Namespace

from source_destination_clientes.protocol.output import Output
from source_destination_clientes.settings.spec import build_spec


def add_options(_parser: ArgumentParser) -> None:
    """Declare nothing: the specification depends on nothing."""


def run(_options: Namespace, output: Output) -> None:
    """Write the SPEC."""
    output.message("SPEC", spec=build_spec())
