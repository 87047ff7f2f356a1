"""The spec obeys the rules of Airbyte's form, acceptance tests and lint.

Sources: https://docs.airbyte.com/connector-development/connector-specification-reference, the rules of the connector acceptance
tests (TestSpec) and the lint of the CDK's standard tests.

The snapshot `unit_tests/settings/spec.json` shows every change of the public interface in a diff. Renew it, after a look at what changed:

    python -m unit_tests.settings.test_spec
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args, get_origin
from urllib.parse import urlsplit

import jsonschema
import pytest
from airbyte_cdk.test.standard_tests._spec_lint import find_secret_marking_errors
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from source_destination_clientes.settings import Homologation, Production, Settings
from source_destination_clientes.settings.spec import build_spec

SNAPSHOT = Path(__file__).with_name("spec.json")
CONFIGS = sorted((Path(__file__).parents[2] / "integration_tests" / "configs").glob("*.json"))
FORBIDDEN = frozenset(
    [
        "$ref",
        "$defs",
        "definitions",
        "anyOf",
        "allOf",
        "not",
        "patternProperties",
        "prefixItems",
        "if",
        "then",
        "else",
        "dependentSchemas",
        "dependentRequired",
    ]
)

SHORTEST_DESCRIPTION = 25

Schema = Mapping[str, Any]
SPEC = build_spec()
CONNECTION: Schema = SPEC["connectionSpecification"]


@dataclass(frozen=True)
class Property:
    path: str
    schema: Schema
    required: bool

    def __str__(self) -> str:
        return self.path


def objects(node: Schema = CONNECTION, path: str = "") -> Iterator[tuple[str, Schema]]:
    """Every object that has properties: the config, sections, branches, items of lists."""
    if "properties" in node:
        yield path or "the config", node
        for name, child in node["properties"].items():
            yield from objects(child, f"{path}.{name}".lstrip("."))
    for branch in node.get("oneOf", ()):
        yield from objects(branch, f"{path}[{branch.get('title')}]")
    if "items" in node:
        yield from objects(node["items"], f"{path}[]")


OBJECTS = dict(objects())
PROPERTIES = [
    Property(f"{path}.{name}".removeprefix("the config."), schema, name in node.get("required", ()))
    for path, node in OBJECTS.items()
    for name, schema in node["properties"].items()
]
SHOWN = [each for each in PROPERTIES if "const" not in each.schema]
CHOICES = [each for each in PROPERTIES if "oneOf" in each.schema]


def nodes(node: object) -> Iterator[Schema]:
    if isinstance(node, Mapping):
        yield node
        for child in node.values():
            yield from nodes(child)
    elif isinstance(node, list):
        for child in node:
            yield from nodes(child)


def constants_of(branch: Schema) -> dict[str, str]:
    return {name: child["const"] for name, child in branch["properties"].items() if "const" in child}


def test_the_spec_is_the_snapshot() -> None:
    assert json.loads(SNAPSHOT.read_text()) == SPEC, f"see the docstring of {__file__}"


def test_the_spec_is_a_valid_schema() -> None:
    jsonschema.Draft7Validator.check_schema(CONNECTION)


def test_the_message_says_what_the_platform_wants_to_know() -> None:
    assert SPEC["documentationUrl"].startswith("https://")
    assert SPEC["changelogUrl"].startswith("https://")
    assert set(SPEC["supported_destination_sync_modes"]) == {
        "append",
        "append_dedup",
        "update",
        "soft_delete",
    }
    assert SPEC["protocol_version"] == "0.18.0"


def test_no_keyword_is_used_that_the_form_does_not_know() -> None:
    # The names of properties are no keywords, so they are looked over.
    schemas = [CONNECTION, *(each.schema for each in PROPERTIES), *OBJECTS.values()]
    used = {keyword for schema in schemas for keyword in schema}
    used |= {keyword for each in CHOICES for branch in each.schema["oneOf"] for keyword in branch}
    assert not used & FORBIDDEN


def test_unknown_keys_are_never_refused() -> None:
    assert all(node.get("additionalProperties", True) is True for node in nodes(CONNECTION))


@pytest.mark.parametrize("shown", SHOWN, ids=str)
def test_each_property_has_a_title_a_description_and_a_place(shown: Property) -> None:
    schema = shown.schema
    assert re.match(r"[A-ZÀ-Ý]", schema["title"]), "a title begins with a capital"
    assert schema["description"].endswith((".", "</code>"))
    assert isinstance(schema["order"], int)


@pytest.mark.parametrize("path", OBJECTS)
def test_the_places_of_an_object_are_counted_without_a_gap(path: str) -> None:
    children = OBJECTS[path]["properties"].values()
    first = 0 if any("const" in child for child in children) else 1
    assert [child["order"] for child in children] == list(range(first, first + len(children)))


@pytest.mark.parametrize("path", OBJECTS)
def test_no_two_properties_of_an_object_have_the_same_title(path: str) -> None:
    titles = Counter(child.get("title", "") for child in OBJECTS[path]["properties"].values())
    assert max(titles.values()) == 1


def test_the_form_shows_no_name_of_a_class() -> None:
    classes = {name for name in Settings.model_json_schema()["$defs"] if re.search(r"[a-z][A-Z]", name)}
    assert "StreamSettings" in classes
    assert not classes & {node["title"] for node in nodes(CONNECTION) if isinstance(node.get("title"), str)}


@pytest.mark.parametrize("kind", ["production", "homologation"])
def test_the_card_of_an_environment_names_its_host(kind: str) -> None:
    (field,) = [each for each in CHOICES if each.path == "environment"]
    (card,) = [each for each in field.schema["oneOf"] if constants_of(each) == {"environment_type": kind}]
    branches: dict[str, type[Production | Homologation]] = {
        "production": Production,
        "homologation": Homologation,
    }
    made = branches[kind].model_validate({"environment_type": kind})
    assert f" {urlsplit(made.control_base).hostname}" in card["description"]


@pytest.mark.parametrize("path", OBJECTS)
def test_what_is_required_exists_and_has_no_default(path: str) -> None:
    node = OBJECTS[path]
    for name in node.get("required", ()):
        assert "default" not in node["properties"][name]
        assert "always_show" not in node["properties"][name]


@pytest.mark.parametrize("shown", SHOWN, ids=str)
def test_a_field_says_enough_without_the_heading_of_its_section(shown: Property) -> None:
    """Airbyte's form shows no title and no text of a plain object."""
    said = re.sub(r"<[^>]+>", "", shown.schema["description"])
    assert len(said) >= SHORTEST_DESCRIPTION
    assert plain(said) != plain(shown.schema["title"])


