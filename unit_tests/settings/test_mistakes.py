"""Every mistake that a config can have becomes a sentence of ours, whatever option it is in and whatever pydantic calls it."""

import re
from collections.abc import Iterator, Mapping
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import pytest
from pydantic import SecretStr, ValidationError
from pydantic.fields import FieldInfo

from source_destination_clientes.settings import Section, Settings
from source_destination_clientes.settings.mistakes import expected, sentences

Step = str | int

WRONG: Mapping[str, object] = {
    "null": None,
    "flag": True,
    "zero": 0,
    "below": -1,
    "above": 10**9,
    "huge": 10**400,
    "fraction": 1.5,
    "not a number": float("nan"),
    "infinity": float("inf"),
    "empty": "",
    "word": "canary-5b1d",
    "digits": "9" * 5000,
    "half a character": "\ud800",
    "list": ["canary-5b1d"],
    "object": {"unknown": "canary-5b1d"},
}
"""Values of every kind that JSON and Python's reading of it know."""


def members(annotation: Any) -> list[Any]:
    """The types of a union; of anything else the type itself."""
    return (
        [kind for kind in get_args(annotation) if kind is not NoneType]
        if get_origin(annotation) in (Union, UnionType)
        else [annotation]
    )


def is_section(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Section)


def options(
    model: type[Section], path: tuple[Step, ...] = ()
) -> Iterator[tuple[tuple[Step, ...], FieldInfo]]:
    """Every option of every section, by its path; a branch is a step of the form `name=constant`."""
    for name, option in model.model_fields.items():
        yield (*path, name), option
        for kind in members(option.annotation):
            entry = get_args(kind)[0] if get_origin(kind) is tuple else kind
            if is_section(entry):
                steps: list[Step] = [0] if entry is not kind else []
                if option.discriminator:
                    tag = str(option.discriminator)
                    steps = [f"{tag}={get_args(entry.model_fields[tag].annotation)[0]}"]
                yield from options(entry, (*path, name, *steps))


OPTIONS = dict(options(Settings))


def config_with(path: tuple[Step, ...], value: object) -> Any:
    """A config that has nothing but this option, and what is needed to get to it."""
    if not path:
        return value
    step, inner = path[0], config_with(path[1:], value)
    if isinstance(step, int):
        return [inner]
    if "=" in step:
        name, constant = step.split("=")
        return {name: constant, **inner}
    return {step: inner}


def trouble(config: object) -> ValidationError | None:
    try:
        Settings.model_validate(config)
    except ValidationError as error:
        return error
    return None


def test_the_walk_reaches_options_in_sections_branches_and_entries() -> None:
    assert {
        ("id_inquilino",),
        ("lote", "store_status", "mode=poll", "wait_minutes"),
        ("streams", 0, "fields", 0, "value"),
        ("attachments", "attachments_type=attach_api", "upload", "upload_type=files_api", "max_megabytes"),
        ("object_storage_config", "storage_type=S3", "s3_bucket_name"),
    } <= set(OPTIONS)


@pytest.mark.parametrize("path", OPTIONS, ids=lambda path: ".".join(map(str, path)))
def test_a_wrong_value_is_told_without_pydantics_words_and_without_the_value(path: tuple[Step, ...]) -> None:
    refused = 0
    for value in WRONG.values():
        error = trouble(config_with(path, value))
        assert error is not None, "what is required is missing at the least"
        told = sentences(error, Settings)
        assert "canary-5b1d" not in told
        for problem in error.errors(include_input=False):
            refused += problem["loc"][: len(path)] != () and problem["type"] != "missing"
            if problem["type"] != "value_error":
                assert problem["msg"] not in told
                assert problem["msg"].lower() not in told
    assert refused, "a value that is wrong here was among them"


@pytest.mark.parametrize("path", OPTIONS, ids=lambda path: ".".join(map(str, path)))
def test_the_sentence_names_the_option_as_the_form_does_and_its_path(path: tuple[Step, ...]) -> None:
    option = OPTIONS[path]
    error = trouble(config_with(path, {"x": [1]} if is_scalar(option) else "x"))
    assert error is not None
    steps = [step for step in path if "=" not in str(step)]
    written = re.sub(
        r"\.(\[\d+\])", r"\1", ".".join(f"[{step}]" if isinstance(step, int) else step for step in steps)
    )
    if option.title is None:
        # The constant of a branch: the choice as a whole is wrong.
        assert f"needs {steps[-1]}: " in sentences(error, Settings)
    else:
        assert f'"{option.title}" ({written}) ' in sentences(error, Settings)


def is_scalar(option: FieldInfo) -> bool:
    return not any(is_section(kind) or get_origin(kind) is tuple for kind in members(option.annotation))


def test_only_a_section_is_expected_to_be_an_object() -> None:
    for path, option in OPTIONS.items():
        kinds = members(option.annotation)
        kind = kinds[0] if len(kinds) == 1 else option.annotation
        assert expected(kind, option).startswith("an object") == all(map(is_section, kinds)), path


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("api_version",), "v4", '"API Version" (api_version) must be v2 or v3.'),
        (("id_inquilino",), "", '"Inquilino (Tenant ID)" (id_inquilino) must be a text that is not empty.'),
        (("environment",), {}, '"Environment" (environment) needs environment_type: production, homologation or custom.'),
        (("environment",), {"environment_type": "mars"}, '"Environment" (environment) needs environment_type: production, homologation or custom.'),
        (("environment", "environment_type=custom", "control_url"), "pdvsync", '"Control URL" (environment.control_url) must be a text of the form https://host/path.'),
        (("lote",), [], '"Lotes" (lote) must be an object.'),
        (("lote", "records_per_request"), 1001, '"Records per Request" (lote.records_per_request) must be a whole number from 1 to 1000.'),
        (("lote", "store_status", "mode=poll", "wait_minutes"), -1, '"Wait (Minutes)" (lote.store_status.wait_minutes) must be a number from 0 to 90.'),
        (("rejections", "fail_above_records"), -1, '"Fail Above Records Rejected" (rejections.fail_above_records) must be a whole number of at least 0.'),
        (("rejections", "fail_when_all_rejected"), "maybe", '"Fail When All Are Rejected" (rejections.fail_when_all_rejected) must be true or false.'),
        (("streams",), {}, '"Streams" (streams) must be a list.'),
        (("streams", 0, "preset"), "sap", '"Preset" (streams[0].preset) must be none, protheus_sa1, winthor, customer, shopify, vtex, salesforce_contact, salesforce_account, woocommerce, magento or hubspot_contacts.'),
        (("values", "pessoa_fisica_code"), 2, '"Code for a Person (pessoaFisica)" (values.pessoa_fisica_code) must be 1 or 0.'),
    ],
)  # fmt: skip
def test_what_is_expected_is_said_in_plain_words(path: tuple[Step, ...], value: object, said: str) -> None:
    error = trouble(config_with(path, value))
    assert error is not None
    assert said in sentences(error, Settings)


def test_an_entry_of_a_list_is_named_by_its_number() -> None:
    error = trouble({"streams": [{"stream": "a"}, 7]})
    assert error is not None
    assert "(streams[1]) must be an object." in sentences(error, Settings)


def test_a_secret_is_a_text_like_any_other() -> None:
    assert expected(SecretStr) == "a text"
