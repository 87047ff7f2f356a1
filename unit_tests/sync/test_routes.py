"""Which stream becomes which object."""

import json
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from source_destination_clientes.cliente.mapped import Mapped
from source_destination_clientes.errors import ConfigError
from source_destination_clientes.protocol.catalog import ConfiguredStream
from source_destination_clientes.protocol.messages import Record
from source_destination_clientes.rejection.outcome import Rejection
from source_destination_clientes.settings import Settings
from source_destination_clientes.sync.routes import Routes, check_mappings, make_routes, refuse_unused_entries
from unit_tests.kit.manifests import PLANO


def settings(*streams: dict[str, Any], **changes: Any) -> Settings:
    config = {
        "environment": {"environment_type": "production"},
        "credentials": {"auth_type": "bearer_token", "token": "t"},
        "id_inquilino": "inq",
        "id_proprietario": "matriz",
        "streams": list(streams),
        "attachments": {"attachments_type": "attach_api", "api_key": "k"},
    }
    return Settings.parse({**config, **changes})


def stream(
    name: str, *, namespace: str | None = None, mode: str = "append", object_name: str | None = None
) -> ConfiguredStream:
    return ConfiguredStream(name, namespace, mode, object_name, None)


def kinds(routes: Routes) -> dict[str, str]:
    return {route.stream.name: route.object for route in routes}


def record(name: str, namespace: str | None = None, **data: Any) -> Record:
    good = {"idRetaguarda": "C-1", "nome": "Ana", "cpfCnpj": "52998224725"}
    return Record(stream=name, namespace=namespace, data=msgspec.Raw(json.dumps({**good, **data}).encode()))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("cliente", "cliente"),
        ("Clientes", "cliente"),
        ("cliente_endereco", "cliente_endereco"),
        ("CLIENTEENDERECOS", "cliente_endereco"),
        ("anexo", "anexo"),
        ("anexos", "anexo"),
    ],
)
def test_a_stream_with_an_objects_name_is_that_object(name: str, kind: str) -> None:
    assert kinds(make_routes(settings(), [stream(name), stream("clientes")]))[name] == kind


def test_a_single_stream_of_any_name_is_of_clientes() -> None:
    assert kinds(make_routes(settings(), [stream("sa1010")])) == {"sa1010": "cliente"}


def test_the_object_of_the_catalog_goes_before_the_name() -> None:
    routes = make_routes(settings(), [stream("clientes", object_name="Cliente_Endereco")])
    assert kinds(routes) == {"clientes": "cliente_endereco"}


def test_an_entry_of_the_config_goes_before_everything() -> None:
    entry = {"stream": "clientes", "object": "anexo"}
    routes = make_routes(settings(entry), [stream("clientes", object_name="cliente")])
    assert kinds(routes) == {"clientes": "anexo"}


def test_the_first_entry_that_fits_counts() -> None:
    entries = (
        {"stream": "crm_*", "namespace": "north", "object": "cliente_endereco"},
        {"stream": "crm_*", "object": "cliente"},
        {"stream": "*", "object": "anexo"},
    )
    streams = [
        stream("crm_a", namespace="north"),
        stream("crm_b", namespace="south"),
        stream("crm"),
        stream("CRM_c"),
    ]
    assert kinds(make_routes(settings(*entries), streams)) == {
        "crm_a": "cliente_endereco",
        "crm_b": "cliente",
        "crm": "anexo",
        "CRM_c": "cliente",
    }


def test_an_entry_that_fits_no_stream_is_refused_with_the_names_of_both() -> None:
    chosen = settings({"stream": "crm_*"}, {"stream": "dbo_clientes"}, {"stream": "crm_a", "namespace": "x"})
    with pytest.raises(ConfigError, match=r"fits 'dbo_clientes', 'crm_a'\. The connection has: 'crm_a'"):
        refuse_unused_entries(chosen, [stream("crm_a")])


def test_airbyte_may_leave_streams_out_where_it_clears_some() -> None:
    chosen = settings({"stream": "dbo_clientes"})
    refuse_unused_entries(chosen, [])
    refuse_unused_entries(chosen, [stream("crm_a", mode="overwrite")])
    refuse_unused_entries(chosen, [replace(stream("crm_a"), refreshed=True)])


def test_a_stream_that_no_entry_fits_is_not_guessed_to_be_of_clientes() -> None:
    with pytest.raises(ConfigError, match="'sa1010'"):
        make_routes(settings({"stream": "orders"}), [stream("sa1010")])


def test_an_entry_without_an_object_means_clientes_unless_the_name_says_more() -> None:
    routes = make_routes(settings({"stream": "*"}), [stream("sa1010"), stream("anexos")])
    assert kinds(routes) == {"sa1010": "cliente", "anexos": "anexo"}