def plain(text: str) -> str:
    return re.sub(r"\W", "", text).lower()


def test_fields_of_plain_objects_in_one_group_have_titles_of_their_own() -> None:
    """They stand one below the other, without a heading between."""
    for group in CONNECTION["groups"]:
        members = [child for child in CONNECTION["properties"].values() if child["group"] == group["id"]]
        titles = Counter(title for child in members for title in titles_of(child))
        assert max(titles.values()) == 1, titles


def titles_of(node: Schema) -> Iterator[str]:
    if "properties" not in node:
        yield node["title"]
    for child in node.get("properties", {}).values():
        yield from titles_of(child)


def test_what_has_to_be_decided_is_not_folded_away() -> None:
    shown = {each.path for each in SHOWN if each.required or each.schema.get("always_show")}
    assert shown >= {
        "credentials[RAC User and Password].rac_tenant",
        "credentials[RAC User and Password].token_url",
        "streams",
        *(f"streams[].{name}" for name in ("stream", "object", "preset", "fields")),
        "streams[].fields[].field",
        "streams[].fields[].value",
        "object_storage_config[S3].s3_bucket_region",
    }


def test_what_has_a_good_default_is_folded() -> None:
    shown = {each.path.split(".")[0] for each in SHOWN if each.schema.get("always_show")}
    assert not shown & {"lote", "values", "rejections", "network", "api_version"}


@pytest.mark.parametrize("shown", [each for each in SHOWN if "enum" in each.schema], ids=str)
def test_every_value_of_a_list_can_be_chosen_and_taken_back(shown: Property) -> None:
    """Airbyte's form passes over a value that JavaScript takes for false, and has no way to choose nothing again."""
    assert all(isinstance(value, str) and value for value in shown.schema["enum"])
    assert shown.required or shown.schema["default"] in shown.schema["enum"]


