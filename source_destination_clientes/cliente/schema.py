"""The JSON schema of each object, made from its fields."""

from collections.abc import Collection, Iterator
from typing import Any, Final

from source_destination_clientes.manifest.objects import ApiVersion, DeclaredObject, Field, Reader

_STRING: Final = {"type": "string"}
_TYPES: Final[dict[Reader, dict[str, Any]]] = {
    Reader.TEXT: _STRING,
    Reader.DIGITS: _STRING,
    Reader.DOCUMENT: _STRING,
    Reader.DATE: {"type": "string", "format": "date"},
    Reader.NUMBER: {"type": "number"},
    Reader.CODE: {"type": "integer"},
    Reader.FLAG: {"type": "boolean"},
    Reader.PERSON: {"type": "integer"},
    Reader.PHONE: _STRING,
    Reader.POSTAL_CODE: _STRING,
    Reader.STATE: _STRING,
    Reader.HOUSE_NUMBER: _STRING,
    Reader.EMAIL: _STRING,
    Reader.BASE64: _STRING,
    Reader.TENANT: _STRING,
}


_ONE_UPSERT: Final = frozenset({"append", "update"})
"""PDVSync cannot tell an insert from an update. Where `append_dedup` is there, which Airbyte calls Upsert, it stands for both."""


def operations(
    declared: DeclaredObject, version: ApiVersion, filled: Collection[str] = ()
) -> Iterator[dict[str, Any]]:
    """The operations of a DESTINATION_CATALOG for one object: one for each way of writing it that differs from the others.

    `filled` are fields that the config fills: a mapping need not.
    """
    keys = (
        {"matching_keys": [list(path) for path in declared.matching_keys]} if declared.matching_keys else {}
    )
    schema = json_schema(declared, version)
    schema["required"] = [name for name in schema["required"] if name not in filled]
    modes = declared.sync_modes
    for mode in [mode for mode in modes if "append_dedup" not in modes or mode not in _ONE_UPSERT]:
        yield {"object_name": declared.name, "sync_mode": mode, "json_schema": schema, **keys}


def json_schema(declared: DeclaredObject, version: ApiVersion) -> dict[str, Any]:
    """The columns of a record of this object, and no others: Airbyte would let any name be mapped, and it would fill nothing.

    Required are those that a record must have; the config fills the rest.
    """
    fields = declared.fields[version]
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",  # ignore-https-check: the name of the draft
        "type": "object",
        "additionalProperties": False,
        "required": [field.name for field in fields if field.must_come],
        "properties": {field.name: _property(field) for field in fields},
    }


def _property(field: Field) -> dict[str, Any]:
    schema = dict(_TYPES[field.reader])
    schema["title"] = field.name
    schema["description"] = _description(field)
    if field.max_length is not None:
        schema["maxLength"] = field.max_length
    if field.codes is not None:
        schema["enum"] = sorted(field.codes)
    return schema


def _description(field: Field) -> str:
    parts = [field.title]
    if field.codes is not None:
        parts.append(", ".join(f"{code} = {meaning}" for code, meaning in field.codes.items()))
    if field.description:
        parts.append(field.description.rstrip("."))
    if field.obsolete:
        parts.append("Obsolete in this version")
    return ". ".join(parts) + "."
