"""What a check says of a config that cannot be used, before anything is asked of anybody."""

import io

from source_destination_clientes.commands.check import find_problems
from source_destination_clientes.protocol.output import Output


def test_a_wrong_config_is_the_only_problem_and_is_told_in_sentences() -> None:
    (problem,) = find_problems({"api_version": "v4"}, Output(io.BytesIO()))
    assert '"API Version" (api_version) must be v2 or v3.' in problem
    assert '"Environment" (environment) is required and missing.' in problem


def test_an_address_without_tls_is_a_problem_too() -> None:
    environment = {
        "environment_type": "custom",
        "control_url": "https://control.example",
        "clientes_url": "http://clientes.example",
    }
    config = {
        "environment": environment,
        "credentials": {"auth_type": "bearer_token", "token": "s3cret"},
        "id_inquilino": "inq",
        "id_proprietario": "p",
    }
    (problem,) = find_problems(config, Output(io.BytesIO()))
    assert problem.startswith("environment.clientes_url must begin with https://")
    assert "s3cret" not in problem
