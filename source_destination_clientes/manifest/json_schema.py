"""The JSON schema of a manifest, by which editors complete and check one while it is written."""

from typing import Any, Final

from pydantic import TypeAdapter

from source_destination_clientes.manifest.components import DeclarativeDestination, ObjectsEntry

_REFERENCE: Final = {
    "type": "string",
    "pattern": "^#/definitions/",
    "description": "A part of `definitions`.",
}


def manifest_schema() -> dict[str, Any]:
    """The schema of a whole manifest, or of a list as `objects` of the config holds it."""
    schema = TypeAdapter(DeclarativeDestination | tuple[ObjectsEntry, ...]).json_schema()
    return {"title": "Manifest of destination-clientes", **_referable(schema)}


def _referable(node: Any) -> Any:
    """A schema in which a reference may stand for any part, or beside what it leaves to say."""
    if isinstance(node, list):
        return [_referable(each) for each in node]
    if not isinstance(node, dict):
        return node
    found = {name: _referable(value) for name, value in node.items()}
    if node.get("type") != "object" or not ("properties" in node or "additionalProperties" in node):
        return found
    found["properties"] = {**found.get("properties", {}), "$ref": _REFERENCE}
    if "required" in found:
        found["anyOf"] = [{"required": found.pop("required")}, {"required": ["$ref"]}]
    if "propertyNames" in found:
        found["propertyNames"] = {"anyOf": [found["propertyNames"], {"const": "$ref"}]}
    return found