@pytest.mark.parametrize("path", OBJECTS)
def test_no_object_is_empty(path: str) -> None:
    assert OBJECTS[path]["type"] == "object"
    assert OBJECTS[path]["properties"]


@pytest.mark.parametrize("shown", PROPERTIES, ids=str)
def test_each_property_has_one_type(shown: Property) -> None:
    schema = shown.schema
    assert schema["type"] in {"string", "integer", "number", "boolean", "array", "object"}
    if schema["type"] == "object":
        assert "properties" in schema or "oneOf" in schema
    if schema["type"] == "array":
        assert schema["items"]["type"] in {"string", "number", "integer", "object"}


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_branches_are_objects_told_apart_by_one_shared_constant(choice: Property) -> None:
    assert choice.schema["type"] == "object"
    branches = choice.schema["oneOf"]
    constants = [constants_of(branch) for branch in branches]
    (tag,) = {name for each in constants for name in each}
    assert all(list(each) == [tag] for each in constants)
    assert len({each[tag] for each in constants}) == len(branches) > 1
    for branch in branches:
        assert branch["type"] == "object"
        assert branch["title"]
        assert tag in branch["required"]
        assert branch["properties"][tag] == {
            "type": "string",
            "const": branch["properties"][tag]["const"],
            "order": 0,
        }


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_a_choice_has_no_default_of_its_own(choice: Property) -> None:
    assert "default" not in choice.schema
    assert choice.schema.get("display_type", "dropdown") in {"dropdown", "radio"}


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_a_choice_that_can_be_left_out_begins_with_what_happens_then(choice: Property) -> None:
    """Airbyte's form chooses the first branch for a choice that the config does not have."""
    if choice.required:
        return
    first = choice.schema["oneOf"][0]
    assert set(first["properties"]) == set(constants_of(first)), "nothing else is to be decided there"


def test_no_section_is_a_switch() -> None:
    """Airbyte's form always saves a plain object, with the defaults in it: that may never differ from its absence."""
    for path, section in sections(Settings):
        field = section.get_default(call_default_factory=True)
        assert isinstance(field, BaseModel), f"{path} is optional without a default"
        assert field == type(field)(), path


