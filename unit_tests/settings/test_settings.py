"""The config is understood, or refused with one sentence for each mistake."""

import copy
import json
import re
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import Any

import pydantic
import pytest
import yaml

from source_destination_clientes.errors import ConfigError
from source_destination_clientes.manifest.shipped import shipped_manifest
from source_destination_clientes.settings import (
    AttachApi,
    FilesApi,
    NoUpload,
    Settings,
    is_loopback,
    service_bases,
)
from source_destination_clientes.settings.attachments import Upload
from unit_tests.kit.manifests import IN_CLIENTE, PLANO

CONFIGS = Path(__file__).parents[2] / "integration_tests" / "configs"
PRODUCTION: dict[str, Any] = json.loads((CONFIGS / "production.json").read_text())
EVERYTHING: dict[str, Any] = json.loads((CONFIGS / "everything.json").read_text())
CANARY = "canary-5b1d"

Path_ = tuple[str | int, ...]


def leaves(node: object, path: Path_ = ()) -> Iterator[Path_]:
    if isinstance(node, dict):
        for name, child in node.items():
            yield from leaves(child, (*path, name))
    elif isinstance(node, list):
        for number, child in enumerate(node):
            yield from leaves(child, (*path, number))
    else:
        yield path


def changed(path: Path_, value: object, config: dict[str, Any] = EVERYTHING) -> dict[str, Any]:
    made = copy.deepcopy(config)
    node: Any = made
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    return made


def without(path: Path_, config: dict[str, Any] = PRODUCTION) -> dict[str, Any]:
    made = changed(path, None, config)
    node: Any = made
    for step in path[:-1]:
        node = node[step]
    del node[path[-1]]
    return made


def trouble(config: Any) -> str:
    error = refusal(config)
    assert error is not None
    return str(error)


def test_what_is_left_out_has_its_documented_default() -> None:
    settings = Settings.parse(PRODUCTION)
    assert settings.api_version == "v2"
    lote = settings.lote
    assert (lote.records_per_request, lote.records_per_lote, lote.concurrent_requests) == (100, 1000, 4)
    assert (lote.max_open_seconds, lote.open_lote_wait_minutes) == (300, 10)
    assert lote.open_lote_policy == "wait_then_close"
    assert lote.store_status.mode == "off"
    values = settings.values
    assert (values.overlong, values.document_check) == ("truncate", "check_digits")
    assert (values.pessoa_fisica_code, values.person_code) == ("1", 1)
    assert settings.streams == ()
    assert settings.attachments.attachments_type == "none"
    rejections = settings.rejections
    assert rejections.fail_when_all_rejected
    assert (rejections.fail_above_percent, rejections.fail_above_records) == (None, None)
    assert rejections.logged_per_reason == 10
    assert settings.object_storage_config.storage_type == "None"
    network = settings.network
    assert (network.request_timeout_seconds, network.retry_minutes) == (60, 10)
    assert (network.requests_per_second, network.ca_bundle) == (None, None)
    assert not network.allow_insecure_http


def test_settings_do_not_change_once_they_are_made() -> None:
    settings = Settings.parse(PRODUCTION)
    with pytest.raises(pydantic.ValidationError):
        settings.api_version = "v3"


def test_null_counts_as_absent_wherever_it_is() -> None:
    config = {**PRODUCTION, "lote": {"records_per_lote": None, "store_status": None}, "network": None}
    assert Settings.parse(config) == Settings.parse(PRODUCTION)


@pytest.mark.parametrize("path", leaves(EVERYTHING), ids=lambda path: ".".join(map(str, path)))
@pytest.mark.parametrize("emptied", ["", None])
def test_a_field_that_was_emptied_means_what_it_means_where_it_is_absent(
    path: Path_, emptied: object
) -> None:
    """Airbyte's form leaves out a field that was emptied, so no empty value can have a meaning of its own."""
    if isinstance(path[-1], int):
        pytest.skip("an entry of a list")
    assert outcome(changed(path, emptied)) == outcome(without(path, EVERYTHING))


