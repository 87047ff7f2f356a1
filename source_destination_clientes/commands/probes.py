"""One probe for each thing that a sync depends on. None of them opens a lote or sends a record."""

from collections.abc import Callable
from functools import partial

from source_destination_clientes.anexo.api import connect_customers
from source_destination_clientes.errors import ClientesError
from source_destination_clientes.protocol.context import RunContext
from source_destination_clientes.rejection.dead_letter import open_dead_letter
from source_destination_clientes.rejection.row import JobIdentity
from source_destination_clientes.retaguarda.connect import connect
from source_destination_clientes.settings import Settings
from source_destination_clientes.sync.routes import check_mappings


def check_connections(settings: Settings, context: RunContext) -> list[str]:
    """Return one sentence for each probe that fails; an empty list when none does."""
    api = connect(settings, context)
    probes: list[Callable[[], None]] = [
        lambda: check_mappings(settings),
        lambda: open_dead_letter(settings.object_storage_config, JobIdentity(), context.clock).probe(),
    ]
    customers = connect_customers(settings, context)
    if customers is not None:
        probes.append(customers.probe)
    problems = [problem for probe in probes if (problem := _problem_of(probe))]
    token_problem = _problem_of(api.probe_credential)
    if token_problem:
        # Without a token every further probe would fail in the same way.
        return [*problems, token_problem]
    services: list[Callable[[], None]] = [api.probe_control]
    services += [partial(api.probe, endpoint) for endpoint in settings.probed]
    return [*problems, *(problem for probe in services if (problem := _problem_of(probe)))]


def _problem_of(probe: Callable[[], None]) -> str | None:
    try:
        probe()
    except ClientesError as error:
        return str(error)
    return None
