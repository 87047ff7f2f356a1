"""How records are mapped."""

from typing import Literal

from pydantic import ConfigDict

from source_destination_clientes.manifest.shipped import shipped_manifest
from source_destination_clientes.settings.option import Section, about


def _shipped_objects() -> str:
    return ", ".join(
        f"<b>{each.name}</b> ({each.title[0].lower()}{each.title[1:]})" for each in shipped_manifest().objects
    )


class Values(Section):
    """How values are converted to what the API takes."""

    overlong: Literal["reject", "truncate"] = about(
        "Overlong Text",
        "<b>reject</b> the record, or <b>truncate</b> the text to the longest the API takes; truncated values are counted.",
        "reject",
    )
    document_check: Literal["check_digits", "length_only"] = about(
        "CPF and CNPJ",
        "<b>check_digits</b> rejects documents whose check digits (<i>dígitos verificadores</i>) are wrong; <b>length_only</b> "
        "checks the length only.",
        "check_digits",
    )
    pessoa_fisica_code: Literal[1, 0] = about(
        "Code for a Person (pessoaFisica)",
        "What pessoaFisica means for a person. TOTVS's own integrations send 1 for a person and 0 for a company, although the "
        "documentation of the v3 API says the opposite.",
        1,
    )


class FieldMapping(Section):
    """The source of one field."""

    # Airbyte shows it as the heading of each entry in the list.
    model_config = ConfigDict(title="Field")

    field: str = about("Field", "Name of the field, for example <code>nome</code>.", min_length=1)
    value: str = about(
        "Value",
        "A column (<code>customer_name</code>, <code>address.city</code>), a literal in quotes (<code>'S/N'</code>), or an "
        "expression (<code>{{ record.ddd ~ record.phone }}</code>).",
        examples=["customer_name", "'S/N'", "{{ record.first ~ ' ' ~ record.last }}"],
    )


class StreamSettings(Section):
    """The mapping of one stream, or of all that match a pattern."""

    model_config = ConfigDict(title="Stream")

    stream: str = about(
        "Stream",
        "Name of the stream, or a pattern such as <code>crm_*</code>. The first entry that matches is used.",
        min_length=1,
    )
    namespace: str | None = about("Namespace", "Only streams of this namespace.", None)
    object: str | None = about(
        "Object",
        f"What the records are: {_shipped_objects()}, or an object that you declare below. <b>cliente</b> is the default.",
        None,
        examples=list(shipped_manifest().names),
    )
    preset: Literal["protheus_sa1", "winthor", "customer", "shopify", "vtex", "salesforce_contact"] | None = (
        about(
            "Preset",
            "A ready mapping for a well-known source; fields below override it.",
            None,
        )
    )
    fields: tuple[FieldMapping, ...] = about(
        "Fields",
        "What to fill fields with. Columns named like the API's fields need no entry.",
        (),
    )