def outcome(config: dict[str, Any]) -> Settings | str:
    error = refusal(config)
    return str(error) if error else Settings.parse(config)


def test_an_empty_list_of_texts_that_mean_nothing_is_the_usual_list() -> None:
    assert Settings.parse({**PRODUCTION, "values": {"nothing": []}}) == Settings.parse(PRODUCTION)


@pytest.mark.parametrize(("written", "code"), [("1", 1), ("0", 0), (1, 1), (0, 0), (1.0, 1), (0.0, 0)])
def test_the_code_of_a_person_is_read_as_a_text_and_as_a_number(written: object, code: int) -> None:
    settings = Settings.parse({**PRODUCTION, "values": {"pessoa_fisica_code": written}})
    assert settings.values.person_code == code


@pytest.mark.parametrize("written", [True, False, 2, 10**400, "yes", " 1", [], {}])
def test_what_is_no_code_of_a_person_is_refused(written: object) -> None:
    said = trouble({**PRODUCTION, "values": {"pessoa_fisica_code": written}})
    assert said == '"Code for a Person (pessoaFisica)" (values.pessoa_fisica_code) must be 1 or 0.'


def attaching(**options: object) -> Upload:
    attachments = {"attachments_type": "attach_api", "api_key": "bs_sandbox_x", **options}
    made = Settings.parse({**PRODUCTION, "attachments": attachments}).attachments
    assert isinstance(made, AttachApi)
    return made.upload


def test_files_are_created_only_when_the_config_says_how() -> None:
    assert attaching() == attaching(upload={"upload_type": "none"}) == NoUpload()


def test_the_purpose_is_sent_only_in_a_field_that_the_config_names() -> None:
    assert attaching(upload={"upload_type": "files_api"}) == FilesApi(
        upload_type="files_api", purpose_field=""
    )


def test_an_upload_of_version_0_1_is_one_to_the_files_api_with_its_default_for_the_purpose() -> None:
    was = {"path": "/v1/files", "encoding": "multipart", "file_field": "file", "max_megabytes": 10}
    made = attaching(upload=was)
    assert made == FilesApi(upload_type="files_api", purpose_field="purpose")
    assert attaching(upload={**was, "purpose_field": "kind"}) == FilesApi(
        upload_type="files_api", purpose_field="kind"
    )


def test_a_config_of_version_0_1_means_what_it_meant() -> None:
    """Written for version 0.1 with every option that it had, and never touched since."""
    old = json.loads((CONFIGS / "0.1.0" / "everything.json").read_text())
    new = {name: section for name, section in EVERYTHING.items() if name in old}
    later = set(leaves(new)) - set(leaves(old)) - {("attachments", "upload", "upload_type")}
    new = reduce(lambda config, path: without(path, config), later, new)
    assert Settings.parse(old) == Settings.parse(new)


@pytest.mark.parametrize("copied", [" inq\n", "\u00a0inq\u2003", "\u200binq", "\ufeff inq\u2060"])
def test_blanks_around_an_id_are_no_part_of_it(copied: str) -> None:
    assert Settings.parse({**PRODUCTION, "id_inquilino": copied}).id_inquilino == "inq"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"lotes": {}}, "The config has no property 'lotes'. Did you mean lote?"),
        ({"lote": {"records_per_lot": 1}}, "(lote) has no property 'records_per_lot'. Did you mean"),
        ({"streams": [{"stream": "a", "where_": "x"}]}, "(streams[0]) has no property 'where_'."),
        (
            {"streams": [{"stream": "a", "fields": [{"field": "nome", "value": "x"}] * 2}]},
            "(streams[0].fields): nome is filled by two entries",
        ),
        (
            {"streams": [{"stream": "a", "fields": [{"field": "nome", "value": "{ record.x }"}]}]},
            "two braces on each side",
        ),
    ],
)
def test_what_would_not_be_applied_is_refused(changes: dict[str, Any], said: str) -> None:
    assert said in trouble({**PRODUCTION, **changes})


