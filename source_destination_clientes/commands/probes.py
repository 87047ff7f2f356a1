"""One probe for each thing that a sync depends on. None of them opens a lote or sends a record."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from source_destination_clientes.anexo.api import connect_customers
from source_destination_clientes.errors import ClientesError
from source_destination_clientes.http.retry import AccessError
from source_destination_clientes.protocol.context import RunContext
from source_destination_clientes.rejection.dead_letter import open_dead_letter
from source_destination_clientes.rejection.retention import Retention
from source_destination_clientes.rejection.row import JobIdentity
from source_destination_clientes.retaguarda.api import Retaguarda
from source_destination_clientes.retaguarda.connect import connect
from source_destination_clientes.settings import Settings, StorageNone
from source_destination_clientes.sync.routes import check_mappings


def check_connections(settings: Settings, context: RunContext) -> list[str]:
    """Return one sentence for each probe that fails; an empty list when none does."""
    api = connect(settings, context)
    probes: list[Callable[[], None]] = [
        lambda: check_mappings(settings),
        lambda: _try_dead_letter(settings, context),
    ]
    customers = connect_customers(settings, context)
    if customers is not None:
        probes.append(customers.probe)
    problems = [problem for probe in probes if (problem := _problem_of(probe))]
    token_problem = _problem_of(api.sign_in)
    if token_problem:
        # Without a token every further probe would fail in the same way.
        return [*problems, token_problem]
    return [*problems, *_problems_of_services(settings, api)]


def _problems_of_services(settings: Settings, api: Retaguarda) -> list[str]:
    services: list[Callable[[], None]] = [api.probe_control]
    services += [partial(api.probe, endpoint) for endpoint in settings.probed]
    problems: list[str] = []
    for probe in services:
        try:
            probe()
        except AccessError as error:
            # All services ask the same of us: the second refusal would say nothing new.
            return [*problems, str(error)]
        except ClientesError as error:
            problems.append(str(error))
    return problems


def remarks(settings: Settings, config: Mapping[str, Any]) -> Iterator[str]:
    """What is worth knowing although a sync could work."""
    if isinstance(settings.object_storage_config, StorageNone):
        yield (
            "No rejected record would be kept: object_storage_config is None. Choose a storage there to keep them, with their reasons."
        )
    for name in ("id_inquilino", "id_proprietario"):
        if config[name] != config[name].strip():
            yield f"{name} has blanks around it, which are left out. Remove them."
    columns = {field.value for entry in settings.streams for field in entry.fields if _is_column(field.value)}
    if columns:
        yield (
            f"streams reads these columns: {', '.join(sorted(columns))}. A text that is the same for all records stands in quotes: 'S/N'."
        )


def _is_column(value: str) -> bool:
    return not value.strip().startswith(("{{", "'", '"'))


def _try_dead_letter(settings: Settings, context: RunContext) -> None:
    dead_letter = open_dead_letter(settings.object_storage_config, JobIdentity(), context.clock)
    dead_letter.probe()
    warn = partial(context.reporter.log, "WARN")
    Retention(dead_letter.storage, settings.rejections.keep_days, warn).tidy(context.clock.now())


def _problem_of(probe: Callable[[], None]) -> str | None:
    try:
        probe()
    except ClientesError as error:
        return str(error)
    return None
