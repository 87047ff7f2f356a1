"""Airbyte destination that brings clientes to the tills of TOTVS Varejo PDV Omni.

The face of the package is one name, `DestinationClientes`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from source_destination_clientes.destination import DestinationClientes

__all__ = ["DestinationClientes"]


def __getattr__(name: str) -> Any:
    """Import the destination on first use.

    airbyte-cdk takes about a second to import; the sandbox and the small commands live in this package too and
    must not pay for it.
    """
    if name == "DestinationClientes":
        from source_destination_clientes.destination import DestinationClientes  # noqa: PLC0415 - see docstring

        return DestinationClientes
    raise AttributeError(name)