def test_keys_that_the_platform_adds_are_passed_over() -> None:
    Settings.parse({**PRODUCTION, "__injected_by_the_platform": {"a": 1}})


@pytest.mark.parametrize(
    ("environment", "bases"),
    [
        (
            {"environment_type": "production"},
            (
                "https://pdvsync.varejo.totvs.com.br/controleprocesso",
                "https://pdvsync.varejo.totvs.com.br/cliente",
                "https://pdvsync.varejo.totvs.com.br/controleprocesso",
            ),
        ),
        (
            {"environment_type": "homologation"},
            (
                "https://qua-pdvsync.varejo.totvs.com.br/controleprocesso",
                "https://pdvsync-core-cliente-qa-ywc7q7nxya-uc.a.run.app",
                "https://qua-pdvsync.varejo.totvs.com.br/controleprocesso",
            ),
        ),
        (
            {
                "environment_type": "custom",
                "control_url": "https://a.example/x/",
                "clientes_url": "https://b.example",
            },
            ("https://a.example/x", "https://b.example", "https://a.example/x"),
        ),
        (
            {
                "environment_type": "custom",
                "control_url": "https://a.example",
                "clientes_url": "https://b.example",
                "status_url": "https://c.example/",
            },
            ("https://a.example", "https://b.example", "https://c.example"),
        ),
    ],
)
def test_each_environment_has_its_addresses(environment: dict[str, str], bases: tuple[str, str, str]) -> None:
    found = Settings.parse({**PRODUCTION, "environment": environment}).environment
    assert (found.control_base, found.clientes_base, found.status_base) == bases


@pytest.mark.parametrize(
    ("environment", "host"),
    [("production", "my-company.rac.totvs.app"), ("homologation", "my-company.rac.staging.totvs.app")],
)
def test_the_token_address_follows_from_tenant_and_environment(environment: str, host: str) -> None:
    settings = Settings.parse({**PRODUCTION, "environment": {"environment_type": environment}})
    assert settings.token_url == f"https://{host}/totvs.rac/connect/token"


def test_custom_addresses_take_their_token_from_production_unless_told_otherwise() -> None:
    config = changed(("environment",), EVERYTHING["environment"], PRODUCTION)
    assert Settings.parse(config).token_url == "https://my-company.rac.totvs.app/totvs.rac/connect/token"


def test_a_token_address_takes_the_place_of_the_tenant() -> None:
    config = changed(("credentials", "token_url"), "https://sso.example/token", PRODUCTION)
    assert trouble(config).endswith("give either rac_tenant or token_url, and not both.")
    config = changed(("credentials", "rac_tenant"), None, config)
    assert Settings.parse(config).token_url == "https://sso.example/token"


def test_a_bearer_token_needs_no_token_address() -> None:
    assert Settings.parse(EVERYTHING).token_url == ""


def test_a_password_needs_either_tenant_or_token_address() -> None:
    said = trouble(without(("credentials", "rac_tenant")))
    assert said == '"Credentials" (credentials): give either rac_tenant or token_url, and not both.'


@pytest.mark.parametrize(
    ("path", "title"),
    [
        (("id_inquilino",), "Inquilino (Tenant ID)"),
        (("environment",), "Environment"),
        (("credentials", "password"), "Password"),
    ],
)
def test_what_is_required_and_missing_is_named_as_in_the_form_and_in_the_config(
    path: Path_, title: str
) -> None:
    assert trouble(without(path)) == f'"{title}" ({".".join(map(str, path))}) is required and missing.'


def test_an_address_with_a_user_and_a_password_is_refused() -> None:
    said = trouble(changed(("environment", "clientes_url"), "https://me:secret@pdvsync.example.com/cliente"))
    assert said == '"Clientes URL" (environment.clientes_url) must be a text of the form https://host/path.'


