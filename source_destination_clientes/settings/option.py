"""How an option is declared, and how the form shows it: title, description, place, bounds."""

import re
from itertools import count
from typing import Annotated, Any, Final, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

URL: Final = {"pattern": "^https?://[^\\s/@]+(/.*)?$", "pattern_descriptor": "https://host/path"}
"""What an address looks like. None may hold a user and a password: addresses are shown in messages."""


OPTIONAL_URL: Final = {**URL, "pattern": f"^$|{URL['pattern']}"}
"""The same where it may be left out: Airbyte's form applies the pattern to a field that was emptied again."""

_BLANKS: Final = re.compile(r"^[\s\u200b-\u200d\u2060\ufeff]+|[\s\u200b-\u200d\u2060\ufeff]+$")
"""Also those without width, which web pages and spreadsheets leave at the ends of what is copied."""


def _trimmed(text: object) -> object:
    return _BLANKS.sub("", text) if isinstance(text, str) else text


Trimmed: TypeAlias = Annotated[str, BeforeValidator(_trimmed)]
"""A text that is copied from somewhere: blanks around it are no part of it."""


def about(title: str, description: str, /, default: Any = ..., **extra: Any) -> Any:
    """A field as the form shows it; keyword arguments that pydantic knows are bounds, the rest goes into the spec."""
    bounds = {
        name: extra.pop(name)
        for name in ("ge", "le", "min_length", "pattern", "examples", "discriminator")
        if name in extra
    }
    return Field(default, title=title, description=description, json_schema_extra=extra, **bounds)


class Section(BaseModel):
    """A part of the config, shown in the order of declaration. An unknown key is a mistake: what it says would not be applied."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Number the options as they are declared; the constant that tells the branches of a choice apart is not one."""
        reference = handler(core_schema)
        places = count(1)
        for option in handler.resolve_ref_schema(reference).get("properties", {}).values():
            if "const" not in option:
                option["order"] = next(places)
        return reference