def sections(model: type[BaseModel], path: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every plain object within a section; the branches of a choice are chosen, so they may differ."""
    for name, field in model.model_fields.items():
        kinds = [part for part in parts_of(field.annotation) if isinstance(part, type)]
        models = [part for part in kinds if issubclass(part, BaseModel)]
        listed = any(get_origin(part) is tuple for part in parts_of(field.annotation))
        for each in models:
            if len(models) == 1 and not listed:
                yield f"{path}{name}", field
            yield from sections(each, f"{path}{name}.")


def test_every_secret_of_the_settings_is_flagged_in_the_spec() -> None:
    flagged = Counter(each.path.rsplit(".", 1)[1] for each in PROPERTIES if each.schema.get("airbyte_secret"))
    assert flagged == Counter(secrets_of(Settings, set()))
    assert flagged["password"] == flagged["client_secret"] == flagged["token"] == flagged["api_key"] == 1


def secrets_of(model: type[BaseModel], seen: set[type[BaseModel]]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        for part in parts_of(field.annotation):
            if part is SecretStr:
                yield name
            elif isinstance(part, type) and issubclass(part, BaseModel) and part not in seen:
                seen.add(part)
                yield from secrets_of(part, seen)


def parts_of(annotation: object) -> Iterator[object]:
    yield annotation
    for part in get_args(annotation):
        yield from parts_of(part)


def test_secrets_lie_where_airbyte_masks_them() -> None:
    assert find_secret_marking_errors(CONNECTION) == []
    # Items of lists are not masked by the CDK.
    assert not [each.path for each in PROPERTIES if "[]" in each.path and each.schema.get("airbyte_secret")]


@pytest.mark.parametrize("shown", [each for each in SHOWN if "pattern" in each.schema], ids=str)
def test_a_pattern_has_words_for_it_and_examples_that_fit(shown: Property) -> None:
    schema = shown.schema
    assert schema["pattern_descriptor"]
    candidates = [*schema.get("examples", ()), schema.get("default", "")]
    assert any(candidates), "a pattern needs an example or a default to go by"
    assert all(re.search(schema["pattern"], candidate) for candidate in candidates if candidate)


@pytest.mark.parametrize(
    "shown", [each for each in SHOWN if "pattern" in each.schema and not each.required], ids=str
)
def test_a_field_that_was_emptied_again_still_fits_its_pattern(shown: Property) -> None:
    assert re.search(shown.schema["pattern"], "")


def test_the_region_that_the_link_to_rejected_records_needs_is_required() -> None:
    (storage,) = [each for each in CHOICES if each.path == "object_storage_config"]
    (s3,) = [each for each in storage.schema["oneOf"] if constants_of(each) == {"storage_type": "S3"}]
    assert {"s3_bucket_name", "s3_bucket_region"} <= set(s3["required"])


@pytest.mark.parametrize("shown", [each for each in SHOWN if "examples" in each.schema], ids=str)
def test_examples_are_valid(shown: Property) -> None:
    for example in shown.schema["examples"]:
        jsonschema.validate(example, shown.schema)


@pytest.mark.parametrize("shown", [each for each in SHOWN if "default" in each.schema], ids=str)
def test_defaults_are_valid(shown: Property) -> None:
    jsonschema.validate(shown.schema["default"], shown.schema)


@pytest.mark.parametrize("shown", [each for each in SHOWN if "enum" in each.schema], ids=str)
def test_lists_of_values_are_unique_and_of_the_declared_type(shown: Property) -> None:
    values = shown.schema["enum"]
    assert len(set(values)) == len(values)
    assert shown.schema["type"] == "string"


@pytest.mark.parametrize(
    "shown", [each for each in SHOWN if each.schema["type"] in {"integer", "number"}], ids=str
)
def test_numbers_are_bounded(shown: Property) -> None:
    if "enum" not in shown.schema:
        assert shown.schema["minimum"] >= 0
        # Any number of records may be too many, or too few, for somebody.
        assert "maximum" in shown.schema or shown.path.endswith(("fail_above_records", "fewer_than_records"))


def test_every_group_is_declared_and_used_at_the_top_only() -> None:
    declared = [group["id"] for group in CONNECTION["groups"]]
    used = {child["group"] for child in CONNECTION["properties"].values()}
    assert len(set(declared)) == len(declared)
    assert set(declared) == used
    assert all(group["title"] for group in CONNECTION["groups"])
    assert not [each.path for each in PROPERTIES if "." in each.path and "group" in each.schema]


@pytest.mark.parametrize("shown", SHOWN, ids=str)
def test_descriptions_hold_only_tags_that_are_closed(shown: Property) -> None:
    open_tags: list[str] = []
    for closing, tag in re.findall(r"<(/?)(\w+)[^>]*>", shown.schema["description"]):
        assert tag in {"a", "b", "i", "code"}
        if closing:
            assert open_tags.pop() == tag
        else:
            open_tags.append(tag)
    assert not open_tags


def test_what_the_form_hides_can_be_left_out() -> None:
    hidden = [each for each in SHOWN if each.schema.get("airbyte_hidden")]
    assert hidden
    assert all("default" in each.schema and not each.required for each in hidden)


def test_the_dead_letter_bears_the_names_from_which_airbyte_links_to_rejected_records() -> None:
    storage = CONNECTION["properties"]["object_storage_config"]
    branches = {branch["properties"]["storage_type"]["const"]: branch for branch in storage["oneOf"]}
    assert {"None", "S3"} <= branches.keys()
    names = {"s3_bucket_name", "s3_bucket_region", "bucket_path", "access_key_id", "secret_access_key"}
    assert names | {"s3_endpoint"} <= branches["S3"]["properties"].keys()


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_configs_of_the_standard_tests_fit_the_spec(path: Path) -> None:
    jsonschema.Draft7Validator(CONNECTION).validate(json.loads(path.read_text()))


def test_one_config_of_the_standard_tests_holds_every_section() -> None:
    config = json.loads(next(path for path in CONFIGS if path.stem == "everything").read_text())
    assert config.keys() == CONNECTION["properties"].keys()


if __name__ == "__main__":
    SNAPSHOT.write_text(json.dumps(SPEC, indent=2, ensure_ascii=False) + "\n")
