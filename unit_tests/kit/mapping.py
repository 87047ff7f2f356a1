"""A mapper with the owner filled in, and what it makes of a record."""

import json
from collections.abc import Mapping
from typing import Any

from source_destination_clientes.cliente.mapped import Mapped
from source_destination_clientes.cliente.mapper import Mapper, build_mapper
from source_destination_clientes.cliente.mapping import MapperOptions
from source_destination_clientes.rejection.outcome import Rejection
from source_destination_clientes.settings import FieldMapping, StreamSettings, Values

CPF = "10203040570"
CNPJ = "11222333000181"
LETTERED_CNPJ = "12ABC345000188"
PERSON: Mapping[str, Any] = {"idRetaguarda": "7", "nome": "Ana Teste", "cpfCnpj": CPF}
"""The least that v2 takes for a cliente."""


def make_options(
    *, preset: Any = "none", fields: Any = (), stream: str = "crm_*", **options: Any
) -> MapperOptions:
    """Options with the owner filled in. Settings of `values` are keywords; `fields` are pairs of field and value."""
    values = {name: options.pop(name) for name in Values.model_fields if name in options}
    entry = StreamSettings(
        stream=stream,
        preset=preset,
        fields=tuple(FieldMapping(field=field, value=value) for field, value in fields),
    )
    return MapperOptions("tenant", "owner", values=Values(**values), entry=entry, **options)


def make_mapper(**options: Any) -> Mapper:
    return build_mapper(make_options(**options))


def attempt(record: object, **options: Any) -> Mapped | Rejection:
    return make_mapper(**options).map(json.dumps(record).encode())


def payload(record: object, **options: Any) -> dict[str, Any]:
    """What is sent for a record that is fine."""
    outcome = attempt(record, **options)
    assert isinstance(outcome, Mapped), outcome
    return payload_of(outcome)


def payload_of(mapped: Mapped) -> dict[str, Any]:
    """The body as the lote completes it, less the lote."""
    decoded: dict[str, Any] = json.loads(mapped.body + b"}")
    return decoded


def refused(record: object, **options: Any) -> Rejection:
    """Why a record is not fine."""
    outcome = attempt(record, **options)
    assert isinstance(outcome, Rejection), outcome
    return outcome