def test_two_mistakes_are_told_in_two_sentences() -> None:
    config = without(("id_proprietario",), without(("id_inquilino",)))
    assert trouble(config) == (
        '"Inquilino (Tenant ID)" (id_inquilino) is required and missing. '
        '"Proprietário (Owner ID)" (id_proprietario) is required and missing.'
    )


@pytest.mark.parametrize("nothing", [None, [], "text", 7])
def test_a_config_that_is_no_object_is_refused(nothing: object) -> None:
    assert trouble(nothing) == "The config must be an object."


@pytest.mark.parametrize("secret", ["password", "client_secret"])
def test_a_secret_that_is_required_is_not_empty(secret: str) -> None:
    said = trouble(changed(("credentials", secret), "", PRODUCTION))
    assert said.endswith(f"(credentials.{secret}) is required and missing.")


@pytest.mark.parametrize("wrong", [CANARY, [CANARY], {CANARY: CANARY}], ids=["text", "list", "object"])
@pytest.mark.parametrize("path", leaves(EVERYTHING), ids=lambda path: ".".join(map(str, path)))
def test_no_value_is_ever_quoted(path: Path_, wrong: object) -> None:
    error = refusal(changed(path, wrong))
    if error is not None:
        assert CANARY not in str(error)
        assert re.match(r'"[^"]+" \([\w.\[\]]+\) |[\w.]+ must begin with https://', str(error))
        # What pydantic raised, values and all, must not travel along.
        assert error.__cause__ is None
        assert error.__suppress_context__


def refusal(config: dict[str, Any]) -> ConfigError | None:
    try:
        Settings.parse(config)
    except ConfigError as error:
        return error
    return None


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    for config in (PRODUCTION, EVERYTHING):
        settings = Settings.parse(config)
        assert not [secret for secret in settings.secrets() if secret in f"{settings!r} {settings}"]


def test_every_secret_is_known_so_that_it_can_be_masked() -> None:
    assert set(Settings.parse(PRODUCTION).secrets()) == {"not-a-real-password-1", "not-a-real-secret-2"}
    assert set(Settings.parse(EVERYTHING).secrets()) == {
        "not-a-real-token-1",
        "bs_sandbox_not_a_real_key_2",
        "not-a-real-key-id-3",
        "not-a-real-secret-4",
        "not-a-real-secret-5",
    }


PLAIN: list[tuple[Path_, dict[str, Any]]] = [
    (("environment", "control_url"), EVERYTHING),
    (("environment", "clientes_url"), EVERYTHING),
    (("environment", "status_url"), EVERYTHING),
    (("credentials", "token_url"), changed(("credentials", "rac_tenant"), None, PRODUCTION)),
    (("attachments", "base_url"), EVERYTHING),
    (("object_storage_config", "s3_endpoint"), EVERYTHING),
    (("on_finish", "url"), EVERYTHING),
]


@pytest.mark.parametrize(("path", "config"), PLAIN)
@pytest.mark.parametrize("url", ["http://example.com", "HTTP://example.com", "http://localhost.example.com"])
def test_plain_http_is_refused(path: Path_, config: dict[str, Any], url: str) -> None:
    said = trouble(changed(path, url, config))
    assert ".".join(map(str, path)) in said
    assert url not in said


@pytest.mark.parametrize(("path", "config"), PLAIN)
def test_what_is_no_address_is_told_without_quoting_it(path: Path_, config: dict[str, Any]) -> None:
    assert trouble(changed(path, "https://[bad", config)) == f"{'.'.join(map(str, path))} is not a valid URL."


def test_an_empty_endpoint_of_s3_means_aws() -> None:
    Settings.parse(changed(("object_storage_config", "s3_endpoint"), ""))


@pytest.mark.parametrize(("path", "config"), PLAIN)
@pytest.mark.parametrize("url", ["http://localhost:8080/x", "http://127.0.0.1:1", "http://[::1]:8080"])
def test_plain_http_is_fine_within_this_machine(path: Path_, config: dict[str, Any], url: str) -> None:
    Settings.parse(changed(path, url, config))


