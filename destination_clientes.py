"""The connector where Airbyte's tools look for it: a module named like the connector (`airbyte-cdk connector test`)."""

from source_destination_clientes.destination import DestinationClientes

__all__ = ["DestinationClientes"]
