"""How records are mapped."""

from collections import Counter
from typing import Final, Literal, TypeAlias

from pydantic import ConfigDict, field_validator

from source_destination_clientes.manifest.shipped import shipped_manifest
from source_destination_clientes.settings.option import Section, about

NOTHING_WORDS: Final = ("nan", "null", "none", "n/a", "#n/d", "#n/a", "-", "--", ".")

Preset: TypeAlias = Literal[
    "none",
    "protheus_sa1",
    "winthor",
    "customer",
    "shopify",
    "vtex",
    "salesforce_contact",
    "salesforce_account",
    "woocommerce",
    "magento",
    "hubspot_contacts",
]


def _shipped_objects() -> str:
    return ", ".join(
        f"<b>{each.name}</b> ({each.title[0].lower()}{each.title[1:]})" for each in shipped_manifest().objects
    )


class Values(Section):
    """How values are converted to what the API takes."""

    overlong: Literal["truncate", "reject"] = about(
        "Overlong Text",
        "<b>truncate</b> texts of addresses and descriptions to the longest the API takes, and count them; or <b>reject</b> the "
        "record. Names, keys, e-mail addresses, telephones and documents are never truncated.",
        "truncate",
    )
    optional_misfit: Literal["omit", "reject"] = about(
        "Optional Values That Do Not Fit",
        "<b>omit</b> the value, count it and send the customer; or <b>reject</b> the record. Key, name, document, situacao and "
        "bloqueado always reject.",
        "omit",
    )
    nothing: tuple[str, ...] = about(
        "Texts That Mean Nothing",
        "Whole values that count as empty, in any case, instead of the usual "
        f"{', '.join(f'<code>{word}</code>' for word in NOTHING_WORDS)}. Blanks and masks without a letter or digit always do.",
        NOTHING_WORDS,
    )
    date_formats: tuple[str, ...] = about(
        "Date Formats",
        "Formats in which dates are read besides ISO, in the notation of strptime: <code>%d/%m/%Y</code> is 31/01/1990. A date that "
        "two of them read differently is left out.",
        (),
        examples=[["%d/%m/%Y", "%d/%m/%y"]],
    )
    repair_text: bool = about(
        "Repair Text",
        "Repair texts that went through the wrong encoding (<code>JoÃ£o</code>) and entities of web pages (<code>&amp;atilde;</code>). "
        "Such texts are counted in any case.",
        default=False,
    )
    document_check: Literal["check_digits", "length_only"] = about(
        "CPF and CNPJ",
        "<b>check_digits</b> rejects documents whose check digits (<i>dígitos verificadores</i>) are wrong; <b>length_only</b> "
        "checks the length only.",
        "check_digits",
    )
    pessoa_fisica_code: Literal["1", "0"] = about(
        "Code for a Person (pessoaFisica)",
        "What is sent as pessoaFisica for a person; a company gets the other of the two. TOTVS's own integrations send 1 for a person "
        "and 0 for a company, although the documentation of the v3 API says the opposite.",
        "1",
    )
    key_only_deletes: Literal["reject", "anonymise"] = about(
        "Deletions With Only a Key",
        "What becomes of a deletion that brings nothing but its key. <b>reject</b> it, or <b>anonymise</b> the cliente at the tills: "
        "situacao 0 and a fixed name go out. v2 wants a document of every cliente, so there it is rejected all the same.",
        "reject",
    )

    @field_validator("nothing")
    @classmethod
    def _usual_unless_stated(cls, words: tuple[str, ...]) -> tuple[str, ...]:
        return words or NOTHING_WORDS

    @field_validator("pessoa_fisica_code", mode="before")
    @classmethod
    def _code_as_text(cls, code: object) -> object:
        """The number that it was in version 0.1. It is a text because nobody can choose 0 in Airbyte's form."""
        is_number = isinstance(code, int | float) and not isinstance(code, bool)
        return str(int(code)) if is_number and code in {0, 1} else code

    @property
    def person_code(self) -> Literal[0, 1]:
        """What `pessoaFisica` is for a person."""
        return 1 if self.pessoa_fisica_code == "1" else 0


class FieldMapping(Section):
    """The source of one field."""

    # Airbyte shows it as the heading of each entry in the list.
    model_config = ConfigDict(title="Field")

    field: str = about(
        "Field", "Name of the field of the API that is filled, for example <code>nome</code>.", min_length=1
    )
    value: str = about(
        "Value",
        "A column (<code>customer_name</code>, <code>address.city</code>), a literal in quotes (<code>'S/N'</code>), or an "
        "expression (<code>{{ record.ddd ~ record.phone }}</code>).",
        examples=["customer_name", "'S/N'", "{{ record.first ~ ' ' ~ record.last }}"],
    )

    @field_validator("value")
    @classmethod
    def _two_braces(cls, value: str) -> str:
        text = value.strip()
        if text.startswith("{") and text.endswith("}") and not text.startswith(("{{", "{%")):
            raise ValueError("an expression stands in two braces on each side: {{ record.column }}")
        return value


class StreamSettings(Section):
    """The mapping of one stream, or of all that match a pattern."""

    model_config = ConfigDict(title="Stream")

    stream: str = about(
        "Stream",
        "Name of the stream, or a pattern such as <code>crm_*</code>. The first entry that matches is used.",
        min_length=1,
    )
    namespace: str | None = about(
        "Namespace", "Use this entry only for streams of this namespace. Any, when empty.", None
    )
    object: str | None = about(
        "Object",
        f"What the records are: {_shipped_objects()}, or an object that you declare below. <b>cliente</b> is the default.",
        None,
        examples=list(shipped_manifest().names),
        always_show=True,
    )
    preset: Preset = about(
        "Preset",
        "A ready mapping for a well-known source; fields below override it.",
        "none",
        always_show=True,
    )
    fields: tuple[FieldMapping, ...] = about(
        "Fields",
        "What to fill fields with. Columns named like the API's fields need no entry.",
        (),
        always_show=True,
    )

    @field_validator("fields")
    @classmethod
    def _one_entry_a_field(cls, fields: tuple[FieldMapping, ...]) -> tuple[FieldMapping, ...]:
        names = Counter(entry.field for entry in fields)
        twice = [name for name, count in names.items() if count > 1]
        if twice:
            raise ValueError(f"{', '.join(twice)} is filled by two entries; keep one of them")
        return fields
