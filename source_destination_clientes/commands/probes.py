"""One probe for each thing that a sync depends on. None of them opens a lote or sends a record."""

from collections.abc import Callable, Mapping

from source_destination_clientes.errors import ClientesError
from source_destination_clientes.protocol.output import Reporter
from source_destination_clientes.rejection.dead_letter import open_dead_letter
from source_destination_clientes.runtime.clock import Clock
from source_destination_clientes.runtime.stopping import Stop
from source_destination_clientes.settings import Settings
from source_destination_clientes.sync.routes import check_mappings
from source_destination_clientes.sync.wiring import Edges, make_customers_api, make_identity, make_retaguarda


def check_connections(
    settings: Settings, reporter: Reporter, stop: Stop, environment: Mapping[str, str]
) -> list[str]:
    """Return one sentence for each probe that fails; an empty list when none does."""
    clock, edges = Clock(), Edges(reporter, stop, environment)
    api = make_retaguarda(settings, edges, clock)
    probes: list[Callable[[], None]] = [
        lambda: check_mappings(settings),
        lambda: open_dead_letter(settings.object_storage_config, make_identity({}, ()), clock).probe(),
    ]
    customers = make_customers_api(settings, edges, clock)
    if customers is not None:
        probes.append(customers.probe)
    problems = [problem for probe in probes if (problem := _problem_of(probe))]
    token_problem = _problem_of(lambda: _try_credential(api.caller.credential))
    if token_problem:
        # Without a token every further probe would fail in the same way.
        return [*problems, token_problem]
    return [
        *problems,
        *(problem for probe in (api.probe_control, api.probe_clientes) if (problem := _problem_of(probe))),
    ]


def _try_credential(credential: object) -> None:
    authorization = getattr(credential, "authorization", None)
    if authorization is not None:
        authorization()


def _problem_of(probe: Callable[[], None]) -> str | None:
    try:
        probe()
    except ClientesError as error:
        return str(error)
    return None
