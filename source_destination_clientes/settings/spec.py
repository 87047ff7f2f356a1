"""The specification that Airbyte shows as a form, generated from the settings.

Airbyte's form knows a part of JSON schema only: no `$ref`, no `anyOf`, a `oneOf` whose branches differ in one constant
(https://docs.airbyte.com/connector-development/connector-specification-reference).
"""

from collections.abc import Mapping
from typing import Any, Final

from source_destination_clientes.settings import Settings

DOCUMENTATION_URL: Final = "https://docs.airbyte.com/integrations/destinations/clientes"

_GROUPS: Final = (
    ("connection", "Connection"),
    ("mapping", "Streams and Mapping"),
    ("delivery", "Delivery"),
    ("rejections", "Rejected Records"),
    ("attachments", "Attachments"),
    ("network", "Network"),
)

_DROPPED: Final = frozenset({"discriminator", "writeOnly", "additionalProperties", "$defs"})


def build_spec() -> dict[str, Any]:
    """The ConnectorSpecification message."""
    schema = Settings.model_json_schema()
    connection = _plain(schema, schema.get("$defs", {}))
    connection["title"] = "Clientes (TOTVS Varejo PDV Omni)"
    connection["description"] = "Brings clientes to the tills of TOTVS Varejo PDV Omni."
    return {
        "documentationUrl": DOCUMENTATION_URL,
        "changelogUrl": f"{DOCUMENTATION_URL}#changelog",
        "connectionSpecification": {
            "$schema": "http://json-schema.org/draft-07/schema#",  # ignore-https-check: the name of the draft
            **connection,
            "groups": [{"id": name, "title": title} for name, title in _GROUPS],
        },
        "supportsIncremental": True,
        "supported_destination_sync_modes": ["append", "append_dedup", "update", "soft_delete"],
        "protocol_version": "0.18.0",
    }


def _plain(node: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """A schema without references and unions, as the form needs it."""
    node = _resolved(node, definitions)
    if "oneOf" in node:
        return _choice(node, definitions)
    plain = {key: value for key, value in node.items() if key not in _DROPPED}
    if plain.get("default", "") is None or isinstance(plain.get("default"), list | dict):
        del plain["default"]
    if plain.get("format") == "password":
        del plain["format"]
    if "properties" in plain:
        plain["properties"] = {
            name: _plain(child, definitions) for name, child in plain["properties"].items()
        }
        asked = [name for name, child in plain["properties"].items() if child.pop("required_in_form", False)]
        for name in asked:
            # A config of old, or from elsewhere, may leave it out.
            del plain["properties"][name]["default"]
        if asked:
            plain["required"] = [*plain.get("required", ()), *asked]
    if "items" in plain:
        plain["items"] = _plain(plain["items"], definitions)
    return plain


def _resolved(node: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """Follow a reference, and take `x or null` for an `x` that is not required; what the field says wins."""
    merged = dict(node)
    options = [option for option in merged.get("anyOf", ()) if option.get("type") != "null"]
    if len(options) == 1:
        del merged["anyOf"]
        merged = {**options[0], **merged}
    if "$ref" in merged:
        name = merged.pop("$ref").rsplit("/", 1)[1]
        merged = {**_resolved(definitions[name], definitions), **merged}
    return merged


def _choice(node: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """A `oneOf`: an object whose branches share one constant."""
    tag = node["discriminator"]["propertyName"]
    choice = {key: value for key, value in node.items() if key not in _DROPPED | {"oneOf", "default"}}
    choice["type"] = "object"
    choice["oneOf"] = [_branch(_plain(branch, definitions), tag) for branch in node["oneOf"]]
    return choice


def _branch(branch: dict[str, Any], tag: str) -> dict[str, Any]:
    constant = branch["properties"][tag]
    branch["properties"][tag] = {"type": "string", "const": constant["const"], "order": 0}
    branch["required"] = sorted({tag, *branch.get("required", ())})
    return branch
