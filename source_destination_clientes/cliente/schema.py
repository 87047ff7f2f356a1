"""The JSON schema of each object, from the table of fields."""

from typing import Any, Final

from source_destination_clientes.cliente.fields import (
    FIELDS,
    FILLED_BY_US,
    ApiVersion,
    Field,
    ObjectKind,
    Reader,
)

_TYPES: Final[dict[Reader, dict[str, Any]]] = {
    Reader.TEXT: {"type": "string"},
    Reader.DIGITS: {"type": "string"},
    Reader.DOCUMENT: {"type": "string"},
    Reader.DATE: {"type": "string", "format": "date"},
    Reader.CODE: {"type": "integer"},
    Reader.FLAG: {"type": "boolean"},
    Reader.TENANT: {"type": "string"},
    Reader.PERSON: {"type": "integer"},
    Reader.PHONE: {"type": "string"},
    Reader.POSTAL_CODE: {"type": "string"},
    Reader.STATE: {"type": "string"},
    Reader.HOUSE_NUMBER: {"type": "string"},
    Reader.EMAIL: {"type": "string"},
}


def json_schema(kind: ObjectKind, version: ApiVersion) -> dict[str, Any]:
    """The columns of a record of this object. Required are those that a record must have; the config fills the rest."""
    fields = FIELDS[kind, version]
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",  # ignore-https-check: the name of the draft
        "type": "object",
        "additionalProperties": True,
        "required": [field.name for field in fields if field.required and field.name not in FILLED_BY_US],
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
    if field.obsolete:
        parts.append("Obsolete in this version")
    return ". ".join(parts) + "."