def test_plain_http_can_be_allowed_for_tests() -> None:
    config = changed(("environment", "control_url"), "http://example.com")
    Settings.parse({**config, "network": {"allow_insecure_http": True}})


def test_the_error_names_every_plain_address_at_once() -> None:
    config = changed(("environment", "control_url"), "http://a.example")
    said = trouble(changed(("attachments", "base_url"), "http://b.example", config))
    assert said.startswith("environment.control_url, attachments.base_url must begin with https://")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1@evil.example", "http://localhost.evil.example", "http://10.0.0.1"]
)
def test_only_this_machine_counts_as_loopback(url: str) -> None:
    assert not is_loopback(url)


def test_objects_of_the_config_stand_beside_the_shipped_ones() -> None:
    settings = Settings.parse(
        {**PRODUCTION, "objects": PLANO + IN_CLIENTE, "streams": [{"stream": "p", "object": "plano"}]}
    )
    assert settings.manifest.names == (*shipped_manifest().names, "plano")
    assert settings.manifest.get("cliente").fields["v2"][-1].name == "idRetaguardaPlano"


@pytest.mark.parametrize("objects", [None, "", "# nothing yet", []])
def test_without_a_declaration_the_objects_are_the_shipped_ones(objects: object) -> None:
    assert Settings.parse({**PRODUCTION, "objects": objects}).manifest == shipped_manifest()


def test_a_list_of_declarations_says_the_same_as_a_text() -> None:
    manifests = [
        Settings.parse({**PRODUCTION, "objects": each}).manifest for each in (PLANO, yaml.safe_load(PLANO))
    ]
    assert manifests[0] == manifests[1]


def test_a_wrong_declaration_is_told_with_the_option_and_its_place() -> None:
    said = trouble({**PRODUCTION, "objects": PLANO.replace("reader: number", "reader: decimal")})
    assert said.startswith(
        '"Objects" (objects) cannot be used: objects[0].schema.properties.taxa.reader must be one of'
    )


def test_an_entry_whose_object_nobody_declares_names_those_that_are() -> None:
    said = trouble({**PRODUCTION, "streams": [{"stream": "x"}, {"stream": "y", "object": "clientes"}]})
    assert said == (
        f'"Object" (streams[1].object) must be one of {", ".join(shipped_manifest().names)}. '
        "Did you mean 'cliente'? Another object of PDVSync can be declared in objects."
    )


def test_an_object_needs_the_address_of_the_service_that_takes_it() -> None:
    custom = {
        "environment_type": "custom",
        "control_url": "https://c.example",
        "clientes_url": "https://k.example",
    }
    without_it = Settings.parse({**PRODUCTION, "environment": custom})
    without_it.require_address(without_it.manifest.get("cliente"))
    without_it.require_address(without_it.manifest.get("anexo"))
    with pytest.raises(
        ConfigError, match=r"\(environment.dados_basicos_url\) is missing: ramo_atividade is sent to"
    ):
        without_it.require_address(without_it.manifest.get("ramo_atividade"))
    custom["dados_basicos_url"] = "https://b.example/"
    with_it = Settings.parse({**PRODUCTION, "environment": custom})
    with_it.require_address(with_it.manifest.get("ramo_atividade"))
    assert service_bases(with_it.environment)["dadosbasicos"] == "https://b.example"


def test_a_check_asks_each_service_that_the_config_sends_to() -> None:
    streams = [
        {"stream": "c"},
        {"stream": "r", "object": "ramo_atividade"},
        {"stream": "a", "object": "anexo"},
    ]
    services = [each.service for each in Settings.parse({**PRODUCTION, "streams": streams}).probed]
    assert services == ["cliente", "dadosbasicos"]
    assert [each.service for each in Settings.parse(PRODUCTION).probed] == ["cliente"]