def test_a_stream_nobody_can_tell_is_named_with_the_entry_to_add() -> None:
    with pytest.raises(ConfigError, match=r'\'orders\'.*\{"stream": "orders", "object": "cliente"\}'):
        make_routes(settings(), [stream("clientes"), stream("orders")])


@pytest.mark.parametrize("name", ["pedidos", "orders"])
def test_an_object_that_does_not_exist_is_named_with_those_that_do(name: str) -> None:
    with pytest.raises(ConfigError, match=rf"'{name}'.*cliente, cliente_endereco, .*anexo"):
        make_routes(settings(), [stream("orders", object_name=name)])


def test_a_stream_of_attachments_needs_somewhere_to_attach_them() -> None:
    with pytest.raises(ConfigError, match=r"'anexos'.*Customers API"):
        make_routes(settings(attachments={"attachments_type": "none"}), [stream("anexos")])


@pytest.mark.parametrize("mode", ["overwrite", "overwrite_dedup", "odd"])
def test_a_mode_that_would_remove_clientes_is_refused_at_the_first_record(mode: str) -> None:
    routes = make_routes(settings(), [stream("clientes", mode=mode), stream("anexos")])
    assert kinds(routes) == {"anexos": "anexo"}
    assert set(routes.streams) == {(None, "clientes"), (None, "anexos")}
    with pytest.raises(ConfigError, match=f"'{mode}'.*append_dedup"):
        routes.find(record("clientes"))


def test_a_clear_succeeds_even_for_a_stream_that_nobody_can_tell() -> None:
    cleared = replace(stream("orders"), refreshed=True)
    routes = make_routes(settings(), [stream("clientes"), cleared])
    with pytest.raises(ConfigError, match="'orders'"):
        routes.find(record("orders"))


def test_a_catalog_without_streams_takes_no_record() -> None:
    with pytest.raises(ConfigError, match="The catalog has: none"):
        make_routes(settings(), []).find(record("clientes"))


def test_a_record_finds_its_route_by_namespace_and_name() -> None:
    routes = make_routes(settings(), [stream("clientes"), stream("clientes", namespace="crm")])
    assert routes.streams == ((None, "clientes"), ("crm", "clientes"))
    assert routes.find(record("clientes", "crm")).stream.namespace == "crm"
    with pytest.raises(ConfigError, match=r"'north'.*clientes"):
        routes.find(record("clientes", "north"))


def test_a_route_maps_a_record_or_says_why_not() -> None:
    route = make_routes(settings(), [stream("clientes")]).find(record("clientes"))
    mapped = route.map(record("clientes"))
    assert isinstance(mapped, Mapped)
    assert b'"idInquilino":"inq","idProprietario":"matriz"' in mapped.body
    assert isinstance(route.map(record("clientes", cpfCnpj="1")), Rejection)


def test_the_values_of_the_config_decide_what_fits() -> None:
    strict, lenient = (
        settings(values={"overlong": "reject"}),
        settings(values={"document_check": "length_only"}),
    )
    long = record("clientes", bairro="x" * 300, cpfCnpj="11111111112")
    outcomes = [make_routes(each, [stream("clientes")]).find(long).map(long) for each in (strict, lenient)]
    assert [type(outcome) for outcome in outcomes] == [Rejection, Mapped]


def test_a_soft_delete_sets_clientes_inactive() -> None:
    route = make_routes(settings(), [stream("clientes", mode="soft_delete")]).find(record("clientes"))
    mapped = route.map(record("clientes"))
    assert isinstance(mapped, Mapped)
    assert b'"situacao":0' in mapped.body


def test_a_mapping_that_cannot_work_is_known_before_any_record() -> None:
    broken = settings({"stream": "crm", "fields": [{"field": "nome", "value": "{{ record."}]})
    for check in (lambda: check_mappings(broken), lambda: make_routes(broken, [stream("crm")])):
        with pytest.raises(ConfigError, match=r"'crm'.*nome"):
            check()


def test_every_mapping_of_the_config_is_checked() -> None:
    check_mappings(settings({"stream": "crm", "preset": "shopify"}, {"stream": "x", "object": "anexo"}))


def test_routes_know_the_objects_they_serve() -> None:
    routes = list(make_routes(settings(), [stream("clientes")]))
    assert [route.object for route in routes] == ["cliente"]


def test_a_stream_of_deletions_needs_an_object_that_says_how_one_is_sent() -> None:
    with pytest.raises(
        ConfigError,
        match=r"'anexos' is set to 'soft_delete', and anexo declares no SoftDelete\. Choose append",
    ):
        make_routes(settings(), [stream("anexos", mode="soft_delete")])


def test_a_declared_object_is_known_by_its_streams_and_by_its_name() -> None:
    declaring = settings({"stream": "plans", "object": "plano"}, objects=PLANO)
    routes = make_routes(declaring, [stream("plans"), stream("Planos"), stream("x", object_name="plano")])
    assert set(kinds(routes).values()) == {"plano"}
